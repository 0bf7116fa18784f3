/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What is asked of libpulse, which refuses for want of memory or because its
 * server has gone; see faults.h.
 */

#include <pulse/pulseaudio.h>

#include "tests/faults.h"

#define WRAP_PULSE(type, name, parameters, arguments, failed) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (faults_fail(#name)) \
			return failed; \
		return __real_##name arguments; \
	}

WRAP_PULSE(pa_context *, pa_context_new_with_proplist,
	   (pa_mainloop_api * api, const char *name,
	    const pa_proplist *properties),
	   (api, name, properties), NULL)
WRAP_PULSE(int, pa_context_connect,
	   (pa_context * context, const char *server, pa_context_flags_t flags,
	    const pa_spawn_api *api),
	   (context, server, flags, api), -PA_ERR_CONNECTIONREFUSED)
WRAP_PULSE(pa_operation *, pa_context_subscribe,
	   (pa_context * context, pa_subscription_mask_t mask,
	    pa_context_success_cb_t done, void *user),
	   (context, mask, done, user), NULL)
WRAP_PULSE(pa_operation *, pa_context_get_sink_info_by_name,
	   (pa_context * context, const char *name, pa_sink_info_cb_t done,
	    void *user),
	   (context, name, done, user), NULL)
WRAP_PULSE(pa_operation *, pa_context_get_source_info_by_name,
	   (pa_context * context, const char *name, pa_source_info_cb_t done,
	    void *user),
	   (context, name, done, user), NULL)
WRAP_PULSE(pa_operation *, pa_context_get_sink_input_info,
	   (pa_context * context, uint32_t index, pa_sink_input_info_cb_t done,
	    void *user),
	   (context, index, done, user), NULL)
WRAP_PULSE(pa_operation *, pa_context_get_source_output_info,
	   (pa_context * context, uint32_t index,
	    pa_source_output_info_cb_t done, void *user),
	   (context, index, done, user), NULL)
WRAP_PULSE(pa_operation *, pa_context_set_sink_input_volume,
	   (pa_context * context, uint32_t index, const pa_cvolume *volume,
	    pa_context_success_cb_t done, void *user),
	   (context, index, volume, done, user), NULL)
WRAP_PULSE(pa_operation *, pa_context_set_sink_input_mute,
	   (pa_context * context, uint32_t index, int mute,
	    pa_context_success_cb_t done, void *user),
	   (context, index, mute, done, user), NULL)
WRAP_PULSE(pa_operation *, pa_context_set_source_output_volume,
	   (pa_context * context, uint32_t index, const pa_cvolume *volume,
	    pa_context_success_cb_t done, void *user),
	   (context, index, volume, done, user), NULL)
WRAP_PULSE(pa_operation *, pa_context_set_source_output_mute,
	   (pa_context * context, uint32_t index, int mute,
	    pa_context_success_cb_t done, void *user),
	   (context, index, mute, done, user), NULL)
WRAP_PULSE(pa_stream *, pa_stream_new,
	   (pa_context * context, const char *name, const pa_sample_spec *spec,
	    const pa_channel_map *map),
	   (context, name, spec, map), NULL)
WRAP_PULSE(int, pa_stream_connect_playback,
	   (pa_stream * stream, const char *device, const pa_buffer_attr *attr,
	    pa_stream_flags_t flags, const pa_cvolume *volume,
	    pa_stream *other),
	   (stream, device, attr, flags, volume, other), -PA_ERR_BADSTATE)
WRAP_PULSE(int, pa_stream_connect_record,
	   (pa_stream * stream, const char *device, const pa_buffer_attr *attr,
	    pa_stream_flags_t flags),
	   (stream, device, attr, flags), -PA_ERR_BADSTATE)
WRAP_PULSE(int, pa_stream_write,
	   (pa_stream * stream, const void *data, size_t len,
	    pa_free_cb_t release, int64_t offset, pa_seek_mode_t seek),
	   (stream, data, len, release, offset, seek), -PA_ERR_BADSTATE)
WRAP_PULSE(int, pa_stream_begin_write,
	   (pa_stream * stream, void **data, size_t *len), (stream, data, len),
	   -PA_ERR_BADSTATE)
WRAP_PULSE(int, pa_stream_peek,
	   (pa_stream * stream, const void **data, size_t *len),
	   (stream, data, len), -PA_ERR_BADSTATE)
WRAP_PULSE(pa_operation *, pa_stream_cork,
	   (pa_stream * stream, int cork, pa_stream_success_cb_t done,
	    void *user),
	   (stream, cork, done, user), NULL)
WRAP_PULSE(pa_operation *, pa_stream_drain,
	   (pa_stream * stream, pa_stream_success_cb_t done, void *user),
	   (stream, done, user), NULL)

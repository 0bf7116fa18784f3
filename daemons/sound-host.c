/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "config.h"

#include "daemons/sound-host.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/sound-file.h"
#include "backends/sound-null.h"
#include "backends/sound-pulse.h"
#include "daemons/guest.h"
#include "daemons/log.h"
#include "virtio-devices/sound-backend.h"
#include "virtio-devices/util.h"

#define FILE_PREFIX "file:"

#ifdef HAVE_PULSE
#define WITH_PULSE true
#else
#define WITH_PULSE false
#endif

#ifdef HAVE_SNDFILE
#define WITH_SNDFILE true
#else
#define WITH_SNDFILE false
#endif

/* Names that users of other programs know, and what they mean here. */
static const struct {
	const char *name;
	enum sound_host_kind kind;
	const char *instead;
} backends[] = {
	{ "null", SOUND_HOST_NULL, NULL },
	{ "pulse", SOUND_HOST_PULSE, NULL },
	{ "pipewire", SOUND_HOST_PULSE, NULL },
	{ "alsa", 0,
	  "there is no backend for ALSA alone; use 'pulse': PulseAudio and "
	  "PipeWire play through ALSA, and share it with other programs" },
	{ "gstreamer", 0,
	  "there is no backend for GStreamer; use 'pulse', or 'file:OUT,IN' "
	  "for files" },
};

static int wrong_backend(const char *name)
{
	log_error(NULL,
		  "'--backend' cannot be '%s'; use 'pulse', 'pipewire', "
		  "'null', or 'file:OUT,IN'",
		  name);
	return -EINVAL;
}

static int left_out(const char *name, const char *library)
{
	log_error(NULL,
		  "'--backend %s' is not in this program, as it was built "
		  "without %s",
		  name, library);
	return -EINVAL;
}

static int parse_files(struct sound_host *host, const char *names)
{
	const char *comma = strchr(names, ',');
	size_t len = comma ? (size_t)(comma - names) : strlen(names);

	if (len > 0)
		host->out = strndup(names, len);
	if (comma && comma[1])
		host->in = strdup(comma + 1);
	if ((len > 0 && !host->out) || (comma && comma[1] && !host->in))
		return -ENOMEM;
	if (!host->out && !host->in) {
		log_error(NULL, "'--backend file:OUT,IN' needs a file to play "
				"into, or one to record from, or both");
		return -EINVAL;
	}

	host->kind = SOUND_HOST_FILE;

	return WITH_SNDFILE ? 0 : left_out("file:OUT,IN", "libsndfile");
}

static int parse_backend(struct sound_host *host)
{
	const char *name = host->backend;

	if (!strncmp(name, FILE_PREFIX, strlen(FILE_PREFIX)))
		return parse_files(host, name + strlen(FILE_PREFIX));

	for (size_t i = 0; i < VD_ARRAY_SIZE(backends); i++) {
		if (strcmp(backends[i].name, name) != 0)
			continue;
		if (backends[i].instead) {
			log_error(NULL, "'--backend %s': %s", name,
				  backends[i].instead);
			return -EINVAL;
		}
		host->kind = backends[i].kind;
		if (host->kind == SOUND_HOST_PULSE && !WITH_PULSE)
			return left_out(name, "libpulse");
		return 0;
	}

	return wrong_backend(name);
}

/* "N" is N of each direction, "N,M" is N to play and M to record. */
static int parse_streams(struct sound_host *host)
{
	const char *text = host->streams;
	char *end = NULL;
	unsigned long n[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		if (!isdigit((unsigned char)*text))
			break;
		n[i] = strtoul(text, &end, 10);
		if (i == 0 && *end == '\0')
			n[1] = n[0];
		if (*end != ',')
			break;
		text = end + 1;
	}

	if (!end || *end != '\0' || n[0] > VD_SOUND_MAX_STREAMS ||
	    n[1] > VD_SOUND_MAX_STREAMS || n[0] + n[1] == 0 ||
	    n[0] + n[1] > VD_SOUND_MAX_STREAMS) {
		log_error(NULL,
			  "'--streams' cannot be '%s'; it is how many there "
			  "are to play and to record, as in '2' or '2,1', %d "
			  "in all at most",
			  host->streams, VD_SOUND_MAX_STREAMS);
		return -EINVAL;
	}
	host->n_playback = (uint32_t)n[0];
	host->n_capture = (uint32_t)n[1];

	return 0;
}

static int check_pulse_options(const struct sound_host *host)
{
	const struct {
		const char *name;
		bool given;
	} options[] = {
		{ "pulse-server", host->server != NULL },
		{ "sink", host->sink != NULL },
		{ "source", host->source != NULL },
		{ "controls", host->controls },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(options); i++) {
		if (!options[i].given || host->kind == SOUND_HOST_PULSE)
			continue;
		log_error(NULL, "'--%s' is for '--backend pulse'",
			  options[i].name);
		return -EINVAL;
	}

	return 0;
}

/* Without a file there is nothing to be played into, or recorded from. */
static int check_file_streams(struct sound_host *host)
{
	if (host->kind != SOUND_HOST_FILE)
		return 0;

	if (!host->out)
		host->n_playback = 0;
	if (!host->in)
		host->n_capture = 0;
	if (host->n_playback + host->n_capture > 0)
		return 0;

	log_error(NULL,
		  "'--streams %s' leaves no stream for the file of "
		  "'--backend %s'",
		  host->streams, host->backend);
	return -EINVAL;
}

int sound_host_check(struct sound_host *host)
{
	int r;

	r = parse_backend(host);
	if (r == 0)
		r = parse_streams(host);
	if (r == 0)
		r = check_pulse_options(host);
	if (r == 0)
		r = check_file_streams(host);

	return r;
}

#ifdef HAVE_SNDFILE

static void file_opened(void *context, const char *path)
{
	guest_report(context, LOG_LEVEL_INFO, "what it plays goes into %s",
		     path);
}

static void file_failed(void *context, const char *path, const char *reason)
{
	guest_report(context, LOG_LEVEL_WARNING, "%s cannot be used: %s", path,
		     reason);
}

static int open_files(const struct sound_host *host, struct guest *guest,
		      struct vd_sound_backend **ret)
{
	const struct vb_sound_file_config config = {
		.out = host->out,
		.n_playback = host->n_playback,
		.in = host->in,
		.n_capture = host->n_capture,
		.events = {
			.opened = file_opened,
			.failed = file_failed,
			.context = guest,
		},
	};
	struct vb_sound_file_error error;
	int r;

	r = vb_sound_file_new(&config, &error, ret);
	if (r == -EIO)
		log_error(error.path, "this file cannot be used: %s",
			  error.reason);

	return r;
}

#endif

#ifdef HAVE_PULSE

static void server_changed(void *context, const char *problem)
{
	if (problem)
		guest_report(context, LOG_LEVEL_WARNING,
			     "there is no sound server: %s; the guest plays "
			     "into nothing until it is there",
			     problem);
	else
		guest_report(context, LOG_LEVEL_INFO,
			     "connected to the sound server");
}

static void device_changed(void *context, enum vd_sound_direction direction,
			   const char *problem)
{
	const char *end = direction == VD_SOUND_PLAYBACK ? "sink" : "source";

	if (problem)
		guest_report(context, LOG_LEVEL_WARNING,
			     "the sound server has no such %s: %s; see 'pactl "
			     "list short %ss'. Until it has, the guest %s",
			     end, problem, end,
			     direction == VD_SOUND_PLAYBACK
				     ? "plays into nothing"
				     : "records silence");
	else
		guest_report(context, LOG_LEVEL_INFO,
			     "the sound server has a %s for the guest now",
			     end);
}

static int open_pulse(const struct sound_host *host, struct guest *guest,
		      struct vb_loop *loop, size_t index, bool only,
		      struct vd_sound_backend **ret)
{
	struct vb_sound_pulse_config config = {
		.server = host->server,
		.sink = host->sink,
		.source = host->source,
		.name = host->name,
		.n_playback = host->n_playback,
		.n_capture = host->n_capture,
		.volumes = host->controls,
		.events = {
			.server = server_changed,
			.device = device_changed,
			.context = guest,
		},
	};
	char *name = NULL;
	int r;

	if (!only && asprintf(&name, "%s %zu", host->name, index) < 0)
		return -ENOMEM;

	if (name)
		config.name = name;
	r = vb_sound_pulse_new(loop, &config, ret);
	free(name);

	return r;
}

#endif

int sound_host_open(const struct sound_host *host, struct guest *guest,
		    struct vb_loop *loop, size_t index, bool only,
		    struct vd_sound_backend **ret)
{
	(void)guest;
	(void)loop;
	(void)index;
	(void)only;

	switch (host->kind) {
#ifdef HAVE_PULSE
	case SOUND_HOST_PULSE:
		return open_pulse(host, guest, loop, index, only, ret);
#endif
#ifdef HAVE_SNDFILE
	case SOUND_HOST_FILE:
		return open_files(host, guest, ret);
#endif
	default:
		return vb_sound_null_new(host->n_playback, host->n_capture,
					 ret);
	}
}

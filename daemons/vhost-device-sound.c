/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * vhost-device-sound: a sound card, through the host's sound system.
 */

#include <errno.h>

#include "daemons/daemon.h"
#include "daemons/guest.h"
#include "daemons/log.h"
#include "daemons/sandbox.h"
#include "daemons/sound-host.h"
#include "daemons/sound-sandbox.h"
#include "virtio-devices/sound-backend.h"
#include "virtio-devices/sound.h"

/**
 * struct sound_settings - values of the options, and what comes of them
 * @socket:  of the only guest, or NULL
 * @xruns:   tell the guest of them
 * @host:    the sound system
 * @sandboxed: there is to be a sandbox
 * @n_guests: how many there will be
 * @next:    number of the next guest; they are made in order
 */
struct sound_settings {
	const char *socket;
	bool xruns;
	struct sound_host host;
	bool sandboxed;
	size_t n_guests;
	size_t next;
};

static struct sound_settings settings;

#define AT(member) offsetof(struct sound_settings, member)

static const struct option_def defs[] = {
	{ .name = "socket",
	  .type = OPTION_STRING,
	  .offset = AT(socket),
	  .value = "PATH",
	  .help = "Serve one guest at a listening socket with exactly this "
		  "path. Excludes --socket-path and --fd." },
	{ .name = "backend",
	  .type = OPTION_STRING,
	  .offset = AT(host.backend),
	  .value = "KIND",
	  .initial = "pulse",
	  .help = "Where the sound goes and comes from. \"pulse\" is a "
		  "PulseAudio server, and \"pipewire\" the same, since "
		  "PipeWire has one. \"null\" plays into nothing and records "
		  "silence. \"file:OUT,IN\" plays into the WAV file OUT and "
		  "records from the file IN; one of them can be left out." },
	{ .name = "pulse-server",
	  .type = OPTION_STRING,
	  .offset = AT(host.server),
	  .value = "SERVER",
	  .help = "The PulseAudio server, unix:/run/user/1000/pulse/native for "
		  "example. Without it, libpulse looks for that of the user "
		  "that the program runs as." },
	{ .name = "sink",
	  .type = OPTION_STRING,
	  .offset = AT(host.sink),
	  .value = "NAME",
	  .help = "Play into this sink of the server instead of its default; "
		  "see 'pactl list short sinks'." },
	{ .name = "source",
	  .type = OPTION_STRING,
	  .offset = AT(host.source),
	  .value = "NAME",
	  .help = "Record from this source of the server instead of its "
		  "default; see 'pactl list short sources'." },
	{ .name = "name",
	  .type = OPTION_STRING,
	  .offset = AT(host.name),
	  .value = "NAME",
	  .initial = "Virtual machine",
	  .help = "What mixers on the host call the guest. With several "
		  "guests, the guest's index is appended." },
	{ .name = "streams",
	  .type = OPTION_STRING,
	  .offset = AT(host.streams),
	  .value = "N[,M]",
	  .initial = "1",
	  .help = "How many programs in a guest can play at once, and how many "
		  "can record; as many as can play, if that is left out. No "
		  "more than 64 in all." },
	{ .name = "controls",
	  .type = OPTION_FLAG,
	  .offset = AT(host.controls),
	  .help = "Give the guest a volume and a mute control for each stream, "
		  "which are those that the host's mixer shows. QEMU needs "
		  "controls=on for its device, too." },
	{ .name = "xruns",
	  .type = OPTION_FLAG,
	  .offset = AT(xruns),
	  .help = "Tell the guest when the host's end of a stream ran dry or "
		  "over. Linux then stops the stream, and leaves it to the "
		  "program to start it again." },
};

static int sound_prepare(size_t n_guests)
{
	int r;

	settings.n_guests = n_guests;
	r = sound_host_check(&settings.host);

	return r == 0 && settings.sandboxed
		       ? sound_sandbox_check(&settings.host)
		       : r;
}

static int sound_add_guests(struct service *service,
			    const struct daemon_settings *common)
{
	int r;

	settings.sandboxed = common->sandbox != SANDBOX_OFF;
	if (!settings.socket)
		return service_add_usual_guests(service, NULL);

	if (common->socket_path || common->fd != DAEMON_NO_FD) {
		log_error(NULL, "'--socket' excludes '--socket-path' and "
				"'--fd'; use one of them");
		return -EINVAL;
	}

	r = sound_prepare(1);

	return r < 0 ? r
		     : service_add_guest(service, settings.socket, NULL, NULL);
}

static int sound_new_device(struct guest *guest, struct vb_loop *loop,
			    struct vd_device **ret)
{
	const struct vd_sound_options options = {
		.controls = settings.host.controls,
		.xruns = settings.xruns,
	};
	struct vd_sound_backend *backend;
	int r;

	r = sound_host_open(&settings.host, guest, loop, settings.next++,
			    settings.n_guests == 1, &backend);
	if (r < 0)
		return r;

	r = vd_sound_new(backend, &options, ret);
	if (r < 0)
		backend->ops->destroy(backend);
	else if (settings.sandboxed && settings.next == 1)
		/* It has made directories of its own by now. */
		sound_sandbox_keep(&settings.host);

	return r;
}

const struct daemon program = {
	.name = "vhost-device-sound",
	.type = "sound",
	.summary = "Gives virtual machines a sound card, over vhost-user.",
	.usage = "vhost-device-sound [OPTIONS] --socket PATH\n"
		 "       vhost-device-sound [OPTIONS] --socket-path PATH\n"
		 "       vhost-device-sound [OPTIONS] --fd FDNUM",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = sizeof(defs) / sizeof(defs[0]),
		.settings = &settings,
	},
	.prepare = sound_prepare,
	.add_guests = sound_add_guests,
	.new_device = sound_new_device,
	.keep = true,
	.calls = sound_sandbox_calls,
};

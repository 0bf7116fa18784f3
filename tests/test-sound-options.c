/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the options of vhost-device-sound do on a sound server, as its mixers
 * show it.
 */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture-daemon.h"
#include "fixture-pulse.h"
#include "sound-player.h"

static struct pulse pulse;
static struct fixture fixture;

static void setup(void)
{
	pulse_init(&pulse);
	pulse_start(&pulse, PULSE_NULL_SINK);
}

static void teardown(void)
{
	disconnect_guest();
	fixture_stop(&fixture);
	pulse_fini(&pulse);
}

TestSuite(sound_options, .init = setup, .fini = teardown);

/* It is not the default, which is the first one. */
static void add_sink(void)
{
	(void)pulse_ctl(&pulse, "load-module module-null-sink sink_name=other");
	pulse_expect(&pulse, "list short sinks", "1\tother");
	pulse_expect(&pulse, "list short sources", "1\tother.monitor");
	pulse_expect(&pulse, "info", "Default Sink: test");
}

static void start_daemon(const char *option)
{
	const char *const args[] = { option, NULL };

	fixture_start(&fixture, "sound", args);
	connect_guest(fixture.path[0]);
}

Test(sound_options, choose_the_sink)
{
	add_sink();
	start_daemon("--sink=other");
	begin(VIRTIO_SND_D_OUTPUT);
	pulse_expect(&pulse, "list sink-inputs", "Sink: 1\n");
	play_out();
}

Test(sound_options, choose_the_source)
{
	add_sink();
	start_daemon("--source=other.monitor");
	begin(VIRTIO_SND_D_INPUT);
	pulse_expect(&pulse, "list source-outputs", "Source: 1\n");
}

Test(sound_options, choose_nothing_by_themselves)
{
	add_sink();
	start_daemon("--backend=pulse");
	begin(VIRTIO_SND_D_OUTPUT);
	pulse_expect(&pulse, "list sink-inputs", "Sink: 0\n");
	play_out();
}

Test(sound_options, choose_the_server)
{
	char option[96];

	snprintf(option, sizeof(option), "--pulse-server=%s", pulse.server);
	setenv("PULSE_SERVER", "unix:/nonexistent", 1);
	start_daemon(option);
	setenv("PULSE_SERVER", pulse.server, 1);
	begin(VIRTIO_SND_D_OUTPUT);
	pulse_expect(&pulse, "list sink-inputs", "Virtual machine 0");
	play_out();
}

Test(sound_options, name_each_of_several_guests)
{
	start_daemon("--name=Lab");
	begin(VIRTIO_SND_D_OUTPUT);
	pulse_expect(&pulse, "list sink-inputs",
		     "application.name = \"Lab 0\"");
	pulse_expect(&pulse, "list sink-inputs", "media.name = \"Playback 1\"");
	play_out();
}

Test(sound_options, name_the_only_guest)
{
	fixture_init(&fixture);
	fixture_run(&fixture, "sound",
		    (const char *const[]){ "--name=Lab", "--socket",
					   fixture.path[1], NULL });
	connect_guest(fixture.path[1]);
	begin(VIRTIO_SND_D_OUTPUT);
	pulse_expect(&pulse, "list sink-inputs", "application.name = \"Lab\"");
	play_out();
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Front-ends come and go, guests reboot, drivers are bound and unbound: the
 * daemon has no descriptor and no memory more than before.  Set CYCLES for more
 * of it.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture-daemon.h"
#include "traffic.h"
#include "virtio-devices/util.h"

#define RING_SIZE 64

/* After so many, all memory is there that will ever be needed. */
#define N_WARM 20

/* A test's guest never frees a ring, and has room for so many times two,
 * for devices that need two of them. */
#define N_PER_GUEST 50

/* What an allocator may do with fragments; a leak of 100 cycles is far more. */
#define ROOM_KIB 128

static struct fixture fixture;
static struct guest guest;
static struct traffic traffic;

static unsigned int n_cycles(void)
{
	const char *text = getenv("CYCLES");

	return text ? (unsigned int)strtoul(text, NULL, 10) : 100;
}

static size_t memory_kib(void)
{
	char path[64], line[128];
	size_t kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", fixture.pid);
	file = fopen(path, "r");
	cr_assert(file);
	while (kib == 0 && fgets(line, sizeof(line), file))
		(void)sscanf(line, "RssAnon: %zu kB", &kib);
	fclose(file);

	return kib;
}

static void use(void)
{
	traffic.n_out = 0;
	traffic_submit(&traffic, 8);
	cr_assert(traffic_wait(&traffic, 0));
}

static void boot(void)
{
	uint64_t n_queues;

	guest_connect(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_set_features(guest.frontend, ~0ULL), 0);
	cr_assert_eq(vhu_frontend_set_memory(guest.frontend, guest.memory), 0);
	cr_assert_eq(vhu_frontend_n_queues(guest.frontend, &n_queues), 0);
	cr_assert_eq(vhu_frontend_get_inflight(guest.frontend,
					       (uint16_t)n_queues, RING_SIZE),
		     0);
	cr_assert_eq(vhu_frontend_set_inflight(guest.frontend), 0);
	traffic_start(&traffic, RING_SIZE);
}

/* A front-end that is gone before its requests are answered. */
static void reconnect(void)
{
	boot();
	use();
	traffic_submit(&traffic, 8);
	for (size_t i = 0; i < TRAFFIC_MAX_OUT; i++)
		traffic.out[i] = false;
	guest_free(&guest);
}

/* As QEMU does it: rings stop, and begin anew. */
static void reboot(void)
{
	unsigned int queues[TRAFFIC_MAX_QUEUES];
	size_t n = traffic_queues(traffic.kind, queues);

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(
			vhu_frontend_enable(guest.frontend, queues[i], false),
			0);
	traffic_stop(&traffic);
	traffic_start(&traffic, RING_SIZE);
	use();
}

static void reset(void)
{
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_RESET_DEVICE, NULL,
				       0, NULL, 0),
		     0);
	cr_assert_eq(vhu_frontend_set_features(guest.frontend, ~0ULL), 0);
	traffic_start(&traffic, RING_SIZE);
	use();
}

static void repeat(void (*cycle)(void), unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		cycle();
}

static void restart_guests(unsigned int n)
{
	for (unsigned int i = 0; i < n; i += N_PER_GUEST) {
		repeat(reboot, N_PER_GUEST);
		repeat(reset, N_PER_GUEST);
		guest_free(&guest);
		boot();
	}
}

/* Sanitizers keep what was freed. */
static void check_memory(const char *name, const char *what, size_t before)
{
	size_t after = memory_kib();

	printf("# %s: %s %u times, no descriptor more, %zu KiB before and %zu "
	       "KiB after\n",
	       name, what, n_cycles(), before, after);
	fflush(stdout);
#ifndef __SANITIZE_ADDRESS__
	cr_assert_leq(after, before + ROOM_KIB, "%zu KiB have become %zu",
		      before, after);
#endif
}

struct device {
	enum traffic_kind kind;
	char name[16];
};

static struct device devices[] = { { TRAFFIC_RNG, "rng" },
				   { TRAFFIC_GPIO, "gpio" },
				   { TRAFFIC_I2C, "i2c" },
				   { TRAFFIC_PLAY, "playing" },
				   { TRAFFIC_RECORD, "recording" } };

static void open_daemon(const struct device *device)
{
	struct guest other;

	traffic = (struct traffic){ .guest = &guest, .kind = device->kind };
	traffic_start_daemon(&fixture, device->kind);
	/* The second guest is there when all descriptors are. */
	guest_connect(&other, fixture.path[1]);
	guest_free(&other);
}

ParameterizedTestParameters(cycles, let_front_ends_come_and_go)
{
	return cr_make_param_array(struct device, devices,
				   VD_ARRAY_SIZE(devices));
}

ParameterizedTest(struct device *device, cycles, let_front_ends_come_and_go,
		  .timeout = 250)
{
	size_t n_fds, kib;

	open_daemon(device);
	repeat(reconnect, N_WARM);
	boot();
	use();
	n_fds = fixture_count_fds(&fixture);
	kib = memory_kib();
	guest_free(&guest);

	repeat(reconnect, n_cycles());
	boot();
	use();
	fixture_wait_fds(&fixture, n_fds);
	check_memory(device->name, "front-ends came and went", kib);
	guest_free(&guest);
	fixture_stop(&fixture);
}

ParameterizedTestParameters(cycles, let_guests_reboot)
{
	return cr_make_param_array(struct device, devices,
				   VD_ARRAY_SIZE(devices));
}

ParameterizedTest(struct device *device, cycles, let_guests_reboot,
		  .timeout = 250)
{
	size_t n_fds, kib;

	open_daemon(device);
	boot();
	restart_guests(2 * N_PER_GUEST);
	n_fds = fixture_count_fds(&fixture);
	kib = memory_kib();
	restart_guests(n_cycles());
	fixture_wait_fds(&fixture, n_fds);
	check_memory(device->name, "rebooted and reset", kib);
	guest_free(&guest);
	fixture_stop(&fixture);
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest with busy connections is migrated: the log names each page that the
 * socket device has written, and the state tells the next device which
 * connections to reset.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemons/probe-vsock-guest.h"
#include "fixture-daemon.h"
#include "virtio-devices/util.h"
#include "vsock-echo-guest.h"
#include "wait.h"

#define PACKED VD_BIT(VIRTIO_F_RING_PACKED)
#define PAGE 4096
#define N_STREAMS 4
#define N_MOVES 10
#define N_BUFFERS 256

/* So many are written while the guest migrates, some of them often. */
#define N_PAGES 500

/* Two daemons for the same guest; the guest is at the first one. */
static struct fixture daemons[2];
static struct echo_guest guest;
static uint8_t state[1 << 15];

/* The destination's memory, and where the guest receives packets. */
static uint8_t *copy;
static struct vhu_driver_buffer buffers[N_BUFFERS];

/* Let the guest work until a condition holds. */
#define WAIT_FOR(condition) WORK_UNTIL(condition, echo_guest_work(&guest))

static void name_uds(const struct fixture *fixture, char *buf, size_t size)
{
	snprintf(buf, size, "%s/v3", fixture->dir);
}

static void start(struct fixture *fixture)
{
	char uds[FIXTURE_UDS_SIZE];

	fixture_init(fixture);
	fixture_run_vsock(fixture, "--packed-ring=on", uds);
}

static int open_stream(const struct fixture *fixture)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[32];

	name_uds(fixture, address.sun_path, sizeof(address.sun_path));
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)),
		     0);
	cr_assert_eq(write(fd, "CONNECT 7\n", 10), 10);
	WAIT_FOR(recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 3);
	cr_assert_eq(strncmp(answer, "OK ", 3), 0);

	return fd;
}

/* As much as there is room for now, either way. */
static void talk(int fd)
{
	static uint8_t buf[8192];

	(void)send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL);
	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		buf[0]++;
}

/* --- memory ---------------------------------------------------------------- */

static uint8_t *source(void)
{
	uint64_t len = GUEST_SIZE;

	return vhu_guest_memory_at(guest.vm.memory, GUEST_GPA, &len);
}

static const struct vhu_driver_layout *layout_of(unsigned int queue)
{
	return vhu_driver_ring_layout(
		vhu_frontend_queue(guest.vm.frontend, queue)->ring);
}

/* A driver that has just started has all of its buffers in the ring. */
static void find_buffers(void)
{
	const struct vring_desc *descs = layout_of(PROBE_VSOCK_RX)->desc.at;

	for (size_t i = 0; i < N_BUFFERS; i++) {
		buffers[i].gpa = le64toh(descs[i].addr);
		buffers[i].len = le32toh(descs[i].len);
		cr_assert_eq(buffers[i].len, PAGE);
	}
}

static size_t copy_what_the_log_names(void)
{
	size_t n = 0;

	for (size_t i = 0; i < GUEST_SIZE; i += PAGE) {
		if (!vhu_frontend_take_dirty(guest.vm.frontend, GUEST_GPA + i))
			continue;
		memcpy(copy + i, source() + i, PAGE);
		n++;
	}

	return n;
}

static void check(uint64_t gpa, size_t len, const char *what)
{
	size_t at = gpa - GUEST_GPA;

	cr_assert_arr_eq(copy + at, source() + at, len,
			 "%s at %#zx is not in the log", what, (size_t)gpa);
}

/* The rings are the driver's, too, but for these. */
static void check_copy(void)
{
	uint64_t accepted = vhu_frontend_features(guest.vm.frontend)->accepted;

	for (size_t i = 0; i < N_BUFFERS; i++)
		check(buffers[i].gpa, buffers[i].len, "a buffer");
	for (unsigned int i = 0; !(accepted & PACKED) && i < 2; i++)
		check(layout_of(i)->device.gpa, 4 + 8 * N_BUFFERS,
		      "a used ring");
}

struct format {
	uint64_t without;
	char name[16];
};

static struct format formats[] = { { PACKED, "split" }, { 0, "packed" } };

ParameterizedTestParameters(vsock_migration, finds_every_page_in_the_log)
{
	return cr_make_param_array(struct format, formats, 2);
}

ParameterizedTest(struct format *format, vsock_migration,
		  finds_every_page_in_the_log, .timeout = 120)
{
	uint64_t end = now_sec() + PATIENCE_SEC;
	int fds[N_STREAMS];
	size_t n_pages = 0;

	start(&daemons[0]);
	echo_guest_boot_without(&guest, daemons[0].path[1], 3, format->without);
	find_buffers();
	for (size_t i = 0; i < N_STREAMS; i++)
		fds[i] = open_stream(&daemons[0]);

	cr_assert_eq(vhu_frontend_start_log(guest.vm.frontend), 0);
	copy = malloc(GUEST_SIZE);
	memcpy(copy, source(), GUEST_SIZE);
	for (unsigned int i = 0; n_pages < N_PAGES; i++) {
		cr_assert(now_sec() < end, "%zu pages were written", n_pages);
		talk(fds[i % N_STREAMS]);
		echo_guest_work(&guest);
		n_pages += copy_what_the_log_names();
	}
	for (unsigned int i = 0; i < 2; i++)
		cr_assert_eq(vhu_frontend_stop_queue(guest.vm.frontend, i), 0);
	(void)copy_what_the_log_names();
	check_copy();

	for (size_t i = 0; i < N_STREAMS; i++)
		close(fds[i]);
	free(copy);
	echo_guest_free(&guest);
	fixture_stop(&daemons[0]);
}

/* --- the state ------------------------------------------------------------- */

static void move_guest(const struct fixture *to)
{
	struct vhu_frontend *frontend = guest.vm.frontend;
	size_t len;

	for (unsigned int i = 0; i < 2; i++)
		cr_assert_eq(vhu_frontend_stop_queue(frontend, i), 0);
	cr_assert_eq(
		vhu_frontend_save_state(frontend, state, sizeof(state), &len),
		0);
	cr_assert_eq(vhu_frontend_reconnect(frontend, to->path[1]), 0);
	cr_assert_eq(vhu_frontend_negotiate(frontend, UINT64_MAX), 0);
	cr_assert_eq(vhu_frontend_load_state(frontend, state, len), 0);
	cr_assert_eq(vhu_frontend_resume(frontend), 0);
}

static bool has_ended(int fd)
{
	uint8_t buf[8192];
	ssize_t n;

	do {
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	} while (n > 0);

	return n == 0 || errno != EAGAIN;
}

ParameterizedTestParameters(vsock_migration, resets_the_connections)
{
	return cr_make_param_array(struct format, formats, 2);
}

/* At both ends; with no queue for events, the guest is told one by one. */
ParameterizedTest(struct format *format, vsock_migration,
		  resets_the_connections, .timeout = 120)
{
	int fds[N_STREAMS];

	start(&daemons[0]);
	start(&daemons[1]);
	echo_guest_boot_without(&guest, daemons[0].path[1], 3, format->without);
	for (int turn = 0; turn < N_MOVES; turn++) {
		for (size_t i = 0; i < N_STREAMS; i++) {
			fds[i] = open_stream(&daemons[turn % 2]);
			talk(fds[i]);
		}
		cr_assert_eq(guest.n_open, N_STREAMS);
		move_guest(&daemons[(turn + 1) % 2]);
		WAIT_FOR(guest.n_open == 0);
		for (size_t i = 0; i < N_STREAMS; i++) {
			WAIT_FOR(has_ended(fds[i]));
			close(fds[i]);
		}
	}
	echo_guest_free(&guest);
	fixture_stop(&daemons[0]);
	fixture_stop(&daemons[1]);
}

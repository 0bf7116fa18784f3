/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A daemon is killed, or restarted, and its front-end, which knows nothing of
 * connecting again, does not notice: a service manager has kept the descriptors.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <linux/virtio_gpio.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fake-manager.h"
#include "fixture-daemon.h"
#include "traffic.h"
#include "virtio-devices/util.h"

#define PACKED VD_BIT(VIRTIO_F_RING_PACKED)
#define N_ENDS 10

static struct manager *manager;
static struct guest guest;
static struct traffic traffic;

static void open_manager(enum traffic_kind kind)
{
	static const char *const programs[] = {
		"vhost-device-rng", "vhost-device-gpio", "vhost-device-i2c",
		"vhost-device-sound", "vhost-device-sound"
	};
	static const char *const args[][4] = {
		{ "--log-level=error", "--packed-ring=on", NULL },
		{ "--log-level=error", "--packed-ring=on", "--device-list=s8",
		  NULL },
		{ "--log-level=error", "--packed-ring=on",
		  "--device-list=sim:80", NULL },
		{ "--log-level=error", "--packed-ring=on", "--backend=null",
		  NULL },
		{ "--log-level=error", "--packed-ring=on", "--backend=null",
		  NULL },
	};

	manager = manager_new(programs[kind], args[kind]);
	traffic = (struct traffic){ .guest = &guest, .kind = kind };
}

static void boot(uint64_t without)
{
	guest_connect(&guest, manager_path(manager));
	cr_assert_eq(
		vhu_frontend_set_features(guest.frontend,
					  ~(without | VD_BIT(VHU_F_LOG_ALL))),
		0);
	cr_assert_eq(vhu_frontend_set_memory(guest.frontend, guest.memory), 0);
	traffic_start(&traffic, 256);
}

static void shut_down(void)
{
	guest_free(&guest);
	manager_wait_empty(manager);
	manager_free(manager);
}

static void restart(int signal)
{
	manager_end_service(manager, signal);
	manager_start_service(manager);
}

/* Both ways for the first devices, as the traffic is the same. */
static void be_busy(unsigned int turn)
{
	for (unsigned int i = 0; i < turn % 5; i++) {
		traffic_submit(&traffic,
			       (TRAFFIC_MAX_OUT - traffic.n_out) / 2 * 2);
		cr_assert(traffic_wait(&traffic, 2 * (turn % 3)));
	}
	traffic_submit(&traffic, (TRAFFIC_MAX_OUT - traffic.n_out) / 2 * 2);
	if (turn % 2)
		cr_assert(traffic_wait(&traffic, TRAFFIC_MAX_OUT - turn % 8));
}

/* What the thread does now, it does after the last message. */
static void settle(void)
{
	traffic_submit(&traffic, 2);
	cr_assert(traffic_wait(&traffic, 0));
}

struct end {
	enum traffic_kind kind;
	uint64_t without;
	int signal;
	char name[32];
};

ParameterizedTestParameters(fd_store, lets_no_front_end_notice)
{
	static struct end ends[] = {
		{ TRAFFIC_RNG, PACKED, SIGKILL, "rng, split, killed" },
		{ TRAFFIC_RNG, 0, SIGKILL, "rng, packed, killed" },
		{ TRAFFIC_RNG, 0, SIGTERM, "rng, packed, restarted" },
		{ TRAFFIC_GPIO, PACKED, SIGKILL, "gpio, split, killed" },
		{ TRAFFIC_GPIO, 0, SIGKILL, "gpio, packed, killed" },
		{ TRAFFIC_GPIO, PACKED, SIGTERM, "gpio, split, restarted" },
		{ TRAFFIC_I2C, PACKED, SIGKILL, "i2c, split, killed" },
		{ TRAFFIC_I2C, 0, SIGKILL, "i2c, packed, killed" },
		{ TRAFFIC_I2C, PACKED, SIGTERM, "i2c, split, restarted" },
		{ TRAFFIC_PLAY, PACKED, SIGKILL, "playing, split, killed" },
		{ TRAFFIC_PLAY, 0, SIGKILL, "playing, packed, killed" },
		{ TRAFFIC_PLAY, 0, SIGTERM, "playing, packed, restarted" },
		{ TRAFFIC_RECORD, PACKED, SIGKILL, "recording, split, killed" },
		{ TRAFFIC_RECORD, 0, SIGKILL, "recording, packed, killed" },
		{ TRAFFIC_RECORD, PACKED, SIGTERM, "recording, restarted" },
	};

	return cr_make_param_array(struct end, ends, VD_ARRAY_SIZE(ends));
}

/* What is under way when a process is killed, and must not be done again. */
static bool may_fail_once(enum traffic_kind kind)
{
	return kind == TRAFFIC_I2C || kind == TRAFFIC_PLAY;
}

ParameterizedTest(struct end *end, fd_store, lets_no_front_end_notice,
		  .timeout = 250)
{
	uint64_t n_errors;

	open_manager(end->kind);
	boot(end->without);
	settle();
	for (unsigned int i = 0; i < manager_n_ends(N_ENDS); i++) {
		be_busy(i);
		restart(end->signal);
	}
	cr_assert(traffic_wait(&traffic, 0), "%s", end->name);
	if (end->signal == SIGTERM || !may_fail_once(end->kind))
		cr_assert_eq(traffic.n_errors, 0, "%s", end->name);

	/* The connection is as good as before. */
	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
	traffic_stop(&traffic);
	traffic_resume(&traffic);
	n_errors = traffic.n_errors;
	traffic_submit(&traffic, TRAFFIC_MAX_OUT);
	cr_assert(traffic_wait(&traffic, 0), "%s", end->name);
	cr_assert_eq(traffic.n_errors, n_errors, "%s", end->name);
	shut_down();
}

static unsigned int gpio_ask(uint16_t type, uint16_t line, uint32_t value)
{
	const struct virtio_gpio_request request = {
		.type = htole16(type),
		.gpio = htole16(line),
		.value = htole32(value),
	};
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa, sizeof(request) }, { guest.gpa + 64, 2 }
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable = 1 };
	struct vhu_driver_used used;

	memcpy(guest.buf, &request, sizeof(request));
	cr_assert_eq(vhu_frontend_exchange(guest.frontend, 0, &chain, &used),
		     0);
	cr_assert_eq(guest.buf[64], VIRTIO_GPIO_STATUS_OK);

	return guest.buf[65];
}

struct way {
	int signal;
	char name[16];
};

ParameterizedTestParameters(fd_store, keeps_gpio_lines)
{
	static struct way ways[] = { { SIGTERM, "restarted" },
				     { SIGKILL, "killed" } };

	return cr_make_param_array(struct way, ways, 2);
}

ParameterizedTest(struct way *way, fd_store, keeps_gpio_lines, .timeout = 250)
{
	open_manager(TRAFFIC_GPIO);
	boot(0);
	for (int i = 0; i < 5; i++) {
		gpio_ask(VIRTIO_GPIO_MSG_SET_VALUE, 3, 1);
		gpio_ask(VIRTIO_GPIO_MSG_SET_DIRECTION, 3,
			 VIRTIO_GPIO_DIRECTION_OUT);
		gpio_ask(VIRTIO_GPIO_MSG_SET_DIRECTION, 5,
			 VIRTIO_GPIO_DIRECTION_IN);
		restart(way->signal);
		cr_assert_eq(gpio_ask(VIRTIO_GPIO_MSG_GET_DIRECTION, 3, 0),
			     VIRTIO_GPIO_DIRECTION_OUT, "%s", way->name);
		cr_assert_eq(gpio_ask(VIRTIO_GPIO_MSG_GET_VALUE, 3, 0), 1);
		cr_assert_eq(gpio_ask(VIRTIO_GPIO_MSG_GET_DIRECTION, 5, 0),
			     VIRTIO_GPIO_DIRECTION_IN);
		gpio_ask(VIRTIO_GPIO_MSG_SET_DIRECTION, 3,
			 VIRTIO_GPIO_DIRECTION_NONE);
		restart(way->signal);
		cr_assert_eq(gpio_ask(VIRTIO_GPIO_MSG_GET_DIRECTION, 3, 0),
			     VIRTIO_GPIO_DIRECTION_NONE);
	}
	shut_down();
}

/* In the file that the state is in, see struct vhu_state_file. */
#define OFFSET_OF_BUSY 8

static bool can_be_taken_up(void)
{
	int fd = manager_find(manager, "vhd-0-0");
	uint32_t busy = 1;

	if (fd < 0)
		return false;
	cr_assert_eq(pread(fd, &busy, sizeof(busy), OFFSET_OF_BUSY),
		     (ssize_t)sizeof(busy));
	close(fd);

	return busy == 0;
}

static void wait_until_it_can(void)
{
	for (int i = 0; !can_be_taken_up(); i++)
		cr_assert(i < 1000000, "nobody could take this session up");
}

/* It is that of the next process, too: a stream that runs. */
Test(fd_store, keeps_a_state_that_was_loaded, .timeout = 250)
{
	uint8_t state[1024];
	size_t len;

	open_manager(TRAFFIC_PLAY);
	boot(0);
	traffic_stop(&traffic);
	cr_assert_eq(vhu_frontend_save_state(guest.frontend, state,
					     sizeof(state), &len),
		     0);
	traffic_resume(&traffic);
	traffic_close(&traffic);
	traffic_stop(&traffic);
	cr_assert_eq(vhu_frontend_load_state(guest.frontend, state, len), 0);
	wait_until_it_can();
	restart(SIGKILL);
	traffic_resume(&traffic);
	settle();
	cr_assert_eq(traffic.n_errors, 0);
	shut_down();
}

/* Eight bytes behind two headers, see state.h and rng.c. */
static uint64_t budget(void)
{
	uint8_t state[64];
	uint64_t tokens;
	size_t len;

	cr_assert_eq(vhu_frontend_stop_queue(guest.frontend, 0), 0);
	cr_assert_eq(vhu_frontend_save_state(guest.frontend, state,
					     sizeof(state), &len),
		     0);
	cr_assert_eq(len, 16 + 8 + sizeof(tokens));
	memcpy(&tokens, state + 16 + 8, sizeof(tokens));

	return le64toh(tokens);
}

/* What a guest may take of the host's entropy is no more for a restart. */
ParameterizedTestParameters(fd_store, keeps_a_budget)
{
	static struct way ways[] = { { SIGTERM, "restarted" },
				     { SIGKILL, "killed" } };

	return cr_make_param_array(struct way, ways, 2);
}

ParameterizedTest(struct way *way, fd_store, keeps_a_budget, .timeout = 250)
{
	static const char *const args[] = { "--log-level=error",
					    "--max-bytes=1000", NULL };

	manager = manager_new("vhost-device-rng", args);
	traffic = (struct traffic){ .guest = &guest, .kind = TRAFFIC_RNG };
	boot(0);
	cr_assert_eq(guest_read(&guest, 1000), 1000);
	restart(way->signal);
	cr_assert_eq(budget(), 0, "%s", way->name);
	shut_down();
}

/* libkrun has one call descriptor for all queues. */
Test(fd_store, keeps_a_file_that_is_used_twice, .timeout = 250)
{
	struct vhu_frontend_queue *second;

	open_manager(TRAFFIC_GPIO);
	boot(0);
	cr_assert_eq(vhu_frontend_prepare_queue(guest.frontend, 1, 16), 0);
	second = vhu_frontend_queue(guest.frontend, 1);
	cr_assert(dup3(vhu_frontend_queue(guest.frontend, 0)->call_fd,
		       second->call_fd, O_CLOEXEC) >= 0);
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 1), 0);
	be_busy(3);
	restart(SIGKILL);
	cr_assert(traffic_wait(&traffic, 0));
	/* The first one goes, and the second one stays. */
	cr_assert_eq(vhu_frontend_prepare_queue(guest.frontend, 0, 64), 0);
	cr_assert_eq(vhu_frontend_stop_queue(guest.frontend, 0), 0);
	vhu_frontend_queue(guest.frontend, 0)->base = VD_BIT(31) | 0x8000;
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 0), 0);
	be_busy(2);
	restart(SIGKILL);
	cr_assert(traffic_wait(&traffic, 0));
	shut_down();
}

/* Half a message has been read, and is lost: the front-end has to know. */
Test(fd_store, drops_a_front_end_in_the_middle_of_a_message, .timeout = 250)
{
	open_manager(TRAFFIC_RNG);
	boot(0);
	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
	cr_assert_eq(write(vhu_frontend_fd(guest.frontend), "\1\0\0\0", 4), 4);
	/* The queue is served after the message, in the same thread. */
	for (int i = 0; i < 3; i++)
		cr_assert_eq(guest_read(&guest, 64), 64);
	restart(SIGKILL);
	guest_wait_hangup(&guest);
	guest_free(&guest);
	manager_wait_empty(manager);

	boot(0);
	cr_assert_eq(guest_read(&guest, 64), 64);
	shut_down();
}

Test(fd_store, is_empty_without_a_front_end, .timeout = 250)
{
	open_manager(TRAFFIC_RNG);
	for (int i = 0; i < 10; i++) {
		boot(0);
		cr_assert_eq(guest_read(&guest, 64), 64);
		cr_assert_gt(manager_count(manager), 3);
		guest_free(&guest);
		manager_wait_empty(manager);
	}
	restart(SIGKILL);
	boot(0);
	cr_assert_eq(guest_read(&guest, 64), 64);
	shut_down();
}

/* --- a service manager that has other things to do -------------------------- */

#define N_FLOOD 5000

/* What one front-end may have it do: 256 files, and 16 more each second. */
#define MAX_MESSAGES (2 * 256 + 500)

/* Each one is another file. */
static void share_call_descriptors(unsigned int n)
{
	struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest.frontend, 0);

	for (unsigned int i = 0; i < n; i++) {
		close(queue->call_fd);
		queue->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		cr_assert_eq(vhu_frontend_tell_vring(guest.frontend, 0,
						     VHU_SET_VRING_CALL),
			     0);
	}
}

/* And in the end it is as good as ever. */
Test(fd_store, is_not_flooded_by_a_front_end, .timeout = 250)
{
	open_manager(TRAFFIC_RNG);
	boot(0);
	share_call_descriptors(N_FLOOD);
	cr_assert_leq(manager_count_messages(manager), MAX_MESSAGES);
	wait_until_it_can();
	restart(SIGKILL);
	cr_assert_eq(guest_read(&guest, 64), 64);
	shut_down();
}

/* A guest is served all the same, and kept as soon as the manager looks. */
Test(fd_store, is_not_waited_for, .timeout = 250)
{
	open_manager(TRAFFIC_RNG);
	boot(0);
	wait_until_it_can();
	manager_pause(manager);
	share_call_descriptors(100);
	cr_assert_eq(guest_read(&guest, 64), 64);
	manager_go_on(manager);
	wait_until_it_can();
	restart(SIGKILL);
	cr_assert_eq(guest_read(&guest, 64), 64);
	shut_down();
}

/* It says at least that it is ready. */
static void wait_for_message(size_t n_before)
{
	while (manager_count_messages(manager) == n_before)
		;
}

Test(fd_store, is_not_waited_for_at_the_end, .timeout = 250)
{
	size_t n;

	open_manager(TRAFFIC_RNG);
	wait_for_message(0);
	manager_clog(manager);
	cr_assert_eq(manager_end_service(manager, SIGTERM), 0);

	n = manager_count_messages(manager);
	manager_start_service(manager);
	wait_for_message(n);
	manager_free(manager);
}

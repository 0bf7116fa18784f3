/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A daemon is killed while it is busy, and another one takes its place: each
 * request is answered once, and none reaches an I2C bus twice.  Set KILLS for
 * more of it.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <limits.h>
#include <linux/virtio_config.h>
#include <linux/virtio_gpio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/loop.h"
#include "crash-figures.h"
#include "fixture-daemon.h"
#include "traffic.h"
#include "vhost-user/server.h"
#include "virtio-devices/device.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/i2c.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define PACKED VD_BIT(VIRTIO_F_RING_PACKED)
#define RING_SIZE 256

/* Of those where the bus outlives the process. */
#define N_TRANSFERS_CUT 100

static struct fixture fixture;
static struct guest guest;
static struct traffic traffic;
static struct crash_figures figures;

static void boot(const char *path, uint64_t without)
{
	uint64_t n_queues;

	guest_connect(&guest, path);
	cr_assert_eq(
		vhu_frontend_set_features(guest.frontend,
					  ~(without | VD_BIT(VHU_F_LOG_ALL))),
		0);
	cr_assert_eq(vhu_frontend_set_memory(guest.frontend, guest.memory), 0);
	cr_assert_eq(vhu_frontend_n_queues(guest.frontend, &n_queues), 0);
	cr_assert_eq(vhu_frontend_get_inflight(guest.frontend,
					       (uint16_t)n_queues, RING_SIZE),
		     0);
	cr_assert_eq(vhu_frontend_set_inflight(guest.frontend), 0);
	traffic_start(&traffic, RING_SIZE);
}

static void come_back(const char *path)
{
	cr_assert_eq(vhu_frontend_reconnect(guest.frontend, path), 0);
	cr_assert_eq(vhu_frontend_resume(guest.frontend), 0);
}

/* Some rounds of requests, and then more of them that nobody waits for. */
static void be_busy(unsigned int turn)
{
	for (unsigned int i = 0; i < turn % 7; i++) {
		traffic_submit(&traffic, TRAFFIC_MAX_OUT - traffic.n_out);
		cr_assert(traffic_wait(&traffic, 2 * (turn % 3)));
	}
	traffic_submit(&traffic, (TRAFFIC_MAX_OUT - traffic.n_out) / 2 * 2);
	if (turn % 2)
		cr_assert(traffic_wait(&traffic, TRAFFIC_MAX_OUT - turn % 8));
}

ParameterizedTestParameters(crash, loses_no_request)
{
	return traffic_cases();
}

/* What the old process has answered does not count. */
static void die_and_come_back(void)
{
	size_t n_out;

	crash_figures_begin(&figures);
	fixture_kill(&fixture);
	traffic_take(&traffic);
	fixture_restart(&fixture);
	come_back(fixture.path[0]);
	if (traffic.n_out == 0)
		traffic_submit(&traffic, 2);
	n_out = traffic.n_out;
	cr_assert(traffic_wait(&traffic, n_out - 1));
	crash_figures_end(&figures);
	/* A stream has to be prepared again. */
	traffic_open(&traffic);
}

ParameterizedTest(struct traffic_case *param, crash, loses_no_request,
		  .timeout = 250)
{
	unsigned int n = crash_figures_init(&figures);

	traffic = (struct traffic){ .guest = &guest, .kind = param->kind };
	traffic_start_daemon(&fixture, param->kind);
	boot(fixture.path[0], param->without);

	for (unsigned int i = 0; i < n; i++) {
		be_busy(i);
		die_and_come_back();
	}
	cr_assert(traffic_wait(&traffic, 0));
	if (!traffic_may_fail(param->kind))
		cr_assert_eq(traffic.n_errors, 0, "%s", param->name);
	traffic_submit(&traffic, TRAFFIC_MAX_OUT);
	cr_assert(traffic_wait(&traffic, 0));
	cr_assert_eq(traffic.n_answered, traffic.n_asked, "%s", param->name);
	crash_figures_print(&figures, param->name,
			    "%llu requests, none lost, none answered twice",
			    (unsigned long long)traffic.n_answered);
	crash_figures_fini(&figures);

	guest_free(&guest);
	fixture_stop(&fixture);
}

/* A GPIO interrupt is armed: its buffer comes back, or Linux waits for ever. */
static void arm(void)
{
	const struct virtio_gpio_request irq = {
		.type = htole16(VIRTIO_GPIO_MSG_IRQ_TYPE),
		.value = htole32(VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING),
	};
	struct vhu_driver_buffer buffers[] = { { guest.gpa, sizeof(irq) },
					       { guest.gpa + 64, 2 } };
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable = 1 };
	struct vhu_driver_ring *ring;
	struct vhu_driver_used used;

	memcpy(guest.buf, &irq, sizeof(irq));
	cr_assert_eq(vhu_frontend_exchange(guest.frontend, 0, &chain, &used),
		     0);
	buffers[0] = (struct vhu_driver_buffer){ guest.gpa + 2, 2 };
	ring = vhu_frontend_queue(guest.frontend, 1)->ring;
	/* The second one is too many, and says that the first was taken. */
	for (uint64_t i = 0; i < 2; i++) {
		buffers[1] =
			(struct vhu_driver_buffer){ guest.gpa + 128 + i, 1 };
		cr_assert_eq(vhu_driver_ring_add(ring, &chain), 0);
	}
	vhu_driver_ring_publish(ring);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, 1), 0);
	cr_assert_eq(vhu_frontend_wait(guest.frontend, 1), 0);
	cr_assert_eq(vhu_driver_ring_get(ring, &used), 1);
	cr_assert_eq(vhu_driver_ring_get(ring, &used), 0);
}

ParameterizedTestParameters(crash, gives_back_what_a_device_held)
{
	static struct traffic_case params[] = {
		{ TRAFFIC_GPIO, PACKED, "split" },
		{ TRAFFIC_GPIO, 0, "packed" },
	};

	return cr_make_param_array(struct traffic_case, params,
				   VD_ARRAY_SIZE(params));
}

ParameterizedTest(struct traffic_case *param, crash,
		  gives_back_what_a_device_held, .timeout = 250)
{
	struct vhu_driver_used used;

	traffic = (struct traffic){ .guest = &guest, .kind = TRAFFIC_GPIO };
	traffic_start_daemon(&fixture, TRAFFIC_GPIO);
	boot(fixture.path[0], param->without);
	cr_assert_eq(vhu_frontend_prepare_queue(guest.frontend, 1, 16), 0);
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 1), 0);
	arm();
	fixture_kill(&fixture);
	fixture_restart(&fixture);
	come_back(fixture.path[0]);

	while (vhu_driver_ring_get(vhu_frontend_queue(guest.frontend, 1)->ring,
				   &used) == 0)
		cr_assert_eq(vhu_frontend_wait(guest.frontend, 1), 0, "%s",
			     param->name);
	cr_assert_eq(guest.buf[128], VIRTIO_GPIO_IRQ_STATUS_INVALID);
	guest_free(&guest);
	fixture_stop(&fixture);
}

/* --- a bus that outlives the process that drives it ------------------------ */

#define MAX_REQUESTS 65536

/**
 * struct bus - what happened on the bus, in shared memory
 * @n_left:   transfers until the process is killed
 * @late:     it is killed when the last of them has reached the bus, and not
 *            before
 * @executed: how often each request did
 */
struct bus {
	unsigned int n_left;
	bool late;
	uint8_t executed[MAX_REQUESTS];
};

static struct bus *bus;
static char path[108];

static int count_transfer(struct vd_i2c_backend *backend,
			  struct vd_i2c_msg *msgs, size_t n)
{
	bool last = --bus->n_left == 0;

	(void)backend;

	if (last && !bus->late)
		raise(SIGKILL);
	for (size_t i = 0; i < n; i++) {
		if (!msgs[i].read && msgs[i].len == 3)
			bus->executed[msgs[i].buf[1] | msgs[i].buf[2] << 8]++;
	}
	if (last)
		raise(SIGKILL);

	return 0;
}

static void destroy_nothing(struct vd_i2c_backend *backend)
{
	(void)backend;
}

static const struct vd_i2c_backend_ops counting_ops = {
	.name = "counting",
	.transfer = count_transfer,
	.destroy = destroy_nothing,
};

static struct vd_i2c_backend counting = { .ops = &counting_ops };

/* What a daemon is made of, with our bus; never returns. */
static void serve(int listener)
{
	static const struct vd_i2c_client client = { .address = 0x50 };
	const struct vhu_server_config config = {
		.session.features = VD_VIRTQUEUE_FEATURES,
	};
	struct vd_i2c_backend *buses[] = { &counting };
	struct vhu_server *server;
	struct vd_device *device;
	struct vb_loop *loop;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (vb_loop_new(&loop) < 0 ||
	    vd_i2c_new(buses, 1, &client, 1, &device) < 0 ||
	    vhu_server_new(loop, device, listener, &config, &server) < 0)
		_exit(1);
	(void)vb_loop_run(loop);
	_exit(2);
}

static pid_t start_server(int listener)
{
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (pid == 0)
		serve(listener);

	return pid;
}

static int listen_somewhere(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "/tmp/vhd-crash.%d", (int)getpid());
	memcpy(address.sun_path, path, sizeof(path));
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 4), 0);

	return fd;
}

/* What is said to have worked has; and nothing has happened twice. */
static void check_answer(uint64_t number, bool ok)
{
	uint8_t executed = bus->executed[number];

	if (number % 2)
		return;
	cr_assert_leq(executed, 1, "request %u was executed twice",
		      (unsigned int)number);
	if (ok)
		cr_assert_eq(executed, 1);
}

ParameterizedTestParameters(crash, executes_no_transfer_twice)
{
	static struct traffic_case params[] = {
		{ TRAFFIC_I2C, PACKED, "split" },
		{ TRAFFIC_I2C, 0, "packed" },
	};

	return cr_make_param_array(struct traffic_case, params,
				   VD_ARRAY_SIZE(params));
}

/* The process is killed in the middle of a transfer, sooner or later. */
static void be_busy_until_the_end(unsigned int turn)
{
	bus->late = turn % 2;
	bus->n_left = 1 + turn % 50;

	do {
		traffic_submit(&traffic,
			       (TRAFFIC_MAX_OUT - traffic.n_out) / 2 * 2);
	} while (traffic_wait(&traffic, 2 * (turn % 5)));
}

ParameterizedTest(struct traffic_case *param, crash, executes_no_transfer_twice,
		  .timeout = 250)
{
	int listener = listen_somewhere();
	pid_t pid;

	bus = mmap(NULL, sizeof(*bus), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert(bus != MAP_FAILED);
	traffic = (struct traffic){ .guest = &guest,
				    .kind = TRAFFIC_I2C,
				    .answered = check_answer };
	pid = start_server(listener);
	boot(path, param->without);

	for (unsigned int i = 0; i < N_TRANSFERS_CUT; i++) {
		be_busy_until_the_end(i);
		waitpid(pid, NULL, 0);
		bus->n_left = UINT_MAX;
		pid = start_server(listener);
		come_back(path);
		cr_assert(traffic_wait(&traffic, 0));
	}
	/* One transfer at least was cut each time, and not tried again. */
	cr_assert_geq(traffic.n_errors, N_TRANSFERS_CUT, "%s", param->name);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	guest_free(&guest);
	close(listener);
	unlink(path);
}

/* --- records that cannot be ------------------------------------------------ */

/* Nothing is in it, but it would take address space. */
#define TOO_MUCH ((64ULL << 20) + 1)

struct bad_records {
	struct vhu_inflight wire;
	char why[32];
};

ParameterizedTestParameters(crash, refuses_records_that_cannot_be)
{
	static struct bad_records records[] = {
		{ { 1 << 20, 0, 0, 64, 0 }, "no queue" },
		{ { 1 << 20, 0, 2, 64, 0 }, "more queues than there are" },
		{ { 1 << 20, 0, UINT16_MAX, 64, 0 }, "2^16 - 1 queues" },
		{ { 1 << 20, 0, 1, 0, 0 }, "no entry" },
		{ { 1 << 20, 0, 1, 32769, 0 }, "more entries than a ring" },
		{ { 0, 0, 1, 64, 0 }, "no memory" },
		{ { 16 + 16 * 64 - 1, 0, 1, 64, 0 }, "a byte too little" },
		{ { (1 << 20) + 1, 0, 1, 64, 0 }, "a byte beyond the file" },
		{ { 1 << 20, 64, 1, 64, 0 }, "64 bytes beyond the file" },
		{ { UINT64_MAX, 64, 1, 64, 0 }, "wraps around" },
		{ { 1 << 19, UINT64_MAX - 63, 1, 64, 0 }, "offset 2^64 - 64" },
		{ { 1 << 19, 1ULL << 63, 1, 64, 0 }, "offset 2^63" },
		{ { 1 << 19, 4, 1, 64, 0 }, "unaligned" },
		{ { TOO_MUCH, 0, 1, 64, 0 }, "more than anybody needs" },
	};

	return cr_make_param_array(struct bad_records, records,
				   VD_ARRAY_SIZE(records));
}

ParameterizedTest(struct bad_records *bad, crash,
		  refuses_records_that_cannot_be, .timeout = 250)
{
	int fd = memfd_create("records", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, bad->wire.mmap_size == TOO_MUCH
					   ? (off_t)TOO_MUCH
					   : 1 << 20),
		     0);
	fixture_start(&fixture, "rng", NULL);
	guest_boot(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_SET_INFLIGHT_FD,
				       &bad->wire, sizeof(bad->wire), &fd, 1),
		     -EREMOTEIO, "%s", bad->why);
	cr_assert_eq(guest_read(&guest, 64), 64);
	close(fd);
	guest_free(&guest);
	fixture_stop(&fixture);
}

static void set_records(const struct vhu_inflight *wire, size_t size,
			const int *fds, size_t n_fds, int expected)
{
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_SET_INFLIGHT_FD,
				       wire, size, fds, n_fds),
		     expected);
	cr_assert_eq(guest_read(&guest, 64), 64);
}

Test(crash, wants_records_in_one_file, .timeout = 250)
{
	static const struct vhu_inflight wire = { 1 << 16, 0, 1, 64, 0 };
	char room[32] = { 0 };
	int fds[2] = { memfd_create("records", MFD_CLOEXEC),
		       eventfd(0, EFD_CLOEXEC) };

	memcpy(room, &wire, sizeof(wire));
	cr_assert_eq(ftruncate(fds[0], 1 << 16), 0);
	fixture_start(&fixture, "rng", NULL);
	guest_boot(&guest, fixture.path[0]);
	set_records(&wire, sizeof(wire), NULL, 0, -EREMOTEIO);
	set_records(&wire, sizeof(wire), fds, 2, -EREMOTEIO);
	set_records(&wire, sizeof(wire), &fds[1], 1, -EREMOTEIO);
	set_records((void *)room, 25, fds, 1, -EREMOTEIO);
	set_records(&wire, 19, fds, 1, -EREMOTEIO);
	/* With and without the padding. */
	set_records(&wire, 20, fds, 1, 0);
	set_records(&wire, sizeof(wire), fds, 1, 0);
	guest_free(&guest);
	fixture_stop(&fixture);
}

Test(crash, leaks_no_file_of_records, .timeout = 250)
{
	struct guest other;
	size_t n;

	fixture_start(&fixture, "rng", NULL);
	/* It is there when all descriptors of the daemon are. */
	guest_boot(&other, fixture.path[1]);
	guest_boot(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_get_inflight(guest.frontend, 1, 64), 0);
	cr_assert_eq(vhu_frontend_set_inflight(guest.frontend), 0);
	n = fixture_count_fds(&fixture);
	for (int i = 0; i < 1000; i++) {
		cr_assert_eq(vhu_frontend_get_inflight(guest.frontend, 1, 64),
			     0);
		cr_assert_eq(vhu_frontend_set_inflight(guest.frontend), 0);
	}
	cr_assert_eq(guest_read(&guest, 64), 64);
	cr_assert_leq(fixture_count_fds(&fixture), n);
	guest_free(&guest);
	guest_free(&other);
	fixture_stop(&fixture);
}

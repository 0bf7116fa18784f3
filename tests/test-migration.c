/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest is migrated while its device is busy: memory at the destination is
 * made up of a first copy, of the pages that the log names, and of what the
 * driver wrote itself.  In the end it has to be the same, byte for byte.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_gpio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "migration-test.h"
#include "virtio-devices/util.h"

/* The destination's memory. */
static uint8_t *copy;

static uint8_t *source(void)
{
	uint64_t len = GUEST_SIZE;
	uint8_t *at = vhu_guest_memory_at(guest.memory, GUEST_GPA, &len);

	cr_assert_eq(len, GUEST_SIZE);

	return at;
}

static void copy_bytes(const void *from, size_t len)
{
	memcpy(copy + ((const uint8_t *)from - source()), from, len);
}

static void copy_ring(unsigned int queue)
{
	const struct vhu_driver_layout *layout = vhu_driver_ring_layout(
		vhu_frontend_queue(guest.frontend, queue)->ring);
	const char *desc = layout->desc.at, *driver = layout->driver.at,
		   *device = layout->device.at;

	if (!(vhu_frontend_features(guest.frontend)->accepted & PACKED))
		copy_bytes(desc, (size_t)(driver - desc));
	copy_bytes(driver, (size_t)(device - driver));
}

/* What the hypervisor would know about by itself. */
static void copy_what_the_driver_wrote(void)
{
	unsigned int queues[TRAFFIC_MAX_QUEUES];
	size_t n = traffic_queues(traffic.kind, queues);

	copy_bytes(guest.buf, TRAFFIC_DRIVER_BYTES);
	for (size_t i = 0; i < n; i++)
		copy_ring(queues[i]);
}

static size_t copy_what_the_log_names(void)
{
	size_t n = 0;

	for (size_t i = 0; i < GUEST_SIZE; i += PAGE) {
		if (vhu_frontend_take_dirty(guest.frontend, GUEST_GPA + i)) {
			memcpy(copy + i, source() + i, PAGE);
			n++;
		}
	}

	return n;
}

static void check_copy(void)
{
	for (size_t i = 0; i < GUEST_SIZE; i += PAGE)
		cr_assert_arr_eq(copy + i, source() + i, PAGE,
				 "page %#zx is not in the log",
				 (size_t)GUEST_GPA + i);
}

/* Requests are under way when it begins. */
static void begin_copy(void)
{
	traffic_submit(&traffic, TRAFFIC_MAX_OUT);
	cr_assert_eq(vhu_frontend_start_log(guest.frontend), 0);
	copy = malloc(GUEST_SIZE);
	cr_assert(copy);
	memcpy(copy, source(), GUEST_SIZE);
}

ParameterizedTestParameters(migration, finds_every_page_in_the_log)
{
	return traffic_cases();
}

ParameterizedTest(struct traffic_case *param, migration,
		  finds_every_page_in_the_log, .timeout = 120)
{
	size_t n_pages = 0;

	begin(param->kind);
	boot(~(param->without | VD_BIT(VHU_F_LOG_ALL)));
	begin_copy();

	for (int i = 0; i < 40; i++) {
		cr_assert(traffic_wait(&traffic, TRAFFIC_MAX_OUT / 2));
		copy_what_the_driver_wrote();
		n_pages += copy_what_the_log_names();
		traffic_submit(&traffic, TRAFFIC_MAX_OUT / 2);
	}
	cr_assert(traffic_wait(&traffic, 0));
	traffic_stop(&traffic);
	copy_what_the_driver_wrote();
	n_pages += copy_what_the_log_names();
	check_copy();
	cr_assert_gt(n_pages, 40, "%s", param->name);
	cr_assert_eq(traffic.n_errors, 0, "%s", param->name);

	free(copy);
	guest_free(&guest);
	fixture_stop(&fixture);
}

static void offer_event_buffer(uint64_t request, uint64_t answer)
{
	const struct vhu_driver_buffer buffers[] = { { request, 2 },
						     { answer, 1 } };
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable = 1 };
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(guest.frontend, 1)->ring;

	cr_assert_eq(vhu_driver_ring_add(ring, &chain), 0);
	vhu_driver_ring_publish(ring);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, 1), 0);
}

/* Two buffers for line 0: the second one, which is too many, comes back. */
static void wait_for_an_interrupt(void)
{
	const struct virtio_gpio_request irq = {
		.type = htole16(VIRTIO_GPIO_MSG_IRQ_TYPE),
		.value = htole32(VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING),
	};
	const struct vhu_driver_buffer buffers[] = { { guest.gpa, sizeof(irq) },
						     { guest.gpa + PAGE, 2 } };
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable = 1 };
	struct vhu_driver_used used;

	memcpy(guest.buf, &irq, sizeof(irq));
	cr_assert_eq(vhu_frontend_exchange(guest.frontend, 0, &chain, &used),
		     0);
	offer_event_buffer(guest.gpa + 2, guest.gpa + (uint64_t)2 * PAGE);
	offer_event_buffer(guest.gpa + 2, guest.gpa + (uint64_t)3 * PAGE);
	cr_assert_eq(vhu_frontend_wait(guest.frontend, 1), 0);
}

/* Interrupts that nobody will raise are given back when the queue stops. */
Test(migration, finds_what_a_stop_writes_in_the_log, .timeout = 120)
{
	begin(TRAFFIC_GPIO);
	boot(~VD_BIT(VHU_F_LOG_ALL));
	vhu_frontend_prepare_queue(guest.frontend, 1, 8);
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 1), 0);
	wait_for_an_interrupt();

	cr_assert_eq(vhu_frontend_start_log(guest.frontend), 0);
	guest.buf[2 * PAGE] = 0xee;
	cr_assert_eq(vhu_frontend_stop_queue(guest.frontend, 1), 0);
	cr_assert_eq(guest.buf[2 * PAGE], VIRTIO_GPIO_IRQ_STATUS_INVALID);
	cr_assert(vhu_frontend_take_dirty(guest.frontend,
					  guest.gpa + (uint64_t)2 * PAGE));
	guest_free(&guest);
	fixture_stop(&fixture);
}

/* --- more about the log ---------------------------------------------------- */

/* A driver can accept the bit, where a VMM passes all of them on. */
Test(migration, needs_no_log, .timeout = 120)
{
	fixture_start(&fixture, "rng", NULL);
	guest_boot(&guest, fixture.path[0]);
	cr_assert(vhu_frontend_features(guest.frontend)->accepted &
		  VD_BIT(VHU_F_LOG_ALL));
	cr_assert_eq(guest_read(&guest, 5000), 5000);
	guest_free(&guest);
	fixture_stop(&fixture);
}

Test(migration, can_be_called_off, .timeout = 120)
{
	begin(TRAFFIC_RNG);
	boot(~VD_BIT(VHU_F_LOG_ALL));
	cr_assert_eq(vhu_frontend_start_log(guest.frontend), 0);
	cr_assert_eq(guest_read(&guest, 100), 100);
	cr_assert(vhu_frontend_take_dirty(guest.frontend, guest.gpa));
	cr_assert_eq(vhu_frontend_stop_log(guest.frontend), 0);
	cr_assert_eq(guest_read(&guest, 100), 100);
	cr_assert_not(vhu_frontend_take_dirty(guest.frontend, guest.gpa));
	guest_free(&guest);
	fixture_stop(&fixture);
}

/* Without VHU_F_LOG_ALL, but with the flag that each ring has. */
static void log_ring_only(uint64_t log)
{
	const struct vhu_driver_layout *layout = vhu_driver_ring_layout(
		vhu_frontend_queue(guest.frontend, 0)->ring);
	const struct vhu_guest_memory *memory = guest.memory;
	const struct vhu_vring_addr addr = {
		.flags = VHU_VRING_F_LOG,
		.desc = vhu_guest_memory_user(memory, layout->desc.gpa),
		.avail = vhu_guest_memory_user(memory, layout->driver.gpa),
		.used = vhu_guest_memory_user(memory, layout->device.gpa),
		.log = log,
	};

	cr_assert_eq(vhu_frontend_start_log(guest.frontend), 0);
	cr_assert_eq(vhu_frontend_stop_log(guest.frontend), 0);
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_SET_VRING_ADDR,
				       &addr, sizeof(addr), NULL, 0),
		     0);
}

struct format {
	uint64_t without;
	char name[16];
};

ParameterizedTestParameters(migration, logs_a_ring_where_its_address_says)
{
	static struct format formats[] = { { PACKED, "split" },
					   { 0, "packed" } };

	return cr_make_param_array(struct format, formats, 2);
}

ParameterizedTest(struct format *format, migration,
		  logs_a_ring_where_its_address_says, .timeout = 120)
{
	const struct vhu_driver_layout *layout;
	uint64_t elsewhere;

	begin(TRAFFIC_RNG);
	boot(~(format->without | VD_BIT(VHU_F_LOG_ALL)));
	layout = vhu_driver_ring_layout(
		vhu_frontend_queue(guest.frontend, 0)->ring);
	elsewhere = guest.gpa + (uint64_t)64 * PAGE;
	log_ring_only(elsewhere);
	cr_assert_eq(guest_read(&guest, 100), 100);
	cr_assert(vhu_frontend_take_dirty(guest.frontend, elsewhere));
	cr_assert_not(vhu_frontend_take_dirty(guest.frontend, guest.gpa));
	cr_assert_not(
		vhu_frontend_take_dirty(guest.frontend, layout->device.gpa));
	/* There is no second address for packed descriptors. */
	cr_assert_eq(vhu_frontend_take_dirty(guest.frontend, layout->desc.gpa),
		     !format->without, "%s", format->name);
	guest_free(&guest);
	fixture_stop(&fixture);
}

/* What cannot be a log is refused, and the one that is there stays. */
Test(migration, survives_a_log_that_is_refused, .timeout = 120)
{
	static const struct vhu_log logs[] = {
		{ .size = 0 },
		{ .size = PAGE + 1 },
		{ .size = UINT64_MAX },
		{ .size = 1, .offset = PAGE },
		{ .size = UINT64_MAX, .offset = 1 },
		{ .size = 1ULL << 63, .offset = 1ULL << 63 },
	};
	int fd = memfd_create("log", MFD_CLOEXEC);
	int event = eventfd(0, EFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, PAGE), 0);
	begin(TRAFFIC_RNG);
	boot(~VD_BIT(VHU_F_LOG_ALL));
	cr_assert_eq(vhu_frontend_start_log(guest.frontend), 0);

	for (size_t i = 0; i < VD_ARRAY_SIZE(logs); i++)
		cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_SET_LOG_BASE,
					       &logs[i], sizeof(logs[i]), &fd,
					       1),
			     -EREMOTEIO, "%zu", i);
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_SET_LOG_BASE, logs,
				       sizeof(logs[0]), NULL, 0),
		     -EREMOTEIO);
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_SET_LOG_BASE, logs,
				       sizeof(logs[0]), &event, 1),
		     -EREMOTEIO);
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_SET_LOG_FD, NULL, 0,
				       &event, 1),
		     0);
	cr_assert_eq(guest_read(&guest, 100), 100);
	cr_assert(vhu_frontend_take_dirty(guest.frontend, guest.gpa));

	close(event);
	close(fd);
	guest_free(&guest);
	fixture_stop(&fixture);
}

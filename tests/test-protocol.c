/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The real daemon, and what real front-ends say to it, message by message.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture-daemon.h"
#include "virtio-devices/util.h"

#define ACK_BITS VD_BIT(VHU_PROTOCOL_F_REPLY_ACK)
#define BASIC_FEATURES \
	(VD_BIT(VIRTIO_F_VERSION_1) | VD_BIT(VHU_F_PROTOCOL_FEATURES))

static struct fixture fixture;
static struct guest guest;

static void setup(void)
{
	fixture_start(&fixture, "rng", NULL);
}

static void teardown(void)
{
	guest_free(&guest);
	fixture_stop(&fixture);
}

TestSuite(protocol, .init = setup, .fini = teardown, .timeout = 120);

static void tell_vring(const enum vhu_request *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(
			vhu_frontend_tell_vring(guest.frontend, 0, order[i]), 0,
			"%s", vhu_request_name(order[i]));
}

#define TELL_VRING(...) \
	do { \
		static const enum vhu_request order_[] = { __VA_ARGS__ }; \
		tell_vring(order_, VD_ARRAY_SIZE(order_)); \
	} while (0)

static void expect_service(void)
{
	cr_assert_eq(guest_read(&guest, 64), 64);
	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
}

Test(protocol, serves_qemu)
{
	guest_connect(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_set_features(guest.frontend, ~0ULL), 0);
	cr_assert_eq(vhu_frontend_set_memory(guest.frontend, guest.memory), 0);
	vhu_frontend_prepare_queue(guest.frontend, 0, 4);
	TELL_VRING(VHU_SET_VRING_CALL, VHU_SET_VRING_ERR, VHU_SET_VRING_NUM,
		   VHU_SET_VRING_BASE, VHU_SET_VRING_ADDR, VHU_SET_VRING_KICK,
		   VHU_SET_VRING_CALL);
	cr_assert_eq(vhu_frontend_enable(guest.frontend, 0, true), 0);
	expect_service();
	/* The memory map changes while the guest runs. */
	cr_assert_eq(vhu_frontend_set_memory(guest.frontend, guest.memory), 0);
	expect_service();
	/* The virtual machine is stopped, and goes on. */
	cr_assert_eq(vhu_frontend_enable(guest.frontend, 0, false), 0);
	cr_assert_eq(vhu_frontend_stop_queue(guest.frontend, 0), 0);
	cr_assert_eq(vhu_frontend_queue(guest.frontend, 0)->base, 2);
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 0), 0);
	expect_service();
}

/* No acknowledgements, and large rings. */
Test(protocol, serves_crosvm)
{
	guest_connect(&guest, fixture.path[0]);
	vhu_frontend_set_acks(guest.frontend, false);
	cr_assert_eq(vhu_frontend_set_features(
			     guest.frontend,
			     BASIC_FEATURES | VD_BIT(VIRTIO_RING_F_EVENT_IDX)),
		     0);
	cr_assert_eq(vhu_frontend_set_memory(guest.frontend, guest.memory), 0);
	cr_assert_eq(vhu_frontend_prepare_queue(guest.frontend, 0, 32768), 0);
	TELL_VRING(VHU_SET_VRING_NUM, VHU_SET_VRING_ADDR, VHU_SET_VRING_BASE,
		   VHU_SET_VRING_CALL, VHU_SET_VRING_KICK);
	cr_assert_eq(vhu_frontend_enable(guest.frontend, 0, true), 0);
	expect_service();
}

/* The base is the available index, and buffers wait below it. */
Test(protocol, serves_cloud_hypervisor)
{
	struct vhu_driver_chain chain = { .n_writable = 1 };
	struct vhu_driver_buffer buffer;
	struct vhu_frontend_queue *queue;
	struct vhu_driver_used used;

	guest_connect(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_set_features(guest.frontend, BASIC_FEATURES),
		     0);
	cr_assert_eq(vhu_frontend_set_memory(guest.frontend, guest.memory), 0);
	vhu_frontend_prepare_queue(guest.frontend, 0, 64);
	queue = vhu_frontend_queue(guest.frontend, 0);
	buffer = (struct vhu_driver_buffer){ guest.gpa, 64 };
	chain.buffers = &buffer;
	cr_assert_eq(vhu_driver_ring_add(queue->ring, &chain), 0);
	vhu_driver_ring_publish(queue->ring);

	queue->base = 1;
	TELL_VRING(VHU_SET_VRING_NUM, VHU_SET_VRING_ADDR, VHU_SET_VRING_BASE,
		   VHU_SET_VRING_CALL, VHU_SET_VRING_KICK);
	cr_assert_eq(vhu_frontend_enable(guest.frontend, 0, true), 0);
	/* Nobody kicks, and yet the buffer comes back. */
	cr_assert_eq(vhu_frontend_wait(guest.frontend, 0), 0);
	cr_assert_eq(vhu_driver_ring_get(queue->ring, &used), 1);
	cr_assert_eq(used.len, 64);
}

/* Memory first, then features; and a reset is a mere ENABLE 0. */
Test(protocol, serves_libkrun)
{
	guest_connect(&guest, fixture.path[0]);
	vhu_frontend_set_acks(guest.frontend, false);

	for (int i = 0; i < 3; i++) {
		cr_assert_eq(
			vhu_frontend_set_memory(guest.frontend, guest.memory),
			0);
		cr_assert_eq(vhu_frontend_set_features(guest.frontend,
						       BASIC_FEATURES),
			     0);
		cr_assert_eq(vhu_frontend_prepare_queue(guest.frontend, 0, 256),
			     0);
		TELL_VRING(VHU_SET_VRING_NUM, VHU_SET_VRING_BASE,
			   VHU_SET_VRING_ADDR, VHU_SET_VRING_KICK,
			   VHU_SET_VRING_CALL);
		cr_assert_eq(vhu_frontend_enable(guest.frontend, 0, true), 0);
		expect_service();
		cr_assert_eq(vhu_frontend_enable(guest.frontend, 0, false), 0);
	}
}

/* CALL comes first; there is no GET_VRING_BASE when the driver goes. */
Test(protocol, serves_virtio_uml)
{
	guest_connect(&guest, fixture.path[0]);

	for (int i = 0; i < 3; i++) {
		cr_assert_eq(vhu_frontend_set_features(guest.frontend, ~0ULL),
			     0);
		cr_assert_eq(
			vhu_frontend_set_memory(guest.frontend, guest.memory),
			0);
		cr_assert_eq(vhu_frontend_prepare_queue(guest.frontend, 0, 256),
			     0);
		TELL_VRING(VHU_SET_VRING_CALL, VHU_SET_VRING_NUM,
			   VHU_SET_VRING_BASE, VHU_SET_VRING_ADDR,
			   VHU_SET_VRING_KICK);
		cr_assert_eq(vhu_frontend_enable(guest.frontend, 0, true), 0);
		expect_service();
		cr_assert_eq(vhu_frontend_enable(guest.frontend, 0, false), 0);
		cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
	}
}

/* A front-end that does not know the protocol bit has no ENABLE. */
Test(protocol, serves_a_front_end_without_protocol_features)
{
	guest_connect(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_tell_u64(guest.frontend, VHU_SET_FEATURES,
					   VD_BIT(VIRTIO_F_VERSION_1)),
		     0);
	cr_assert_eq(vhu_frontend_set_memory(guest.frontend, guest.memory), 0);
	vhu_frontend_prepare_queue(guest.frontend, 0, 64);
	TELL_VRING(VHU_SET_VRING_NUM, VHU_SET_VRING_BASE, VHU_SET_VRING_ADDR,
		   VHU_SET_VRING_CALL, VHU_SET_VRING_KICK);
	expect_service();
}

Test(protocol, starts_a_ring_whatever_comes_last)
{
	enum vhu_request all[] = { VHU_SET_VRING_NUM, VHU_SET_VRING_BASE,
				   VHU_SET_VRING_ADDR, VHU_SET_VRING_KICK,
				   VHU_SET_VRING_CALL };

	for (size_t i = 0; i < VD_ARRAY_SIZE(all); i++) {
		enum vhu_request first = all[0];

		guest_connect(&guest, fixture.path[0]);
		cr_assert_eq(vhu_frontend_set_features(guest.frontend, ~0ULL),
			     0);
		vhu_frontend_set_memory(guest.frontend, guest.memory);
		vhu_frontend_prepare_queue(guest.frontend, 0, 64);
		cr_assert_eq(vhu_frontend_enable(guest.frontend, 0, true), 0);
		tell_vring(all, VD_ARRAY_SIZE(all));
		expect_service();
		guest_free(&guest);

		memmove(all, all + 1, sizeof(all) - sizeof(all[0]));
		all[VD_ARRAY_SIZE(all) - 1] = first;
	}
	guest_connect(&guest, fixture.path[0]);
}

Test(protocol, adds_and_removes_memory_while_a_ring_runs)
{
	const struct vhu_guest_range range = { 0x40000000, 1U << 20 };
	const struct vhu_driver_buffer buffer = { range.gpa, 64 };
	const struct vhu_driver_chain chain = { .buffers = &buffer,
						.n_writable = 1 };
	struct vhu_guest_memory *more;
	struct vhu_mem_reg reg = { 0 };
	uint64_t home, slots;
	int fd;

	guest_boot(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_ask_u64(guest.frontend, VHU_GET_MAX_MEM_SLOTS,
					  &slots),
		     0);
	cr_assert_eq(slots, 509);
	cr_assert_eq(vhu_guest_memory_new(&range, 1, &more), 0);
	cr_assert_eq(vhu_guest_memory_table(more, &reg.region, &fd), 1);
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_ADD_MEM_REG, &reg,
				       sizeof(reg), &fd, 1),
		     0);

	/* A buffer in there is served now, */
	home = guest.gpa;
	guest.gpa = range.gpa;
	expect_service();
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_REM_MEM_REG, &reg,
				       sizeof(reg), NULL, 0),
		     0);
	/* and comes back empty when it has gone. */
	guest_expect_refusal(&guest, &chain);
	vhu_guest_memory_free(more);

	guest.gpa = home;
	expect_service();
}

Test(protocol, is_as_new_after_reset_device)
{
	guest_boot(&guest, fixture.path[0]);
	expect_service();
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_RESET_DEVICE, NULL,
				       0, NULL, 0),
		     0);
	vhu_frontend_prepare_queue(guest.frontend, 0, 64);
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 0), 0);
	expect_service();
}

/* A front-end can ask for any number of them, and keep them all. */
Test(protocol, gives_files_of_records_that_take_no_memory_yet)
{
	struct vhu_message message = {
		.header = { VHU_GET_INFLIGHT_FD, VHU_VERSION,
			    sizeof(struct vhu_inflight) },
		.payload.inflight = { .n_queues = 1, .queue_size = 32768 },
	};
	struct stat st;

	guest_connect(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_send(guest.frontend, &message.header,
				       &message.payload, NULL, 0),
		     0);
	cr_assert_eq(vhu_frontend_receive(guest.frontend, &message), 0);
	cr_assert_eq(message.n_fds, 1);
	cr_assert_eq(fstat(message.fds[0], &st), 0);
	cr_assert_eq((uint64_t)st.st_size, message.payload.inflight.mmap_size);
	cr_assert_eq(st.st_blocks, 0);
	vhu_message_fini(&message);
}

Test(protocol, answers_reads_of_a_config_space_that_is_not_there)
{
	struct vhu_config config = { .offset = 0, .size = 8 }, reply;

	memset(config.data, 0xaa, 8);
	guest_connect(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_ask(guest.frontend, VHU_GET_CONFIG, &config,
				      VHU_CONFIG_HEADER + 8, &reply,
				      VHU_CONFIG_HEADER + 8),
		     0);
	for (int i = 0; i < 8; i++)
		cr_assert_eq(reply.data[i], 0);
}

Test(protocol, takes_another_front_end_after_the_first_one)
{
	struct guest other;
	size_t fds;

	/* Once the second guest is served, all of the daemon is there. */
	guest_boot(&other, fixture.path[1]);
	cr_assert_eq(guest_read(&other, 1), 1);
	fds = fixture_count_fds(&fixture);

	for (int i = 0; i < 20; i++) {
		guest_boot(&guest, fixture.path[0]);
		expect_service();
		guest_free(&guest);
	}
	fixture_wait_fds(&fixture, fds);
	guest_free(&other);
	guest_connect(&guest, fixture.path[0]);
}

Test(protocol, does_not_let_a_silent_front_end_keep_others_out)
{
	struct vhu_frontend *silent;

	cr_assert_eq(vhu_frontend_connect(fixture.path[0], 1000, &silent), 0);
	guest_boot(&guest, fixture.path[0]);
	expect_service();
	vhu_frontend_free(silent);
	expect_service();
}

Test(protocol, serves_two_guests_at_once)
{
	struct guest other;

	guest_boot(&guest, fixture.path[0]);
	guest_boot(&other, fixture.path[1]);
	expect_service();
	cr_assert_eq(guest_read(&other, 100), 100);
	guest_free(&other);
	expect_service();
}

Test(protocol, looks_at_a_ring_that_nobody_kicks_if_told_so)
{
	const uint64_t no_fd = VHU_VRING_NO_FD;

	guest_boot(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_tell_u64(guest.frontend, VHU_SET_VRING_KICK,
					   no_fd),
		     0);
	expect_service();
}

Test(protocol, gives_a_large_buffer_in_bounded_pieces)
{
	guest_boot(&guest, fixture.path[0]);
	cr_assert_eq(guest_read(&guest, 65536), 65536);
	cr_assert_eq(guest_read(&guest, 1U << 20), 65536);
	cr_assert_eq(guest_read(&guest, 1), 1);
}

Test(packed, serves_a_packed_ring_of_any_size, .timeout = 120)
{
	static const char *const args[] = { "--packed-ring=on", NULL };

	fixture_start(&fixture, "rng", args);
	guest_connect(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_set_features(guest.frontend, ~0ULL), 0);
	cr_assert(vhu_frontend_features(guest.frontend)->accepted &
		  VD_BIT(VIRTIO_F_RING_PACKED));
	vhu_frontend_set_memory(guest.frontend, guest.memory);
	vhu_frontend_prepare_queue(guest.frontend, 0, 5);
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 0), 0);
	for (int i = 0; i < 23; i++)
		expect_service();
	/* It goes on where it stopped, wrap counters and all. */
	cr_assert_eq(vhu_frontend_stop_queue(guest.frontend, 0), 0);
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 0), 0);
	for (int i = 0; i < 23; i++)
		expect_service();
	guest_free(&guest);
	fixture_stop(&fixture);
}

Test(packed, is_not_offered_unless_asked_for, .timeout = 120)
{
	fixture_start(&fixture, "rng", NULL);
	guest_connect(&guest, fixture.path[0]);
	cr_assert_not(vhu_frontend_features(guest.frontend)->offered &
		      VD_BIT(VIRTIO_F_RING_PACKED));
	guest_free(&guest);
	fixture_stop(&fixture);
}

Test(polling, serves_with_and_without_kicks, .timeout = 120)
{
	static const char *const args[] = { "--poll-us=2000", NULL };

	fixture_start(&fixture, "rng", args);
	guest_boot(&guest, fixture.path[0]);
	for (int i = 0; i < 200; i++)
		expect_service();
	guest_free(&guest);
	fixture_stop(&fixture);
}

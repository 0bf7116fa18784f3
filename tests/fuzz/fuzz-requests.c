/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A driver that knows how to write rings, and what requests look like; the
 * fuzzer tells it what to do.  So inputs get past the checks of rings, which are
 * fuzz-device's affair, and deep into the devices.
 *
 * The first two bytes choose the device and the rings; the rest is a program.
 */

#include <linux/virtio_vsock.h>
#include <string.h>

#include "tests/fake-driver.h"
#include "tests/fuzz/fuzz-input.h"
#include "tests/fuzz/fuzz-request.h"
#include "tests/fuzz/fuzz-types.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define RING_SIZE 16

/* So many instructions, or one input takes too long. */
#define MAX_STEPS 200

/* Requests are written one behind the other, and over the oldest. */
#define ROOM (2 * FAKE_PART)

/* Where the room of each chain is, by the number of its head. */
struct room {
	uint64_t at[65536];
	uint32_t len[65536];
};

static struct world {
	struct vd_device *device;
	const struct fuzz_type *type;
	enum fuzz_type_number number;
	struct fake_driver drivers[VD_MAX_QUEUES];
	struct room rooms[VD_MAX_QUEUES];
	bool running[VD_MAX_QUEUES];
	uint64_t features;
	uint64_t max_piece;
	uint64_t next;
	uint64_t now;
	struct fuzz_traffic traffic;
} world;

static uint32_t first_base(void)
{
	return world.features & PACKED ? VD_VIRTQUEUE_PACKED_BASE
				       : VD_VIRTQUEUE_SPLIT_BASE;
}

static void start(unsigned int index)
{
	struct fake_driver *driver = &world.drivers[index];

	fake_driver_open(driver, world.features, RING_SIZE, first_base());
	driver->max_piece = world.max_piece;
	vd_device_start_queue(world.device, index, driver->queue);
	world.running[index] = true;
}

static void stop(unsigned int index)
{
	vd_device_stop_queue(world.device, index);
	fake_driver_close(&world.drivers[index]);
	world.running[index] = false;
}

/* What came on vsock's receive queue counts for the credit that it gives. */
static void take(unsigned int index)
{
	struct room *room = &world.rooms[index];
	struct virtio_vsock_hdr header;
	struct fake_used used;

	for (unsigned int i = 0; i < RING_SIZE; i++) {
		if (!fake_driver_take(&world.drivers[index], &used))
			return;
		if (world.number != FUZZ_VSOCK || index != 0 ||
		    used.len < sizeof(header) || used.id >= 65536 ||
		    room->len[used.id] < sizeof(header))
			continue;
		fake_driver_peek(room->at[used.id], &header, sizeof(header));
		fuzz_traffic_note(&world.traffic, &header);
	}
}

static void kick(unsigned int index)
{
	vd_device_kick(world.device, index, world.now);
	take(index);
}

static uint64_t allocate(size_t len)
{
	uint64_t at;

	if (world.next + len > ROOM)
		world.next = 0;
	at = FAKE_LOW + world.next;
	world.next += len;

	return at;
}

/* A chain of up to five descriptors, or a table of as many. */
static void offer(unsigned int index, const uint8_t *said, uint32_t n_said,
		  uint32_t n_room, unsigned int shape)
{
	struct fake_driver *driver = &world.drivers[index];
	struct fake_desc descs[4], table;
	uint64_t at = allocate(n_said + n_room + 128);
	uint32_t cut = shape & 1 ? n_said / 2 : 0;
	uint32_t room_cut = shape & 2 ? n_room / 2 : 0;
	size_t n = 0;
	uint16_t head;

	fake_driver_poke(at, said, n_said);
	if (cut)
		descs[n++] = (struct fake_desc){ at, cut, 0 };
	if (n_said > cut)
		descs[n++] = (struct fake_desc){ at + cut, n_said - cut, 0 };
	at += n_said;
	if (room_cut)
		descs[n++] =
			(struct fake_desc){ at, room_cut, VRING_DESC_F_WRITE };
	if (n_room > room_cut)
		descs[n++] =
			(struct fake_desc){ at + room_cut, n_room - room_cut,
					    VRING_DESC_F_WRITE };
	if (n == 0)
		return;
	if (shape & 4 && world.features & INDIRECT) {
		table = fake_driver_table(driver, at + n_room, descs, n);
		head = fake_driver_offer(driver, &table, 1);
	} else {
		head = fake_driver_offer(driver, descs, n);
	}
	world.rooms[index].at[head] = at;
	world.rooms[index].len[head] = n_room;
}

/* A queue and a shape; what the request is like; and perhaps some more bytes. */
static void submit(struct fuzz_input *input, unsigned int what)
{
	unsigned int index = what & 3;
	uint8_t said[FUZZ_REQUEST_MAX];
	uint32_t n_room;
	size_t n;

	if (index >= world.device->ops->n_queues || !world.running[index])
		return;

	n = fuzz_request(input, world.number, index, &world.traffic, said);
	n_room = fuzz_input_size(input);
	offer(index, said, (uint32_t)n, n_room, what >> 2);
	kick(index);
}

static void toggle(unsigned int index)
{
	if (index >= world.device->ops->n_queues)
		return;
	if (world.running[index])
		stop(index);
	else
		start(index);
}

static void reset(void)
{
	for (unsigned int i = 0; i < world.device->ops->n_queues; i++) {
		if (world.running[i])
			stop(i);
	}
	vd_device_reset(world.device);
	memset(&world.traffic, 0, sizeof(world.traffic));
	for (unsigned int i = 0; i < world.device->ops->n_queues; i++)
		start(i);
}

/* It goes to another process, and on there. */
static void move(void)
{
	static uint8_t state[VD_STATE_MAX];
	size_t len;

	for (unsigned int i = 0; i < world.device->ops->n_queues; i++) {
		if (world.running[i])
			stop(i);
	}
	len = vd_device_save(world.device, state, sizeof(state));
	vd_device_reset(world.device);
	if (vd_device_load(world.device, state, len) < 0)
		__builtin_trap();
	for (unsigned int i = 0; i < world.device->ops->n_queues; i++)
		start(i);
}

static void pass_time(unsigned int msec)
{
	world.now += msec * VD_NSEC_PER_MSEC;
	if (world.device->ops->tick)
		vd_device_tick(world.device, world.now);
	for (unsigned int i = 0; i < world.device->ops->n_queues; i++) {
		if (world.running[i])
			take(i);
	}
}

/* A byte of a request that the device may be working on. */
static void rewrite(struct fuzz_input *input)
{
	uint16_t at = fuzz_input_u16(input);
	uint8_t byte = fuzz_input_u8(input);

	fake_driver_poke(FAKE_LOW + at, &byte, 1);
}

static void step(struct fuzz_input *input)
{
	unsigned int what = fuzz_input_u8(input);

	switch (what >> 5) {
	default:
		submit(input, what & 31);
		break;
	case 4:
		pass_time((what & 31) * 10U);
		break;
	case 5:
		if (world.type->poke)
			world.type->poke(what & 31, world.now);
		break;
	case 6:
		if ((what & 3) < world.device->ops->n_queues &&
		    world.running[what & 3])
			kick(what & 3);
		break;
	case 7:
		if (what & 16)
			rewrite(input);
		else if (what & 8)
			toggle(what & 3);
		else if (what & 4)
			move();
		else
			reset();
		break;
	}
}

static void run(struct fuzz_input *input)
{
	(void)vd_device_set_features(world.device, ~0ULL);
	for (unsigned int i = 0; i < world.device->ops->n_queues; i++)
		start(i);
	for (int i = 0; input->left > 0 && i < MAX_STEPS; i++)
		step(input);
	for (unsigned int i = 0; i < world.device->ops->n_queues; i++) {
		if (world.running[i])
			stop(i);
	}
	vd_device_reset(world.device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t pieces[] = { UINT64_MAX, 1, 24, 100 };
	struct fuzz_input input = { data, size };
	unsigned int choice;

	world.number = fuzz_input_u8(&input) % FUZZ_N_TYPES;
	choice = fuzz_input_u8(&input);
	world.features = (choice & 1 ? PACKED : 0) |
			 (choice & 2 ? INDIRECT : 0) |
			 (choice & 4 ? EVENT_IDX : 0);
	world.max_piece = pieces[choice >> 3 & 3];
	world.next = 0;
	world.now = VD_NSEC_PER_SEC;
	memset(&world.traffic, 0, sizeof(world.traffic));
	world.type = &fuzz_types[world.number];
	world.device = world.type->make();
	if (world.device)
		run(&input);
	vd_device_free(world.device);

	return 0;
}

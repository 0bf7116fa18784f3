/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A front-end whose messages have the right form, and values from the fuzzer; so
 * inputs get past what fuzz-session is for, and rings run.  Guest memory is one
 * file, which the fuzzer writes to, and takes away.
 *
 * The first byte chooses the device; each instruction is a message, or something
 * else that a front-end can do.
 */

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/loop.h"
#include "tests/fuzz/fuzz-input.h"
#include "tests/fuzz/fuzz-types.h"
#include "vhost-user/message.h"
#include "vhost-user/session.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define MEMORY 65536U
#define USER 0x7000000ULL
#define MAX_STEPS 100

static struct world {
	struct vb_loop *loop;
	int socket;
	int memory;
	int record;
} world;

static void settle(void)
{
	char buf[8192];

	for (int i = 0; i < 4; i++)
		(void)vb_loop_step(world.loop);
	while (recv(world.socket, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static void say(uint32_t request, const void *payload, size_t size, int fd)
{
	const struct vhu_header header = {
		.request = request,
		.flags = VHU_VERSION | VHU_NEED_REPLY,
		.size = (uint32_t)size,
	};

	(void)vhu_message_send(world.socket, &header, payload, &fd, fd >= 0);
	settle();
}

static void say_u64(uint32_t request, uint64_t value, int fd)
{
	say(request, &value, sizeof(value), fd);
}

static void say_state(uint32_t request, struct fuzz_input *input)
{
	static const uint32_t more[] = { 256, 32768, 65536, UINT32_MAX };
	struct vhu_vring_state state = { .index = fuzz_input_u8(input) & 7 };
	uint8_t num = fuzz_input_u8(input);

	state.num = num < 252 ? num : more[num - 252];
	say(request, &state, sizeof(state), -1);
}

/* A number of a page, or of a byte near its end. */
static uint64_t choose_address(struct fuzz_input *input)
{
	uint8_t choice = fuzz_input_u8(input);

	return (choice & 31) * 4096ULL - (choice & 32 ? 16 : 0) +
	       (choice & 64 ? 1 : 0);
}

static struct vhu_region choose_region(struct fuzz_input *input)
{
	uint64_t at = choose_address(input);

	return (struct vhu_region){
		.gpa = at,
		.size = choose_address(input),
		.user = USER + at,
		.offset = fuzz_input_u8(input) & 1 ? choose_address(input) : at,
	};
}

static void say_table(struct fuzz_input *input)
{
	struct vhu_mem_table table = { .n_regions = 1 };

	table.regions[0] = (struct vhu_region){ 0, MEMORY, USER, 0 };
	if (fuzz_input_u8(input) & 1)
		table.regions[0] = choose_region(input);
	say(VHU_SET_MEM_TABLE, &table,
	    offsetof(struct vhu_mem_table, regions[1]), world.memory);
}

static void say_region(uint32_t request, struct fuzz_input *input)
{
	const struct vhu_mem_reg reg = { 0, choose_region(input) };

	say(request, &reg, sizeof(reg),
	    request == VHU_ADD_MEM_REG ? world.memory : -1);
}

/* Each ring has a page, and what belongs together is in it. */
static void say_addr(struct fuzz_input *input)
{
	uint8_t index = fuzz_input_u8(input) & 7;
	uint64_t page = USER + index * 4096ULL;
	uint8_t odd = fuzz_input_u8(input);
	const struct vhu_vring_addr addr = {
		.index = index,
		.flags = odd >> 7,
		.desc = odd & 1 ? USER + choose_address(input) : page,
		.avail = odd & 2 ? USER + choose_address(input) : page + 1024,
		.used = odd & 4 ? USER + choose_address(input) : page + 2048,
		.log = odd & 8 ? choose_address(input) : 0,
	};

	say(VHU_SET_VRING_ADDR, &addr, sizeof(addr), -1);
}

static void say_inflight(uint32_t request, struct fuzz_input *input)
{
	const struct vhu_inflight inflight = {
		.mmap_size = choose_address(input),
		.mmap_offset = fuzz_input_u8(input),
		.n_queues = fuzz_input_u8(input) & 7,
		.queue_size = fuzz_input_u16(input),
	};

	say(request, &inflight, sizeof(inflight),
	    request == VHU_SET_INFLIGHT_FD ? world.record : -1);
}

static void say_log(struct fuzz_input *input)
{
	const struct vhu_log log = { choose_address(input),
				     choose_address(input) };

	say(VHU_SET_LOG_BASE, &log, sizeof(log), world.record);
}

static void say_config(uint32_t request, struct fuzz_input *input)
{
	struct vhu_config config = { .offset = fuzz_input_u8(input),
				     .size = fuzz_input_u8(input) };

	say(request, &config, VHU_CONFIG_HEADER + config.size, -1);
}

/* What is read here is what the fuzzer says; what is written is lost. */
static void move_state(struct fuzz_input *input)
{
	struct vhu_device_state wire = { .direction =
						 fuzz_input_u8(input) & 1 };
	uint8_t state[256];
	int ends[2];
	ssize_t n;

	if (pipe(ends) < 0)
		__builtin_trap();
	n = write(ends[1], state,
		  fuzz_input_bytes(input, state, fuzz_input_u8(input)));
	(void)n;
	say(VHU_SET_DEVICE_STATE_FD, &wire, sizeof(wire),
	    ends[wire.direction == VHU_STATE_SAVE]);
	close(ends[1]);
	close(ends[0]);
	settle();
}

static void say_with_event(uint32_t request, struct fuzz_input *input)
{
	uint8_t index = fuzz_input_u8(input);
	int fd;

	if (index & 128) {
		say_u64(request, (index & 7) | VHU_VRING_NO_FD, -1);
		return;
	}
	fd = eventfd(1, EFD_CLOEXEC);
	say_u64(request, index & 7, fd);
	close(fd);
}

/* Guest memory, or the records and the log. */
static void write_memory(struct fuzz_input *input, bool record)
{
	uint16_t at = fuzz_input_u16(input);
	uint8_t bytes[32];
	size_t n = fuzz_input_bytes(input, bytes, fuzz_input_u8(input) & 31);
	ssize_t written;

	written = pwrite(record ? world.record : world.memory, bytes, n, at);
	(void)written;
}

static void take_away(struct fuzz_input *input)
{
	int fd = fuzz_input_u8(input) & 1 ? world.record : world.memory;

	if (ftruncate(fd, 0) < 0)
		__builtin_trap();
}

static void say_plain(uint32_t request)
{
	say(request, NULL, 0, -1);
}

/* What device and rings can, and bits that nobody has offered. */
static void say_features(uint32_t request, struct fuzz_input *input)
{
	uint64_t bits = fuzz_input_u8(input);

	if (request == VHU_SET_PROTOCOL_FEATURES) {
		bits |= (uint64_t)fuzz_input_u16(input) << 8;
		say_u64(request, bits, -1);
		return;
	}
	say_u64(request,
		(bits & 15) | (bits & 16 ? VD_BIT(34) : 0) |
			(bits & 32 ? VD_BIT(28) | VD_BIT(29) : 0) |
			(bits & 64 ? VD_BIT(VHU_F_PROTOCOL_FEATURES) : 0) |
			(bits & 128 ? VD_BIT(VHU_F_LOG_ALL) : 0) | VD_BIT(32),
		-1);
}

/* Returns false if it is about something else. */
static bool say_of_rings(uint8_t what, struct fuzz_input *input)
{
	switch (what) {
	case VHU_SET_VRING_NUM:
	case VHU_SET_VRING_BASE:
	case VHU_GET_VRING_BASE:
	case VHU_SET_VRING_ENABLE:
	case VHU_VRING_KICK:
		say_state(what, input);
		return true;
	case VHU_SET_VRING_ADDR:
		say_addr(input);
		return true;
	case VHU_SET_VRING_KICK:
	case VHU_SET_VRING_CALL:
	case VHU_SET_VRING_ERR:
		say_with_event(what, input);
		return true;
	default:
		return false;
	}
}

static bool say_of_memory(uint8_t what, struct fuzz_input *input)
{
	switch (what) {
	case VHU_SET_MEM_TABLE:
		say_table(input);
		return true;
	case VHU_ADD_MEM_REG:
	case VHU_REM_MEM_REG:
		say_region(what, input);
		return true;
	case VHU_GET_INFLIGHT_FD:
	case VHU_SET_INFLIGHT_FD:
		say_inflight(what, input);
		return true;
	case VHU_SET_LOG_BASE:
		say_log(input);
		return true;
	default:
		return false;
	}
}

static void say_of_device(uint8_t what, struct fuzz_input *input)
{
	switch (what) {
	case VHU_SET_FEATURES:
	case VHU_SET_PROTOCOL_FEATURES:
		say_features(what, input);
		break;
	case VHU_GET_CONFIG:
	case VHU_SET_CONFIG:
		say_config(what, input);
		break;
	case VHU_SET_DEVICE_STATE_FD:
		move_state(input);
		break;
	default:
		say_plain(what);
		break;
	}
}

static void step(struct fuzz_input *input)
{
	uint8_t what = fuzz_input_u8(input) % (VHU_N_REQUESTS + 4);

	if (what == VHU_N_REQUESTS || what == VHU_N_REQUESTS + 1)
		write_memory(input, what == VHU_N_REQUESTS);
	else if (what == VHU_N_REQUESTS + 2)
		take_away(input);
	else if (!say_of_rings(what, input) && !say_of_memory(what, input))
		say_of_device(what, input);
}

static int new_file(void)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, MEMORY) < 0)
		__builtin_trap();

	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct vhu_session_config config = {
		.features = VD_VIRTQUEUE_FEATURES,
		.in_band = true,
	};
	struct fuzz_input input = { data, size };
	const struct fuzz_type *type =
		&fuzz_types[fuzz_input_u8(&input) % FUZZ_N_TYPES];
	struct vd_device *device = type->make();
	struct vhu_session *session;
	int sockets[2];

	if (!device || vb_loop_new(&world.loop) < 0 ||
	    vhu_catch_bus_errors() < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0 ||
	    vhu_session_new(world.loop, device, sockets[0], &config, &session) <
		    0)
		__builtin_trap();
	world.socket = sockets[1];
	world.memory = new_file();
	world.record = new_file();

	for (int i = 0; input.left > 0 && i < MAX_STEPS; i++) {
		step(&input);
		if (type->poke)
			type->poke((unsigned int)i & 7,
				   vb_loop_now(world.loop));
	}

	vhu_session_free(session);
	close(world.socket);
	close(world.memory);
	close(world.record);
	vd_device_free(device);
	vb_loop_free(world.loop);

	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * All daemons, and front-ends that mean them no good.  After each attack the daemon
 * lives, has no descriptor more than before, and serves another guest that has been
 * there all the time, and the next front-end.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile-driver.h"
#include "virtio-devices/util.h"

static int tell(uint32_t request, const void *payload, size_t size)
{
	return vhu_frontend_tell(guest.frontend, request, payload, size, NULL,
				 0);
}

/* --- messages that are refused, and change nothing ------------------------- */

static const uint64_t boundaries[] = {
	1,
	2,
	0xff,
	0x100,
	0xffff,
	0x10000,
	0x10001,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	1ULL << 32,
	1ULL << 63,
	UINT64_MAX - 15,
	UINT64_MAX,
};

ATTACK(hostile_frontend, is_refused_a_ring_index_that_is_out_of_range)
{
	static const uint32_t requests[] = { VHU_SET_VRING_NUM,
					     VHU_SET_VRING_BASE,
					     VHU_SET_VRING_ENABLE };

	for (size_t i = 0; i < VD_ARRAY_SIZE(boundaries); i++) {
		struct vhu_vring_addr addr = {
			.index = (uint32_t)boundaries[i]
		};

		if (addr.index < device_types[type].n_queues)
			continue;
		for (size_t k = 0; k < VD_ARRAY_SIZE(requests); k++)
			cr_assert_eq(vhu_frontend_tell_state(guest.frontend,
							     requests[k],
							     addr.index, 1),
				     -EREMOTEIO);
		cr_assert_eq(tell(VHU_SET_VRING_ADDR, &addr, sizeof(addr)),
			     -EREMOTEIO);
	}
	attack_expect_service();
}

/* Whatever is cut off of it, that must not be the index of another ring. */
static void try_index(uint64_t index, int fd)
{
	static const uint32_t numbers[] = { VHU_SET_VRING_NUM,
					    VHU_SET_VRING_BASE,
					    VHU_SET_VRING_ENABLE };
	static const uint32_t files[] = { VHU_SET_VRING_KICK,
					  VHU_SET_VRING_CALL,
					  VHU_SET_VRING_ERR };
	const struct vhu_vring_addr addr = { .index = (uint32_t)index };

	for (size_t k = 0; k < VD_ARRAY_SIZE(files); k++)
		cr_assert_eq(vhu_frontend_tell(guest.frontend, files[k], &index,
					       sizeof(index), &fd, 1),
			     -EREMOTEIO);
	if (index > UINT32_MAX)
		return;
	for (size_t k = 0; k < VD_ARRAY_SIZE(numbers); k++)
		cr_assert_eq(vhu_frontend_tell_state(guest.frontend, numbers[k],
						     addr.index, 1),
			     -EREMOTEIO);
	cr_assert_eq(tell(VHU_SET_VRING_ADDR, &addr, sizeof(addr)), -EREMOTEIO);
}

ATTACK(hostile_frontend, is_refused_a_ring_index_with_another_one_in_it)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	for (uint64_t i = 0; i < device_types[type].n_queues; i++) {
		for (unsigned int bit = 9; bit < 64; bit++)
			try_index(VD_BIT(bit) + i, fd);
	}
	close(fd);
	attack_expect_service();
}

ATTACK(hostile_frontend, is_refused_a_ring_size_that_cannot_be)
{
	static const uint32_t sizes[] = {
		3, 5, 0, 32769, 65535, 65536, 0x80000000, UINT32_MAX
	};

	/* Packed rings may have 3 entries, and two counters in their base. */
	for (size_t i = packed ? 2 : 0; i < VD_ARRAY_SIZE(sizes); i++)
		cr_assert_eq(vhu_frontend_tell_state(guest.frontend,
						     VHU_SET_VRING_NUM, 0,
						     sizes[i]),
			     -EREMOTEIO, "%u", sizes[i]);
	if (!packed)
		cr_assert_eq(vhu_frontend_tell_state(guest.frontend,
						     VHU_SET_VRING_BASE, 0,
						     65536),
			     -EREMOTEIO);
	cr_assert_eq(vhu_frontend_tell_state(guest.frontend,
					     VHU_SET_VRING_ENABLE, 0, 2),
		     -EREMOTEIO);
	attack_expect_service();
}

ATTACK(hostile_frontend, is_refused_features_that_were_not_offered)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t offered =
			vhu_frontend_features(guest.frontend)->offered;

		if (offered & VD_BIT(bit))
			continue;
		cr_assert_eq(vhu_frontend_tell_u64(guest.frontend,
						   VHU_SET_FEATURES,
						   VD_BIT(bit)),
			     -EREMOTEIO, "bit %u", bit);
	}
	cr_assert_eq(vhu_frontend_tell_u64(guest.frontend,
					   VHU_SET_PROTOCOL_FEATURES,
					   VD_BIT(63)),
		     -EREMOTEIO);
	attack_expect_service();
}

ATTACK(hostile_frontend, is_refused_memory_that_cannot_be)
{
	struct vhu_mem_reg reg = { 0 };
	int fd = memfd_create("memory", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, 1 << 20), 0);
	for (size_t i = 0; i < VD_ARRAY_SIZE(boundaries); i++) {
		for (int field = 0; field < 4; field++) {
			reg.region = (struct vhu_region){ 0x80000000ULL, 4096,
							  0, 0 };
			((uint64_t *)&reg.region)[field] = boundaries[i];
			/* What is all right is removed again. */
			if (vhu_frontend_tell(guest.frontend, VHU_ADD_MEM_REG,
					      &reg, sizeof(reg), &fd, 1) == 0)
				cr_assert_eq(tell(VHU_REM_MEM_REG, &reg,
						  sizeof(reg)),
					     0);
		}
	}
	close(fd);
	attack_expect_service();
}

ATTACK(hostile_frontend, keeps_its_memory_when_a_new_table_is_bad)
{
	struct vhu_mem_table table = { .n_regions = 2 };
	int fd = memfd_create("memory", MFD_CLOEXEC);
	int fds[8] = { fd, fd, fd, fd, fd, fd, fd, fd };

	cr_assert_eq(ftruncate(fd, 4096), 0);
	for (uint32_t n = 0; n < 3; n++)
		table.regions[n] = (struct vhu_region){ 0, 4096, 0, 0 };

	/* Overlapping; more files than regions; more regions than files. */
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_SET_MEM_TABLE,
				       &table, 8 + 2 * 32, fds, 2),
		     -EREMOTEIO);
	cr_assert_eq(vhu_frontend_tell(guest.frontend, VHU_SET_MEM_TABLE,
				       &table, 8 + 2 * 32, fds, 8),
		     -EREMOTEIO);
	cr_assert_eq(tell(VHU_SET_MEM_TABLE, &table, 8 + 2 * 32), -EREMOTEIO);
	table.n_regions = UINT32_MAX;
	cr_assert_eq(tell(VHU_SET_MEM_TABLE, &table, 8), -EREMOTEIO);
	table.n_regions = 9;
	cr_assert_eq(tell(VHU_SET_MEM_TABLE, &table, 8 + 8 * 32), -EREMOTEIO);
	close(fd);
	attack_expect_service();
}

ATTACK(hostile_frontend, cannot_start_a_ring_outside_its_memory)
{
	for (size_t i = 0; i < VD_ARRAY_SIZE(boundaries); i++) {
		struct vhu_vring_addr addr = {
			.desc = boundaries[i] & ~15ULL,
			.used = boundaries[i] & ~3ULL,
			.avail = boundaries[i] & ~1ULL,
		};

		cr_assert_eq(tell(VHU_SET_VRING_ADDR, &addr, sizeof(addr)),
			     -EREMOTEIO);
	}
	cr_assert_eq(
		vhu_frontend_tell_vring(guest.frontend, 0, VHU_SET_VRING_ADDR),
		0);
	attack_expect_service();
}

/* --- messages with more descriptors than they should have ------------------ */

ATTACK(hostile_frontend, leaves_no_descriptor_behind)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	int fds[VHU_MAX_FDS];
	size_t fds_now = fixture_count_fds(&fixture);
	uint8_t payload[64] = { 0 };

	for (size_t i = 0; i < VHU_MAX_FDS; i++)
		fds[i] = fd;

	for (uint32_t request = 0; request < 60; request++) {
		/* These take what they are given, or are asked otherwise. */
		if (request == VHU_SET_VRING_KICK ||
		    request == VHU_SET_VRING_CALL ||
		    request == VHU_SET_VRING_ERR ||
		    request == VHU_SET_BACKEND_REQ_FD)
			continue;
		for (size_t n = 1; n <= VHU_MAX_FDS; n += 7) {
			const struct vhu_header header = {
				.request = request,
				.flags = VHU_VERSION | VHU_NEED_REPLY,
				.size = sizeof(payload),
			};

			if (vhu_frontend_send(guest.frontend, &header, payload,
					      fds, n) < 0 ||
			    vhu_frontend_sync(guest.frontend) == -ECONNRESET) {
				attack_again();
			}
		}
	}
	attack_again();
	device_wait_fds(&fixture, fds_now);
	close(fd);
}

/* --- messages that end the connection, and nothing else -------------------- */

struct fatal {
	char why[40];
	struct vhu_header header;
	size_t n_extra;
};

static const struct fatal fatals[] = {
	{ "nothing but ones", { UINT32_MAX, UINT32_MAX, UINT32_MAX }, 0 },
	{ "no version", { VHU_GET_FEATURES, 0, 0 }, 0 },
	{ "another version", { VHU_GET_FEATURES, 2, 0 }, 0 },
	{ "a huge size", { VHU_GET_FEATURES, 1, 0xfffffff0 }, 0 },
	{ "a size above the largest", { VHU_GET_CONFIG, 1, 4113 }, 0 },
	{ "a payload where none belongs", { VHU_GET_FEATURES, 1, 8 }, 8 },
	{ "no payload where one belongs", { VHU_SET_FEATURES, 1, 0 }, 0 },
	{ "half a payload", { VHU_GET_VRING_BASE, 1, 4 }, 4 },
	{ "no such request", { 1000, 1, 0 }, 0 },
	{ "request 0", { 0, 1, 0 }, 0 },
	{ "an index out of range", { VHU_GET_VRING_BASE, 1, 8 }, 8 },
	{ "a table with no regions' room", { VHU_SET_MEM_TABLE, 1, 4 }, 4 },
};

static void send_fatal(const struct fatal *t)
{
	uint8_t bytes[64];
	size_t len = sizeof(t->header) + t->n_extra;

	memset(bytes, 0xff, sizeof(bytes));
	memcpy(bytes, &t->header, sizeof(t->header));
	cr_assert_eq(
		send(vhu_frontend_fd(guest.frontend), bytes, len, MSG_NOSIGNAL),
		(ssize_t)len, "%s", t->why);
}

ATTACK(hostile_frontend, ends_only_its_own_connection)
{
	for (size_t i = 0; i < VD_ARRAY_SIZE(fatals); i++) {
		attack_again();
		send_fatal(&fatals[i]);
		guest_wait_hangup(&guest);
		guest_request(&bystander, type);
	}
}

ATTACK(hostile_frontend, that_never_reads_its_answers_is_dropped)
{
	const struct vhu_header header = { VHU_GET_FEATURES, VHU_VERSION, 0 };

	for (int i = 0; i < 1000000; i++) {
		int r = vhu_frontend_send(guest.frontend, &header, NULL, NULL,
					  0);

		if (r == -EPIPE || r == -ECONNRESET)
			break;
	}
	guest_wait_hangup(&guest);
}

ATTACK(hostile_frontend, that_goes_away_at_any_moment_is_no_loss)
{
	struct vhu_mem_table table = { .n_regions = 1 };
	uint8_t bytes[sizeof(struct vhu_header) + 40];
	const struct vhu_header header = { VHU_SET_MEM_TABLE, VHU_VERSION, 40 };

	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), &table, 40);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		attack_again();
		cr_assert_eq(send(vhu_frontend_fd(guest.frontend), bytes, len,
				  MSG_NOSIGNAL),
			     (ssize_t)len);
	}
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues, split and packed, against a driver that writes what it likes into
 * its rings.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

/*
 * Guest memory is two regions that touch in the guest's eyes and lie apart in
 * ours, and a hole behind them.
 */
#define REGION 0x100000ULL
#define BASE 0x10000ULL
#define BORDER (BASE + REGION)
#define END (BORDER + REGION)

#define BUFFERS (BASE + 0x80000)
#define TABLE (BASE + 0x40000)

#define F_NEXT VRING_DESC_F_NEXT
#define F_WRITE VRING_DESC_F_WRITE
#define F_INDIRECT VRING_DESC_F_INDIRECT

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct world {
	struct vd_virtqueue_host host;
	struct vd_virtqueue *vq;
	struct vd_queue *queue;
	uint8_t *regions[2];
	bool packed;
	uint16_t size;
	/* The driver's idea of where it stands. */
	uint16_t avail;
	bool wrap;
	size_t n_notified;
	size_t n_faults;
	enum vd_virtqueue_fault fault;
	size_t n_dirty;
};

static struct world world;

static void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
		       uint64_t *len)
{
	struct world *w = container_of(host, struct world, host);
	uint64_t at;

	if (gpa < BASE || gpa >= END)
		return NULL;

	at = (gpa - BASE) % REGION;
	*len = VD_MIN(*len, REGION - at);

	return w->regions[(gpa - BASE) / REGION] + at;
}

static void dirty(struct vd_virtqueue_host *host, const void *addr, size_t len)
{
	(void)addr;
	container_of(host, struct world, host)->n_dirty += len;
}

static void notify(struct vd_virtqueue_host *host)
{
	container_of(host, struct world, host)->n_notified++;
}

static void on_fault(struct vd_virtqueue_host *host,
		     enum vd_virtqueue_fault fault)
{
	struct world *w = container_of(host, struct world, host);

	w->n_faults++;
	w->fault = fault;
}

static const struct vd_virtqueue_host_ops host_ops = {
	.translate = translate,
	.dirty = dirty,
	.notify = notify,
	.fault = on_fault,
};

static void *at(uint64_t gpa)
{
	uint64_t len = 1;
	void *p = translate(&world.host, gpa, &len);

	cr_assert(p);
	return p;
}

/* The rings lie at the beginning of the first region. */
#define DESC_AREA BASE
#define DRIVER_AREA (BASE + 0x20000)
#define DEVICE_AREA (BASE + 0x30000)

static void start(uint32_t base, uint64_t features)
{
	const struct vd_virtqueue_config config = {
		.features = features,
		.size = world.size,
		.desc = at(DESC_AREA),
		.driver = at(DRIVER_AREA),
		.device = at(DEVICE_AREA),
		.base = base,
	};

	cr_assert_eq(vd_virtqueue_start(world.vq, &config), 0);
	world.queue = vd_virtqueue_queue(world.vq);
}

#define ALL_FEATURES \
	(VD_BIT(VIRTIO_RING_F_INDIRECT_DESC) | VD_BIT(VIRTIO_RING_F_EVENT_IDX))

static uint64_t ring_features(bool packed, uint64_t features)
{
	return features | (packed ? VD_BIT(VIRTIO_F_RING_PACKED) : 0);
}

static uint32_t fresh_base(bool packed)
{
	return packed ? VD_VIRTQUEUE_PACKED_BASE : VD_VIRTQUEUE_SPLIT_BASE;
}

static void begin(bool packed, uint16_t size, uint64_t features)
{
	memset(&world, 0, sizeof(world));
	world.host.ops = &host_ops;
	world.packed = packed;
	world.size = size;
	world.wrap = true;
	for (int i = 0; i < 2; i++) {
		world.regions[i] = aligned_alloc(4096, REGION);
		memset(world.regions[i], 0, REGION);
	}
	cr_assert_eq(vd_virtqueue_new(&world.host, &world.vq), 0);
	start(fresh_base(packed), ring_features(packed, features));
}

static void end(void)
{
	vd_virtqueue_stop(world.vq);
	vd_virtqueue_free(world.vq);
	free(world.regions[0]);
	free(world.regions[1]);
}

/* Guest memory is not in one piece for us. */
static void write_guest(uint64_t gpa, const void *src, size_t len)
{
	const char *p = src;

	while (len > 0) {
		uint64_t piece = len;
		void *dst = translate(&world.host, gpa, &piece);

		cr_assert(dst);
		memcpy(dst, p, piece);
		gpa += piece;
		p += piece;
		len -= piece;
	}
}

/* Write a descriptor as it is, without making it available. */
static void put_desc(uint64_t table, uint16_t index, const struct desc *desc)
{
	const struct vring_desc wire = {
		.addr = htole64(desc->addr),
		.len = htole32(desc->len),
		.flags = htole16(desc->flags),
		.next = htole16(desc->next),
	};

	write_guest(table + index * sizeof(wire), &wire, sizeof(wire));
}

static void put_packed_table(uint64_t table, const struct desc *descs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct vring_packed_desc wire = {
			.addr = htole64(descs[i].addr),
			.len = htole32(descs[i].len),
			.flags = htole16(descs[i].flags),
		};

		write_guest(table + i * sizeof(wire), &wire, sizeof(wire));
	}
}

/* An indirect table, of either format. */
static void put_table(uint64_t table, const struct desc *descs, size_t n)
{
	if (world.packed) {
		put_packed_table(table, descs, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		put_desc(table, (uint16_t)i, &descs[i]);
}

static void split_offer(uint16_t head)
{
	struct vring_avail *avail = at(DRIVER_AREA);

	avail->ring[world.avail % world.size] = htole16(head);
	avail->idx = htole16(++world.avail);
}

static void packed_offer(const struct desc *descs, size_t n, uint16_t id)
{
	struct vring_packed_desc *ring = at(DESC_AREA);

	for (size_t i = 0; i < n; i++) {
		uint16_t flags = descs[i].flags;

		flags |= world.wrap ? 1 << VRING_PACKED_DESC_F_AVAIL
				    : 1 << VRING_PACKED_DESC_F_USED;
		ring[world.avail] = (struct vring_packed_desc){
			.addr = htole64(descs[i].addr),
			.len = htole32(descs[i].len),
			.id = htole16(id),
			.flags = htole16(flags),
		};
		if (++world.avail == world.size) {
			world.avail = 0;
			world.wrap = !world.wrap;
		}
	}
}

/* A chain that begins at descriptor @id of a split ring, or has that id. */
static void offer(const struct desc *descs, size_t n, uint16_t id)
{
	if (world.packed) {
		packed_offer(descs, n, id);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct desc desc = descs[i];

		if (desc.flags & F_NEXT && !desc.next)
			desc.next = (uint16_t)(id + i + 1);
		put_desc(DESC_AREA, (uint16_t)(id + i), &desc);
	}
	split_offer(id);
}

/* Entries that the driver can see used. */
static uint16_t used_idx(void)
{
	const struct vring_used *used = at(DEVICE_AREA);

	return le16toh(used->idx);
}

static const struct desc good[] = {
	{ BUFFERS, 8, F_NEXT, 0 },
	{ BUFFERS + 64, 4, F_WRITE, 0 },
};

/* Whatever came before, this one is served. */
static void expect_good(uint16_t id)
{
	struct vd_chain *chain;
	char buf[8];

	memcpy(at(BUFFERS), "question", 8);
	memset(at(BUFFERS + 64), 0, 4);
	offer(good, 2, id);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), 1);
	cr_assert_eq(chain->room, 4);
	cr_assert_eq(vd_chain_read(chain, buf, 8), 0);
	cr_assert_eq(memcmp(buf, "question", 8), 0);
	cr_assert_eq(vd_chain_write(chain, "yes!", 4), 0);
	vd_chain_complete(chain, 4);
	world.queue->ops->flush(world.queue);
	cr_assert_eq(memcmp(at(BUFFERS + 64), "yes!", 4), 0);
}

/* --- what a driver can do wrong ------------------------------------------- */

struct bad_chain {
	char why[40];
	bool split_only;
	bool packed_only;
	size_t n;
	struct desc descs[4];
	size_t n_table;
	struct desc table[4];
};

static struct bad_chain bad_chains[] = {
	{ .why = "below the memory",
	  .n = 1,
	  .descs = { { BASE - 1, 8, 0, 0 } } },
	{ .why = "behind the memory", .n = 1, .descs = { { END, 8, 0, 0 } } },
	{ .why = "with a tail in the hole",
	  .n = 1,
	  .descs = { { END - 7, 8, 0, 0 } } },
	{ .why = "at the end of addresses",
	  .n = 1,
	  .descs = { { UINT64_MAX - 3, 8, 0, 0 } } },
	{ .why = "of four gigabytes",
	  .n = 1,
	  .descs = { { BASE, UINT32_MAX, F_WRITE, 0 } } },
	{ .why = "of four gigabytes in all",
	  .n = 3,
	  .descs = { { BUFFERS, 0x80000000, F_NEXT | F_WRITE, 0 },
		     { BUFFERS, 0x80000000, F_NEXT | F_WRITE, 0 },
		     { BUFFERS, 1, F_WRITE, 0 } } },
	{ .why = "that wants to be read after written",
	  .n = 2,
	  .descs = { { BUFFERS, 8, F_NEXT | F_WRITE, 0 },
		     { BUFFERS, 8, 0, 0 } } },
	{ .why = "that goes on outside the table",
	  .split_only = true,
	  .n = 1,
	  .descs = { { BUFFERS, 8, F_NEXT, 16 } } },
	{ .why = "that goes on far outside",
	  .split_only = true,
	  .n = 1,
	  .descs = { { BUFFERS, 8, F_NEXT, 0xffff } } },
	{ .why = "that is a loop",
	  .split_only = true,
	  .n = 2,
	  .descs = { { BUFFERS, 8, F_NEXT, 5 }, { BUFFERS, 8, F_NEXT, 4 } } },
	{ .why = "with a table of no length",
	  .n = 1,
	  .descs = { { TABLE, 0, F_INDIRECT, 0 } } },
	{ .why = "with a table of one byte",
	  .n = 1,
	  .descs = { { TABLE, 1, F_INDIRECT, 0 } },
	  .n_table = 1,
	  .table = { { BUFFERS, 8, 0, 0 } } },
	{ .why = "with a table of 17 bytes",
	  .n = 1,
	  .descs = { { TABLE, 17, F_INDIRECT, 0 } },
	  .n_table = 1,
	  .table = { { BUFFERS, 8, 0, 0 } } },
	{ .why = "with a table that is not there",
	  .n = 1,
	  .descs = { { END, 32, F_INDIRECT, 0 } } },
	{ .why = "with a table that ends in the hole",
	  .packed_only = true,
	  .n = 1,
	  .descs = { { END - 16, 32, F_INDIRECT, 0 } } },
	{ .why = "with a table at the end of addresses",
	  .n = 1,
	  .descs = { { UINT64_MAX - 15, 32, F_INDIRECT, 0 } } },
	{ .why = "that goes on after a table",
	  .split_only = true,
	  .n = 2,
	  .descs = { { TABLE, 16, F_INDIRECT | F_NEXT, 5 },
		     { BUFFERS, 8, 0, 0 } },
	  .n_table = 1,
	  .table = { { BUFFERS, 8, 0, 0 } } },
	{ .why = "with a table in a table",
	  .n = 1,
	  .descs = { { TABLE, 16, F_INDIRECT, 0 } },
	  .n_table = 1,
	  .table = { { TABLE, 16, F_INDIRECT, 0 } } },
	{ .why = "with a table that goes on outside",
	  .split_only = true,
	  .n = 1,
	  .descs = { { TABLE, 32, F_INDIRECT, 0 } },
	  .n_table = 2,
	  .table = { { BUFFERS, 8, F_NEXT, 2 }, { BUFFERS, 8, 0, 0 } } },
	{ .why = "with a table that is a loop",
	  .split_only = true,
	  .n = 1,
	  .descs = { { TABLE, 32, F_INDIRECT, 0 } },
	  .n_table = 2,
	  .table = { { BUFFERS, 8, F_NEXT, 1 }, { BUFFERS, 8, F_NEXT, 0 } } },
	{ .why = "with a bad buffer in its table",
	  .n = 1,
	  .descs = { { TABLE, 16, F_INDIRECT, 0 } },
	  .n_table = 1,
	  .table = { { END, 8, 0, 0 } } },
	{ .why = "that goes on into a table it refers to",
	  .packed_only = true,
	  .n = 2,
	  .descs = { { TABLE, 16, F_INDIRECT | F_NEXT, 0 },
		     { BUFFERS, 8, 0, 0 } },
	  .n_table = 1,
	  .table = { { BUFFERS, 8, 0, 0 } } },
};

static void expect_empty(const struct bad_chain *bad)
{
	struct vd_chain *chain;

	put_table(TABLE, bad->table, bad->n_table);
	offer(bad->descs, bad->n, 4);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), 1, "%s", bad->why);
	cr_assert_eq(chain->room, 0, "%s", bad->why);
	cr_assert_eq(chain->readable.left, 0, "%s", bad->why);
	vd_chain_complete(chain, 0);
	cr_assert_eq(world.n_faults, 1, "%s", bad->why);
	cr_assert_eq(world.fault, VD_VIRTQUEUE_BAD_CHAIN, "%s", bad->why);
}

ParameterizedTestParameters(hostile_driver, returns_a_split_chain)
{
	return cr_make_param_array(struct bad_chain, bad_chains,
				   VD_ARRAY_SIZE(bad_chains));
}

ParameterizedTest(struct bad_chain *bad, hostile_driver, returns_a_split_chain)
{
	if (bad->packed_only)
		return;
	begin(false, 16, ALL_FEATURES);
	expect_empty(bad);
	expect_good(0);
	end();
}

ParameterizedTestParameters(hostile_driver, returns_a_packed_chain)
{
	return cr_make_param_array(struct bad_chain, bad_chains,
				   VD_ARRAY_SIZE(bad_chains));
}

ParameterizedTest(struct bad_chain *bad, hostile_driver, returns_a_packed_chain)
{
	if (bad->split_only)
		return;
	begin(true, 16, ALL_FEATURES);
	expect_empty(bad);
	expect_good(0);
	end();
}

Test(hostile_driver, knows_no_tables_unless_they_were_negotiated)
{
	static const struct bad_chain table = {
		.why = "table",
		.n = 1,
		.descs = { { TABLE, 16, F_INDIRECT, 0 } },
		.n_table = 1,
		.table = { { BUFFERS, 8, 0, 0 } },
	};

	for (int packed = 0; packed < 2; packed++) {
		begin(packed, 16, 0);
		expect_empty(&table);
		expect_good(0);
		end();
	}
}

Test(hostile_driver, passes_over_a_head_that_is_not_in_the_ring)
{
	struct vd_chain *chain;

	begin(false, 16, ALL_FEATURES);
	split_offer(16);
	split_offer(0xffff);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), 0);
	cr_assert_eq(world.n_faults, 2);
	cr_assert_eq(world.fault, VD_VIRTQUEUE_BAD_HEAD);
	expect_good(0);
	end();
}

Test(hostile_driver, unpops_past_heads_that_it_passed_over)
{
	struct vd_chain *first, *second;

	begin(false, 16, ALL_FEATURES);
	offer(good, 2, 2);
	split_offer(99);
	offer(good, 2, 6);
	cr_assert_eq(vd_queue_pop(world.queue, &first), 1);
	cr_assert_eq(vd_queue_pop(world.queue, &second), 1);
	vd_queue_unpop(world.queue, second);
	vd_queue_unpop(world.queue, first);
	cr_assert_eq(vd_queue_pop(world.queue, &first), 1);
	cr_assert_eq(vd_queue_pop(world.queue, &second), 1);
	vd_chain_complete(first, 0);
	vd_chain_complete(second, 0);
	world.queue->ops->flush(world.queue);
	cr_assert_eq(used_idx(), 2);
	end();
}

Test(hostile_driver, rests_after_a_jump_until_it_is_started_again)
{
	struct vring_avail *avail;
	struct vd_chain *chain;

	begin(false, 16, ALL_FEATURES);
	avail = at(DRIVER_AREA);
	avail->idx = htole16(17);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), -EPROTO);
	cr_assert_eq(world.fault, VD_VIRTQUEUE_BROKEN);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), -EPROTO);
	cr_assert_eq(world.n_faults, 1, "it is said once");
	cr_assert_not(vd_virtqueue_ready(world.vq));

	vd_virtqueue_stop(world.vq);
	avail->idx = 0;
	start(0, ALL_FEATURES);
	expect_good(0);
	end();
}

Test(hostile_driver, rests_after_a_packed_chain_without_an_end)
{
	struct desc descs[4];
	struct vd_chain *chain;

	begin(true, 4, ALL_FEATURES);
	for (int i = 0; i < 4; i++)
		descs[i] = (struct desc){ BUFFERS, 1, F_NEXT, 0 };
	offer(descs, 4, 0);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), -EPROTO);
	cr_assert_eq(world.fault, VD_VIRTQUEUE_BROKEN);
	end();
}

/* --- what a driver may do -------------------------------------------------- */

Test(hostile_driver, skips_empty_descriptors_wherever_they_point)
{
	static const struct desc descs[] = {
		{ 0, 0, F_NEXT, 0 },
		{ BUFFERS, 2, F_NEXT, 0 },
		{ UINT64_MAX, 0, F_NEXT, 0 },
		{ BUFFERS, 3, F_WRITE, 0 },
	};

	for (int packed = 0; packed < 2; packed++) {
		struct vd_chain *chain;

		begin(packed, 16, ALL_FEATURES);
		offer(descs, 4, 0);
		cr_assert_eq(vd_queue_pop(world.queue, &chain), 1);
		cr_assert_eq(chain->readable.left, 2);
		cr_assert_eq(chain->room, 3);
		cr_assert_eq(world.n_faults, 0);
		vd_chain_complete(chain, 0);
		world.queue->ops->flush(world.queue);
		end();
	}
}

/* Every way to cut 8 bytes to read and 3 to write, with and without a table. */
static void serve_shape(unsigned int cuts, unsigned int n_direct)
{
	struct desc descs[12], all[12];
	struct vd_chain *chain;
	size_t n = 0, start_at = 0, n_all;
	char buf[8];

	for (size_t i = 0; i < 11; i++) {
		if (i < 10 && i != 7 && !(cuts >> i & 1))
			continue;
		descs[n++] = (struct desc){ BUFFERS + start_at,
					    (uint32_t)(i + 1 - start_at),
					    i > 7 ? F_WRITE : 0, 0 };
		start_at = i + 1;
	}
	for (size_t i = 0; i < n; i++)
		if (i + 1 < n) {
			descs[i].flags |= F_NEXT;
		}

	n_all = n_direct < n ? n_direct : n;
	memcpy(all, descs, n_all * sizeof(*all));
	if (n_all < n) {
		const uint32_t left = (uint32_t)(n - n_all);

		for (uint16_t i = 0; i < left; i++)
			descs[n_all + i].next = (uint16_t)(i + 1);
		put_table(TABLE + 5, descs + n_all, left);
		all[n_all] =
			(struct desc){ TABLE + 5, 16 * left, F_INDIRECT, 0 };
		n_all++;
	}

	memcpy(at(BUFFERS), "question...", 11);
	offer(all, n_all, 0);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), 1);
	cr_assert_eq(world.n_faults, 0, "cuts %x, %u direct", cuts, n_direct);
	cr_assert_eq(vd_chain_read(chain, buf, 8), 0);
	cr_assert_eq(chain->readable.left, 0);
	cr_assert_eq(vd_chain_write(chain, "yes", 3), 0);
	vd_chain_complete(chain, 3);
	world.queue->ops->flush(world.queue);
	cr_assert_eq(memcmp(buf, "question", 8), 0);
	cr_assert_eq(memcmp(at(BUFFERS), "questionyes", 11), 0);
}

Test(hostile_driver, does_not_care_how_a_request_is_cut)
{
	for (int packed = 0; packed < 2; packed++) {
		begin(packed, 16, ALL_FEATURES);
		for (unsigned int cuts = 0; cuts < 1024; cuts++) {
			serve_shape(cuts, 99);
			serve_shape(cuts, 0);
			serve_shape(cuts, 1);
			serve_shape(cuts, 2);
		}
		end();
	}
}

Test(hostile_driver, follows_a_table_and_buffers_across_a_border)
{
	static const struct desc table[] = {
		{ BORDER - 3, 8, F_NEXT, 1 },
		{ BORDER + 99, 2, F_WRITE, 0 },
	};

	for (int packed = 0; packed < 2; packed++) {
		const struct desc desc = { BORDER - 24, 32, F_INDIRECT, 0 };
		struct vd_chain *chain;
		char buf[8];

		begin(packed, 16, ALL_FEATURES);
		memcpy(at(BORDER - 3), "abc", 3);
		memcpy(at(BORDER), "defgh", 5);
		/* The table ends where the buffer begins, and the second entry
		 * lies on both sides. */
		put_table(BORDER - 24 - 8, table, 2);
		offer(&(struct desc){ desc.addr - 8, 32, F_INDIRECT, 0 }, 1, 0);
		memcpy(at(BORDER - 3), "abc", 3);
		cr_assert_eq(vd_queue_pop(world.queue, &chain), 1);
		cr_assert_eq(chain->readable.left, 8);
		cr_assert_eq(vd_chain_read(chain, buf, 8), 0);
		cr_assert_eq(memcmp(buf, "abcdefgh", 8), 0);
		vd_chain_complete(chain, 0);
		world.queue->ops->flush(world.queue);
		end();
	}
}

static void serve_long(size_t n, bool expected)
{
	static struct desc descs[2000];
	struct vd_chain *chain;

	for (size_t i = 0; i < n; i++)
		descs[i] =
			(struct desc){ BUFFERS + i, 1,
				       i + 1 < n ? F_WRITE | F_NEXT : F_WRITE,
				       (uint16_t)(i + 1) };
	put_table(TABLE, descs, n);
	offer(&(struct desc){ TABLE, (uint32_t)(16 * n), F_INDIRECT, 0 }, 1, 0);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), 1);
	cr_assert_eq(chain->room, expected ? n : 0, "%zu entries", n);
	vd_chain_complete(chain, 0);
	world.queue->ops->flush(world.queue);
}

Test(hostile_driver, takes_chains_of_1024_and_no_longer_ones)
{
	for (int packed = 0; packed < 2; packed++) {
		begin(packed, 4, ALL_FEATURES);
		serve_long(1024, true);
		serve_long(1025, false);
		serve_long(2000, false);
		serve_long(1024, true);
		end();
	}
}

Test(hostile_driver, waits_when_many_long_chains_are_out_and_goes_on)
{
	static struct vd_chain *chains[64];
	static struct desc descs[1024];
	size_t n = 0;
	int r;

	begin(false, 64, ALL_FEATURES);
	for (size_t i = 0; i < 1024; i++)
		descs[i] = (struct desc){ BUFFERS + i, 1,
					  i + 1 < 1024 ? F_WRITE | F_NEXT
						       : F_WRITE,
					  (uint16_t)(i + 1) };
	put_table(TABLE, descs, 1024);
	for (uint16_t i = 0; i < 64; i++)
		offer(&(struct desc){ TABLE, 16 * 1024, F_INDIRECT, 0 }, 1, i);

	while ((r = vd_queue_pop(world.queue, &chains[n])) == 1)
		n++;
	cr_assert_eq(r, -EAGAIN);
	cr_assert_geq(n, 2);
	cr_assert_lt(n, 64);
	cr_assert_not(world.queue->ops->flush(world.queue));

	for (size_t i = 0; i < n; i++)
		vd_chain_complete(chains[i], 0);
	cr_assert(world.queue->ops->flush(world.queue), "it has to be kicked");
	cr_assert_eq(vd_queue_pop(world.queue, &chains[0]), 1);
	cr_assert_eq(chains[0]->room, 1024);
	vd_chain_complete(chains[0], 0);
	world.queue->ops->flush(world.queue);
	cr_assert_eq(world.n_faults, 0);
	end();
}

Test(hostile_driver, gives_out_one_ringful_between_flushes)
{
	struct vd_chain *chain;

	begin(false, 4, ALL_FEATURES);
	for (int i = 0; i < 4; i++) {
		offer(good, 2, 0);
		cr_assert_eq(vd_queue_pop(world.queue, &chain), 1);
		vd_chain_complete(chain, 0);
	}
	offer(good, 2, 0);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), -EAGAIN);
	cr_assert(world.queue->ops->flush(world.queue));
	cr_assert_eq(vd_queue_pop(world.queue, &chain), 1);
	vd_chain_complete(chain, 0);
	cr_assert_not(world.queue->ops->flush(world.queue));
	end();
}

Test(hostile_driver, publishes_a_batch_with_one_notification)
{
	struct vd_chain *chain;

	for (int packed = 0; packed < 2; packed++) {
		begin(packed, 16, 0);
		for (uint16_t i = 0; i < 4; i++) {
			offer(good, 2, (uint16_t)(2 * i));
			cr_assert_eq(vd_queue_pop(world.queue, &chain), 1);
			vd_chain_complete(chain, 0);
		}
		cr_assert_eq(world.n_notified, 0);
		if (!packed)
			cr_assert_eq(used_idx(), 0);
		world.queue->ops->flush(world.queue);
		cr_assert_eq(world.n_notified, 1);
		world.queue->ops->flush(world.queue);
		cr_assert_eq(world.n_notified, 1, "there was nothing new");
		end();
	}
}

Test(hostile_driver, logs_what_was_written_and_nothing_else)
{
	struct vd_chain *chain;

	begin(false, 16, 0);
	expect_good(0);
	cr_assert_eq(world.n_dirty, 0);
	world.host.logging = true;
	offer(good, 2, 2);
	cr_assert_eq(vd_queue_pop(world.queue, &chain), 1);
	world.n_dirty = 0;
	cr_assert_eq(vd_chain_write(chain, "abc", 3), 0);
	vd_chain_complete(chain, 3);
	/* Three bytes, and a used element. */
	cr_assert_eq(world.n_dirty, 3 + 8);
	world.queue->ops->flush(world.queue);
	cr_assert_eq(world.n_dirty, 3 + 8 + 2);
	end();
}

Test(hostile_driver, asks_for_no_kicks_while_it_is_polled)
{
	begin(false, 16, 0);
	expect_good(0);
	vd_virtqueue_set_polling(world.vq, true);
	cr_assert_eq(((struct vring_used *)at(DEVICE_AREA))->flags,
		     htole16(VRING_USED_F_NO_NOTIFY));
	offer(good, 2, 2);
	cr_assert(vd_virtqueue_ready(world.vq));
	cr_assert(vd_virtqueue_set_polling(world.vq, false),
		  "nobody would have told");
	cr_assert_eq(((struct vring_used *)at(DEVICE_AREA))->flags, 0);
	end();
}

/* --- beginning and ending -------------------------------------------------- */

Test(hostile_driver, goes_on_where_it_was_stopped)
{
	for (int packed = 0; packed < 2; packed++) {
		uint64_t features = ring_features(packed, ALL_FEATURES);

		begin(packed, 4, ALL_FEATURES);
		for (int i = 0; i < 20; i++) {
			uint32_t base;

			expect_good(0);
			base = vd_virtqueue_stop(world.vq);
			if (!packed)
				cr_assert_eq(base, (uint32_t)i + 1);
			start(base, features);
		}
		end();
	}
}

Test(hostile_driver, counts_beyond_65535)
{
	begin(false, 16, ALL_FEATURES);
	vd_virtqueue_stop(world.vq);
	((struct vring_used *)at(DEVICE_AREA))->idx = htole16(65530);
	((struct vring_avail *)at(DRIVER_AREA))->idx = htole16(65530);
	world.avail = 65530;
	start(65530, ALL_FEATURES);
	for (int i = 0; i < 20; i++)
		expect_good(0);
	cr_assert_eq(used_idx(), (uint16_t)(65530 + 20));
	end();
}

Test(hostile_driver, refuses_rings_that_cannot_be)
{
	struct vd_virtqueue_config config, ok;

	begin(false, 16, ALL_FEATURES);
	vd_virtqueue_stop(world.vq);
	ok = (struct vd_virtqueue_config){ .size = 16,
					   .desc = at(DESC_AREA),
					   .driver = at(DRIVER_AREA),
					   .device = at(DEVICE_AREA) };
#define EXPECT_EINVAL(...) \
	do { \
		config = ok; \
		__VA_ARGS__; \
		cr_assert_eq(vd_virtqueue_start(world.vq, &config), -EINVAL, \
			     #__VA_ARGS__); \
	} while (0)
	EXPECT_EINVAL(config.size = 0);
	EXPECT_EINVAL(config.size = 3);
	EXPECT_EINVAL(config.size = 65536);
	EXPECT_EINVAL(config.size = 0x80000000);
	EXPECT_EINVAL(config.base = 65536);
	EXPECT_EINVAL(config.desc = at(DESC_AREA + 8));
	EXPECT_EINVAL(config.driver = at(DRIVER_AREA + 1));
	EXPECT_EINVAL(config.device = at(DEVICE_AREA + 2));
	EXPECT_EINVAL(config.device = NULL);
	ok.features = VD_BIT(VIRTIO_F_RING_PACKED);
	EXPECT_EINVAL(config.base = 16);
	EXPECT_EINVAL(config.base = 16U << 16);
	EXPECT_EINVAL(config.driver = at(DRIVER_AREA + 2));
	start(0, ALL_FEATURES);
	end();
}

/* --- a driver that never stands still -------------------------------------- */

static bool stop_mutating;

static void *mutate(void *context)
{
	unsigned int seed = 1;
	uint8_t *ring = at(DESC_AREA), *table = at(TABLE);

	(void)context;
	while (!__atomic_load_n(&stop_mutating, __ATOMIC_RELAXED)) {
		seed = seed * 1103515245 + 12345;
		__atomic_store_n(&ring[seed >> 8 & 0xff], (uint8_t)(seed >> 20),
				 __ATOMIC_RELAXED);
		__atomic_store_n(&table[seed >> 9 & 0xff],
				 (uint8_t)(seed >> 19), __ATOMIC_RELAXED);
	}

	return NULL;
}

static void serve_mutant(uint16_t id)
{
	static const struct desc table[] = { { BUFFERS, 64, F_NEXT, 1 },
					     { BUFFERS, 64, F_WRITE, 0 } };
	struct vd_chain *chain;
	char buf[64];

	put_table(TABLE, table, 2);
	offer(&(struct desc){ TABLE, 32, F_INDIRECT, 0 }, 1, id);
	while (vd_queue_pop(world.queue, &chain) > 0) {
		(void)vd_chain_read(chain, buf, sizeof(buf));
		(void)vd_chain_write(chain, buf, sizeof(buf));
		vd_chain_complete(chain, 0);
	}
	world.queue->ops->flush(world.queue);
}

Test(hostile_driver, survives_a_driver_that_rewrites_everything_meanwhile)
{
	for (int packed = 0; packed < 2; packed++) {
		uint64_t features = ring_features(packed, ALL_FEATURES);
		pthread_t thread;

		begin(packed, 16, ALL_FEATURES);
		stop_mutating = false;
		cr_assert_eq(pthread_create(&thread, NULL, mutate, NULL), 0);
		for (int i = 0; i < 20000; i++) {
			serve_mutant((uint16_t)(i % 16));
			/* It may have broken its ring; then it starts anew. */
			vd_virtqueue_stop(world.vq);
			world.avail = packed ? 0 : used_idx();
			world.wrap = true;
			((struct vring_avail *)at(DRIVER_AREA))->idx =
				htole16(packed ? 0 : world.avail);
			start(packed ? VD_VIRTQUEUE_PACKED_BASE : world.avail,
			      features);
		}
		__atomic_store_n(&stop_mutating, true, __ATOMIC_RELAXED);
		pthread_join(thread, NULL);
		end();
	}
}

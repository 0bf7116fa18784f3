/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * All daemons, and drivers whose rings mean them no good.  After each attack
 * the next valid request is answered, on the same ring unless its indices made
 * no sense, and another guest never noticed.
 */

#include <criterion/criterion.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <unistd.h>

#include "hostile-driver.h"
#include "virtio-devices/util.h"

#define PATIENCE_MSEC 20000

/* Wait for a sign of the device, and take note of it. */
static void wait_for_sign(void)
{
	struct vhu_frontend_queue *queue = request_queue();
	struct pollfd fds[] = {
		{ .fd = queue->call_fd, .events = POLLIN },
		{ .fd = queue->err_fd, .events = POLLIN },
	};
	uint64_t count;

	cr_assert_gt(poll(fds, 2, PATIENCE_MSEC), 0, "the device is silent");
	for (int i = 0; i < 2; i++) {
		if (fds[i].revents)
			cr_assert_eq(read(fds[i].fd, &count, 8), 8);
	}
}

static void forget_signs(void)
{
	struct vhu_frontend_queue *queue = request_queue();
	uint64_t count;
	ssize_t n;

	n = read(queue->call_fd, &count, sizeof(count));
	n = read(queue->err_fd, &count, sizeof(count));
	(void)n;
}

/* --- chains that cannot be ------------------------------------------------- */

/**
 * struct spoil - what is done to the first descriptor of a request
 * @why:   what is wrong then
 * @addr:  where it points to; 0 to leave that
 * @len:   how long it is; 0 to leave that
 * @flags: bits that are set
 * @link:  split rings: its successor, with @links
 */
struct spoil {
	const char *why;
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	bool links;
	uint16_t link;
};

#define HOLE 0x7000000000ULL
#define F_INDIRECT VRING_DESC_F_INDIRECT

static const struct spoil spoils[] = {
	{ "nowhere", .addr = HOLE },
	{ "the last byte of all", .addr = UINT64_MAX },
	{ "wrapping", .addr = UINT64_MAX - 2 },
	{ "below the memory", .addr = GUEST_GPA - 1 },
	{ "behind the memory", .addr = GUEST_GPA + GUEST_SIZE },
	{ "a tail that is nowhere", .addr = GUEST_GPA + GUEST_SIZE - 1 },
	{ "as long as can be", .len = UINT32_MAX },
	{ "2 GiB", .len = 1U << 31 },
	{ "a byte more than there is", .addr = GUEST_GPA,
	  .len = GUEST_SIZE + 1 },
	{ "a table that is nowhere", .addr = HOLE, .len = 16,
	  .flags = F_INDIRECT },
	{ "a table that ends nowhere", .addr = GUEST_GPA + GUEST_SIZE - 8,
	  .len = 16, .flags = F_INDIRECT },
	{ "a table that is no whole entry", .len = 17, .flags = F_INDIRECT },
	{ "a table of 4 GiB", .len = UINT32_MAX - 15, .flags = F_INDIRECT },
};

/* In a packed ring, these would be a chain that has not come to its end. */
static const struct spoil links[] = {
	{ "something behind a table", .len = 16,
	  .flags = F_INDIRECT | VRING_DESC_F_NEXT },
	{ "a loop of one", .links = true, .link = UINT16_MAX },
	{ "just beyond the ring", .links = true, .link = RING_SIZE },
	{ "far beyond the ring", .links = true, .link = UINT16_MAX - 1 },
};

/* Where the chain begins that has been published last. */
static void *head(struct vhu_frontend_queue *queue, uint16_t *index,
		  uint32_t position)
{
	const struct vhu_driver_layout *layout =
		vhu_driver_ring_layout(queue->ring);
	const struct vring_avail *avail = layout->driver.at;

	*index = packed ? (uint16_t)(position % RING_SIZE)
			: avail->ring[(uint16_t)(avail->idx - 1) % RING_SIZE];

	return (char *)layout->desc.at + 16 * *index;
}

static void spoil(void *descriptor, uint16_t index, const struct spoil *t)
{
	struct vring_desc *split = descriptor;
	struct vring_packed_desc *desc = descriptor;

	if (t->addr)
		split->addr = t->addr;
	if (t->len)
		split->len = t->len;
	if (packed) {
		desc->flags |= t->flags;
		return;
	}
	split->flags |= t->flags | (t->links ? VRING_DESC_F_NEXT : 0);
	if (t->links)
		split->next = t->link == UINT16_MAX ? index : t->link;
}

/* How many descriptors the rings before took, which is where a packed one is. */
static uint32_t position;

static void expect_return(const struct spoil *t)
{
	struct vhu_frontend_queue *queue = request_queue();
	struct request request;
	const struct vhu_driver_chain chain =
		request_chain(type, &guest, &request);
	struct vhu_driver_used used;
	uint16_t index;
	void *at;
	int r;

	cr_assert_eq(vhu_driver_ring_add(queue->ring, &chain), 0);
	vhu_driver_ring_publish(queue->ring);
	at = head(queue, &index, position);
	spoil(at, index, t);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, request_index()), 0);
	while ((r = vhu_driver_ring_get(queue->ring, &used)) == 0)
		wait_for_sign();
	cr_assert_eq(r, 1, "%s", t->why);
	cr_assert_eq(used.len, 0, "%s", t->why);
	forget_signs();
	position += (uint32_t)(chain.n_readable + chain.n_writable);
}

static void expect_service(const char *why)
{
	struct request request;

	guest_request(&guest, type);
	request_chain(type, &guest, &request);
	position += (uint32_t)(request.n_readable + request.n_writable);
	/* Behind the second one, the device has seen every kick, and sleeps. */
	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0, "%s", why);
	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0, "%s", why);
}

ParameterizedTestParameters(hostile_guest, has_bad_chains_returned_and_goes_on)
{
	return each_target();
}

ParameterizedTest(struct target *t, hostile_guest,
		  has_bad_chains_returned_and_goes_on, .timeout = 120)
{
	attack_start(t);
	attack_again();
	expect_service("at first");
	for (size_t i = 0; i < VD_ARRAY_SIZE(spoils); i++) {
		expect_return(&spoils[i]);
		expect_service(spoils[i].why);
	}
	for (size_t i = 0; !packed && i < VD_ARRAY_SIZE(links); i++) {
		expect_return(&links[i]);
		expect_service(links[i].why);
	}
	attack_stop();
}

/*
 * The first chain of a queue other than that for requests.  The device may not
 * look at it before there is something for it, and it need not come back.
 */
static void begin_badly(unsigned int index, const struct spoil *t)
{
	const struct vhu_driver_buffer buffers[] = { { guest.gpa, 64 },
						     { guest.gpa + 64, 64 } };
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable = 1 };
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(guest.frontend, index)->ring;

	cr_assert_eq(vhu_driver_ring_add(ring, &chain), 0);
	vhu_driver_ring_publish(ring);
	spoil(vhu_driver_ring_layout(ring)->desc.at, 0, t);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, index), 0);
	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0, "%s", t->why);
}

static void begin_all_badly(unsigned int index, const struct spoil *all,
			    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		attack_again();
		begin_badly(index, &all[i]);
		guest_request(&guest, type);
		guest_request(&bystander, type);
	}
}

ParameterizedTestParameters(hostile_guest, is_served_beside_bad_chains)
{
	return each_queue();
}

ParameterizedTest(struct target *t, hostile_guest, is_served_beside_bad_chains,
		  .timeout = 120)
{
	attack_start(t);
	if (t->queue != request_index()) {
		begin_all_badly(t->queue, spoils, VD_ARRAY_SIZE(spoils));
		if (!packed)
			begin_all_badly(t->queue, links, VD_ARRAY_SIZE(links));
	}
	attack_stop();
}

/* --- rings that cannot be -------------------------------------------------- */

static void break_ring(unsigned int index, uint16_t jump)
{
	const struct vhu_driver_layout *layout = vhu_driver_ring_layout(
		vhu_frontend_queue(guest.frontend, index)->ring);
	struct vring_avail *avail = layout->driver.at;
	struct vring_packed_desc *desc = layout->desc.at;

	if (!packed) {
		avail->idx = (uint16_t)(avail->idx + jump);
		return;
	}
	/* A chain that goes round and round. */
	for (int i = 0; i < RING_SIZE; i++)
		desc[i] = (struct vring_packed_desc){
			.addr = guest.gpa,
			.len = 1,
			.id = jump,
			.flags = VRING_DESC_F_NEXT | 1 << 7,
		};
}

/* Have the device look at a ring that it may have no use for. */
static void go_on_beside(unsigned int index)
{
	struct request request;
	const struct vhu_driver_chain chain =
		request_chain(type, &guest, &request);
	struct vhu_driver_used used;

	if (index == request_index())
		wait_for_sign();
	else if (index == 0)
		cr_assert_eq(vhu_frontend_exchange(guest.frontend,
						   request_index(), &chain,
						   &used),
			     0);
	else
		guest_request(&guest, type);
	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
	guest_request(&bystander, type);
}

ParameterizedTestParameters(hostile_guest, breaks_its_own_ring_and_no_other)
{
	return each_queue();
}

ParameterizedTest(struct target *t, hostile_guest,
		  breaks_its_own_ring_and_no_other, .timeout = 120)
{
	static const uint16_t jumps[] = { RING_SIZE + 1, 1000, 0x8000,
					  UINT16_MAX };

	attack_start(t);
	for (size_t i = 0; i < VD_ARRAY_SIZE(jumps); i++) {
		attack_again();
		break_ring(t->queue, jumps[i]);
		cr_assert_eq(vhu_frontend_kick(guest.frontend, t->queue), 0);
		go_on_beside(t->queue);
	}
	attack_stop();
}

static void add_bad_head(unsigned int index, uint16_t head)
{
	const struct vhu_driver_layout *layout = vhu_driver_ring_layout(
		vhu_frontend_queue(guest.frontend, index)->ring);
	struct vring_avail *avail = layout->driver.at;

	avail->ring[avail->idx % RING_SIZE] = head;
	avail->idx++;
	cr_assert_eq(vhu_frontend_kick(guest.frontend, index), 0);
}

/* A head that is not in the ring cannot be given back, only skipped. */
ParameterizedTestParameters(hostile_guest, has_bad_heads_skipped)
{
	return each_queue();
}

ParameterizedTest(struct target *t, hostile_guest, has_bad_heads_skipped)
{
	static const uint16_t heads[] = { RING_SIZE, 1000, UINT16_MAX };

	attack_start(t);
	for (size_t i = 0; !packed && i < VD_ARRAY_SIZE(heads); i++) {
		attack_again();
		add_bad_head(t->queue, heads[i]);
		go_on_beside(t->queue);
	}
	attack_stop();
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The record of requests that are under way, and what becomes of them when a
 * process ends.  A child works a ring, one machine instruction after the other;
 * each time that it has changed shared memory, it might as well have been
 * killed, and somebody else works the ring to its end: each request has to be
 * answered once, and one that may have been executed must be known as such.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vhost-user/driver-ring.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define RING_SIZE 16
#define RECORD_SIZE 16
#define N_REQUESTS 6
#define N_WARM 5
#define GPA 0x10000ULL
#define PACKED VD_BIT(VIRTIO_F_RING_PACKED)

/**
 * struct arena - what outlives a process
 * @ring:     the ring
 * @record:   of what is under way
 * @requests: their numbers
 * @answers:  likewise
 * @executed: how often the device did what a request asks for
 */
struct arena {
	char ring[1024];
	char record[1024] __attribute__((aligned(64)));
	uint32_t requests[16];
	uint32_t answers[16];
	uint32_t executed[16];
};

static struct arena *arena;
static struct arena before;
static struct vhu_driver_ring *driver;
static struct vd_virtqueue *vq;
static struct vd_virtqueue_config config;
static int numbers[16];

static void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
		       uint64_t *len)
{
	(void)host;

	if (gpa < GPA || gpa - GPA >= sizeof(*arena))
		return NULL;
	*len = VD_MIN(*len, sizeof(*arena) - (gpa - GPA));

	return (char *)arena + (gpa - GPA);
}

static void notify(struct vd_virtqueue_host *host)
{
	(void)host;
}

static const struct vd_virtqueue_host_ops host_ops = {
	.translate = translate,
	.notify = notify,
};
static struct vd_virtqueue_host host = { .ops = &host_ops };

static uint64_t gpa_of(const void *at)
{
	return GPA + (uint64_t)((const char *)at - (const char *)arena);
}

/* --- the driver ------------------------------------------------------------ */

/* Requests of two or three descriptors. */
static void submit(uint32_t number)
{
	uint64_t request = gpa_of(&arena->requests[number]);
	const struct vhu_driver_buffer buffers[] = {
		{ request, 2 },
		{ request + 2, 2 },
		{ gpa_of(&arena->answers[number]), 4 },
	};
	const struct vhu_driver_buffer in_one_piece[] = { { request, 4 },
							  buffers[2] };
	bool split = number % 2;
	const struct vhu_driver_chain chain = {
		.buffers = split ? buffers : in_one_piece,
		.n_readable = split ? 2 : 1,
		.n_writable = 1,
		.token = &numbers[number],
	};

	arena->requests[number] = number;
	cr_assert_eq(vhu_driver_ring_add(driver, &chain), 0);
	vhu_driver_ring_publish(driver);
}

/* Returns how many answers there were, or -1 if one of them is wrong. */
static int collect(bool *answered)
{
	struct vhu_driver_used used;
	int n = 0, r;

	while ((r = vhu_driver_ring_get(driver, &used)) == 1) {
		size_t number = (size_t)((int *)used.token - numbers);

		if (answered[number] || used.len != 4 ||
		    arena->answers[number] != number)
			return -1;
		answered[number] = true;
		n++;
	}

	return r < 0 ? -1 : n;
}

/* --- the device ------------------------------------------------------------ */

static struct vd_queue *queue(void)
{
	return vd_virtqueue_queue(vq);
}

/* How many operations are left before the process ends; 0 for no end. */
static int n_left;

static void count_operation(void)
{
	if (n_left > 0 && --n_left == 0)
		_exit(0);
}

static struct vd_chain *pop(void)
{
	struct vd_chain *chain = NULL;

	count_operation();
	return vd_queue_pop(queue(), &chain) == 1 ? chain : NULL;
}

static uint32_t number_of(struct vd_chain *chain)
{
	uint32_t number = UINT32_MAX;

	(void)vd_chain_read(chain, &number, sizeof(number));

	return number;
}

static uint32_t execute(struct vd_chain *chain)
{
	uint32_t number = number_of(chain);

	if (number < VD_ARRAY_SIZE(arena->executed))
		arena->executed[number]++;

	return number;
}

static void answer(struct vd_chain *chain, uint32_t number)
{
	size_t len = VD_MIN(chain->room, sizeof(number));

	count_operation();
	(void)vd_chain_write(chain, &number, len);
	vd_chain_complete(chain, len);
}

static void flush(void)
{
	count_operation();
	(void)queue()->ops->flush(queue());
}

/* Held, completed out of order and in batches, and taken back. */
static void work(void)
{
	struct vd_chain *a, *b, *c, *d;
	uint32_t n_a, n_b, n_c, n_d;

	if (vd_virtqueue_start(vq, &config) < 0)
		_exit(1);
	a = pop();
	b = pop();
	c = pop();
	n_a = execute(a);
	n_b = execute(b);
	answer(b, n_b);
	answer(a, n_a);
	a = pop();
	flush();
	vd_queue_unpop(queue(), a);
	n_c = execute(c);
	a = pop();
	n_a = execute(a);
	answer(a, n_a);
	flush();
	b = pop();
	d = pop();
	n_d = execute(d);
	n_b = execute(b);
	/* The second one begins where, in the old order, the next one would. */
	answer(c, n_c);
	answer(d, n_d);
	answer(b, n_b);
	flush();
	vd_virtqueue_stop(vq);
}

/* Do all that is left, one after the other. */
static void work_off(void)
{
	struct vd_chain *chain;

	if (vd_virtqueue_start(vq, &config) < 0)
		_exit(1);
	while ((chain = pop())) {
		answer(chain, execute(chain));
		flush();
	}
	vd_virtqueue_stop(vq);
}

/* --- somebody else --------------------------------------------------------- */

/* What a front-end knows after a crash: nothing if the ring is packed. */
static void find_base(void)
{
	uint16_t used;

	if (config.features & PACKED)
		return;
	memcpy(&used, (char *)config.device + 2, sizeof(used));
	config.base = le16toh(used);
}

/* Returns what is wrong, or 0. */
static int serve_the_rest(bool *answered)
{
	struct vd_chain *chain;

	while ((chain = pop())) {
		uint32_t number = number_of(chain);

		if (number >= N_REQUESTS || answered[number])
			return 2;
		if (arena->executed[number] && !chain->recovered)
			return 3;
		answer(chain, number);
		flush();
		if (collect(answered) != 1)
			return 4;
	}

	return 0;
}

static int take_over(void)
{
	bool answered[16] = { false };
	int r;

	if (collect(answered) < 0)
		return 1;
	find_base();
	if (vd_virtqueue_new(&host, &vq) < 0 ||
	    vd_virtqueue_start(vq, &config) < 0)
		return 5;
	r = serve_the_rest(answered);
	if (r)
		return r;
	(void)vd_virtqueue_stop(vq);
	for (size_t i = 0; i < N_REQUESTS; i++) {
		if (!answered[i])
			return 6;
	}

	return 0;
}

/* In a process with a memory of its own, in which the arena is as @state. */
static int take_over_apart(const struct arena *state)
{
	pid_t pid = fork();
	int status;

	cr_assert(pid >= 0);
	if (pid == 0) {
		if (mmap(arena, sizeof(*arena), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) == MAP_FAILED)
			_exit(9);
		*arena = *state;
		_exit(take_over());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);

	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* --- a process that may end at any moment ---------------------------------- */

static pid_t start_traced(void (*scenario)(void))
{
	pid_t pid = fork();
	int status;

	cr_assert(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		raise(SIGSTOP);
		scenario();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		cr_skip("processes may not be traced here");
	cr_assert(WIFSTOPPED(status));

	return pid;
}

/* False if the child has ended, which it has to do without complaint. */
static bool step(pid_t pid)
{
	int status;

	cr_assert_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (WIFSTOPPED(status))
		return true;
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);

	return false;
}

/*
 * Run @scenario, and take over each time that it has changed the arena.
 * Returns how often that was.
 */
static int kill_after_each_store(void (*scenario)(void))
{
	pid_t pid = start_traced(scenario);
	int n = 0;

	before = *arena;
	while (step(pid)) {
		int r;

		if (!memcmp(&before, arena, sizeof(before)))
			continue;
		before = *arena;
		n++;
		r = take_over_apart(&before);
		cr_assert_eq(r, 0, "after store %d: problem %d", n, r);
	}

	return n;
}

/* Nobody watches this one, which ends after so many operations. */
static void work_and_die(int operations)
{
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (pid == 0) {
		n_left = operations;
		work();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

/* A process that is killed does not clean up; ours do not end, and remember. */
static struct vd_virtqueue *dead[4];
static size_t n_dead;

static void kill_virtqueue(void)
{
	cr_assert_lt(n_dead, VD_ARRAY_SIZE(dead));
	dead[n_dead++] = vq;
	cr_assert_eq(vd_virtqueue_new(&host, &vq), 0);
}

/* --- tests ----------------------------------------------------------------- */

/* A ring that is about to wrap, with requests in it. */
static void open_ring(uint64_t features)
{
	const struct vhu_driver_ring_config driver_config = {
		.features = features,
		.size = RING_SIZE,
		.base = features ? VD_VIRTQUEUE_PACKED_BASE : 0,
		.memory = arena->ring,
		.gpa = gpa_of(arena->ring),
	};
	const struct vhu_driver_layout *layout;
	bool answered[16] = { false };

	memset(arena, 0, sizeof(*arena));
	cr_assert_leq(vhu_driver_ring_bytes(RING_SIZE, features),
		      sizeof(arena->ring));
	cr_assert_eq(vhu_driver_ring_new(&driver_config, &driver), 0);
	layout = vhu_driver_ring_layout(driver);
	config = (struct vd_virtqueue_config){
		.features = features,
		.size = RING_SIZE,
		.desc = layout->desc.at,
		.driver = layout->driver.at,
		.device = layout->device.at,
		.base = driver_config.base,
		.inflight = arena->record,
		.inflight_size = RECORD_SIZE,
	};

	cr_assert_eq(vd_virtqueue_new(&host, &vq), 0);
	cr_assert_eq(vd_virtqueue_start(vq, &config), 0);
	for (uint32_t i = 0; i < N_WARM; i++)
		submit(i);
	for (uint32_t i = 0; i < N_WARM; i++)
		answer(pop(), i);
	flush();
	config.base = vd_virtqueue_stop(vq);
	cr_assert_eq(collect(answered), N_WARM);
	memset(arena->answers, 0xee, sizeof(arena->answers));
	for (uint32_t i = 0; i < N_REQUESTS; i++)
		submit(i);
}

static void close_ring(void)
{
	vd_virtqueue_free(vq);
	vhu_driver_ring_free(driver);
}

static void setup(void)
{
	arena = mmap(NULL, sizeof(*arena), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert(arena != MAP_FAILED);
}

TestSuite(inflight, .init = setup, .timeout = 250);

struct format {
	uint64_t features;
	char name[16];
};

static struct format formats[] = { { 0, "split" }, { PACKED, "packed" } };

ParameterizedTestParameters(inflight, loses_nothing_after_any_store)
{
	return cr_make_param_array(struct format, formats, 2);
}

ParameterizedTest(struct format *format, inflight,
		  loses_nothing_after_any_store, .timeout = 250)
{
	int n;

	open_ring(format->features);
	n = kill_after_each_store(work);
	/* Six requests, each on record, executed, answered and used. */
	cr_assert_gt(n, 60, "%s: %d stores", format->name, n);
	close_ring();
}

struct twice {
	uint64_t features;
	int operations;
	char name[32];
};

ParameterizedTestParameters(inflight, loses_nothing_if_it_is_killed_again)
{
	static struct twice params[] = {
		{ 0, 5, "split, in a batch" },
		{ 0, 9, "split, between two" },
		{ PACKED, 5, "packed, in a batch" },
		{ PACKED, 9, "packed, between two" },
	};

	return cr_make_param_array(struct twice, params, VD_ARRAY_SIZE(params));
}

/* Whoever takes over is killed, too, after any store of its own. */
ParameterizedTest(struct twice *twice, inflight,
		  loses_nothing_if_it_is_killed_again, .timeout = 250)
{
	open_ring(twice->features);
	work_and_die(twice->operations);
	find_base();
	cr_assert_gt(kill_after_each_store(work_off), 20, "%s", twice->name);
	close_ring();
}

ParameterizedTestParameters(inflight, gives_back_the_old_order)
{
	return cr_make_param_array(struct format, formats, 2);
}

/* Pop all, complete the second; the rest comes back as it was, and so on. */
ParameterizedTest(struct format *format, inflight, gives_back_the_old_order)
{
	static const uint32_t rest[] = { 0, 2, 3, 4, 5 };
	struct vd_chain *chains[N_REQUESTS];

	open_ring(format->features);
	cr_assert_eq(vd_virtqueue_start(vq, &config), 0);
	for (size_t i = 0; i < N_REQUESTS; i++)
		chains[i] = pop();
	answer(chains[1], 1);
	flush();

	kill_virtqueue();
	find_base();
	cr_assert_eq(vd_virtqueue_start(vq, &config), 0);
	cr_assert(vd_virtqueue_ready(vq));
	for (size_t i = 0; i < VD_ARRAY_SIZE(rest); i++) {
		chains[i] = pop();
		cr_assert(chains[i] && chains[i]->recovered);
		cr_assert_eq(number_of(chains[i]), rest[i]);
	}
	cr_assert_null(pop());

	/* Taken back, they stay on record, and the ring can stop. */
	for (size_t i = VD_ARRAY_SIZE(rest); i-- > 0;)
		vd_queue_unpop(queue(), chains[i]);
	(void)vd_virtqueue_stop(vq);
	before = *arena;
	cr_assert_eq(take_over_apart(&before), 0, "%s", format->name);
	close_ring();
}

ParameterizedTestParameters(inflight, forgets_when_told_to)
{
	return cr_make_param_array(struct format, formats, 2);
}

ParameterizedTest(struct format *format, inflight, forgets_when_told_to)
{
	struct vd_chain *chain;

	open_ring(format->features);
	cr_assert_eq(vd_virtqueue_start(vq, &config), 0);
	cr_assert(pop());
	vd_virtqueue_inflight_forget(arena->record);
	kill_virtqueue();
	cr_assert_eq(vd_virtqueue_start(vq, &config), 0);
	chain = pop();
	cr_assert(chain && !chain->recovered, "%s", format->name);
	kill_virtqueue();
	close_ring();
}

static void begin_anew(uint64_t features)
{
	const struct vhu_driver_ring_config driver_config = {
		.features = features,
		.size = RING_SIZE,
		.base = features ? VD_VIRTQUEUE_PACKED_BASE : 0,
		.memory = arena->ring,
		.gpa = gpa_of(arena->ring),
	};

	vhu_driver_ring_free(driver);
	cr_assert_eq(vhu_driver_ring_new(&driver_config, &driver), 0);
	config.base = driver_config.base;
}

ParameterizedTestParameters(inflight,
			    forgets_what_a_new_driver_knows_nothing_of)
{
	return cr_make_param_array(struct format, formats, 2);
}

/* It has nothing under way, whatever is on record. */
ParameterizedTest(struct format *format, inflight,
		  forgets_what_a_new_driver_knows_nothing_of)
{
	bool answered[16] = { false };

	for (int operations = 2; operations <= 20; operations++) {
		struct vd_chain *chain;

		open_ring(format->features);
		work_and_die(operations);
		begin_anew(format->features);
		submit(3);
		cr_assert_eq(vd_virtqueue_start(vq, &config), 0);
		chain = pop();
		cr_assert(chain && !chain->recovered, "%s, operation %d",
			  format->name, operations);
		answer(chain, number_of(chain));
		cr_assert_null(pop());
		flush();
		answered[3] = false;
		cr_assert_eq(collect(answered), 1);
		(void)vd_virtqueue_stop(vq);
		close_ring();
	}
}

/* --- records that somebody has tampered with ------------------------------- */

static const uint16_t boundaries[] = {
	0, 1, RING_SIZE - 1, RING_SIZE, RING_SIZE + 1, 0x7fff, 0x8000, 0xffff
};

/* Whatever it says: it is refused, or so many chains come and no more. */
static void expect_containment(void)
{
	struct vd_virtqueue *victim;
	struct vd_chain *chain;
	int r, n = 0;

	cr_assert_eq(vd_virtqueue_new(&host, &victim), 0);
	r = vd_virtqueue_start(victim, &config);
	if (r < 0) {
		cr_assert_eq(r, -EBADMSG);
		vd_virtqueue_free(victim);
		return;
	}

	while (vd_queue_pop(vd_virtqueue_queue(victim), &chain) == 1) {
		vd_chain_complete(chain, 0);
		cr_assert_leq(++n, 2 * RING_SIZE);
	}
	vd_virtqueue_queue(victim)->ops->flush(vd_virtqueue_queue(victim));
	(void)vd_virtqueue_stop(victim);
	vd_virtqueue_free(victim);
}

ParameterizedTestParameters(inflight, survives_any_value_in_any_field)
{
	return cr_make_param_array(struct format, formats, 2);
}

ParameterizedTest(struct format *format, inflight,
		  survives_any_value_in_any_field)
{
	size_t bytes =
		vd_virtqueue_inflight_bytes(RECORD_SIZE, format->features);
	static struct arena killed;

	for (int operations = 3; operations <= 15; operations += 2) {
		open_ring(format->features);
		work_and_die(operations);
		find_base();
		killed = *arena;

		for (size_t at = 0; at < bytes; at += 2) {
			for (size_t i = 0; i < VD_ARRAY_SIZE(boundaries); i++) {
				*arena = killed;
				memcpy(arena->record + at, &boundaries[i], 2);
				expect_containment();
			}
		}
		close_ring();
	}
}

ParameterizedTestParameters(inflight, refuses_a_record_of_another_size)
{
	return cr_make_param_array(struct format, formats, 2);
}

ParameterizedTest(struct format *format, inflight,
		  refuses_a_record_of_another_size)
{
	open_ring(format->features);
	config.inflight_size = RING_SIZE - 1;
	cr_assert_eq(vd_virtqueue_start(vq, &config), -EINVAL);
	config.inflight_size = VD_VIRTQUEUE_MAX_SIZE + 1;
	cr_assert_eq(vd_virtqueue_start(vq, &config), -EINVAL);
	config.inflight_size = RECORD_SIZE;
	config.inflight = arena->record + 4;
	cr_assert_eq(vd_virtqueue_start(vq, &config), -EINVAL);
	config.inflight = arena->record;
	cr_assert_eq(vd_virtqueue_start(vq, &config), 0);
	config.inflight_size = RECORD_SIZE + 1;
	kill_virtqueue();
	cr_assert_eq(vd_virtqueue_start(vq, &config), -EBADMSG, "%s",
		     format->name);
	close_ring();
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The record of requests that are under way, and what becomes of them when a
 * process ends.  A child works a ring, one machine instruction after the other;
 * each time that it has changed shared memory, it might as well have been
 * killed, and somebody else works the ring to its end: each request has to be
 * answered once, and one that may have been executed must be known as such.
 */

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>

#include "tests/inflight-test.h"

static struct arena before;

/* --- somebody else --------------------------------------------------------- */

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

TestSuite(inflight, .init = setup, .timeout = 250);

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

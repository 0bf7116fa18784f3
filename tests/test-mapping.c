/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Mapped files that their owner truncates.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost-user/mapping.h"
#include "vhost-user/session.h"

#define PAGE 4096U

/* More than one block of the registry. */
#define MANY 200

static int file;

static void setup(void)
{
	file = memfd_create("guest", MFD_CLOEXEC);
	cr_assert(file >= 0);
	cr_assert_eq(ftruncate(file, 4 * PAGE), 0);
	/* Sanitizers have a handler, too. */
	signal(SIGBUS, SIG_DFL);
	cr_assert_eq(vhu_catch_bus_errors(), 0);
}

TestSuite(mapping, .init = setup);

static volatile char *map(struct vhu_mapping **ret)
{
	cr_assert_eq(vhu_mapping_new(file, 0, 4 * PAGE, ret), 0);

	return vhu_mapping_base(*ret);
}

Test(mapping, shows_the_file)
{
	struct vhu_mapping *mapping;
	volatile char *p = map(&mapping);
	char byte;

	p[PAGE] = 7;
	cr_assert_eq(pread(file, &byte, 1, PAGE), 1);
	cr_assert_eq(byte, 7);
	vhu_mapping_free(mapping);
}

Test(mapping, reads_as_zeroes_once_the_file_is_truncated)
{
	struct vhu_mapping *mapping;
	volatile char *p = map(&mapping);

	memset((char *)vhu_mapping_base(mapping), 7, 4 * PAGE);
	cr_assert_eq(ftruncate(file, 0), 0);
	cr_assert_eq(p[0], 0);
	cr_assert_eq(p[4 * PAGE - 1], 0);
	p[PAGE] = 1;
	cr_assert_eq(p[PAGE], 1);
	vhu_mapping_free(mapping);
}

Test(mapping, says_who_took_the_memory_away)
{
	struct vhu_lender good = { .socket = -1 }, bad = { .socket = -1 };
	struct vhu_mapping *whole, *cut;
	volatile char *p = map(&whole);

	file = memfd_create("guest", MFD_CLOEXEC);
	cr_assert_eq(ftruncate(file, 4 * PAGE), 0);
	p = map(&cut);
	vhu_mapping_set_lender(whole, &good);
	vhu_mapping_set_lender(cut, &bad);
	cr_assert_eq(ftruncate(file, PAGE), 0);
	cr_assert_eq(p[0], 0);
	cr_assert_not(bad.failed, "what is touched is there");
	cr_assert_eq(p[PAGE], 0);
	cr_assert(bad.failed);
	cr_assert_not(good.failed);
	vhu_mapping_free(whole);
	vhu_mapping_free(cut);
}

Test(mapping, hangs_up_on_whoever_took_the_memory_away)
{
	struct vhu_mapping *mapping;
	volatile char *p = map(&mapping);
	int sockets[2];
	char byte;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	struct vhu_lender lender = { .socket = sockets[0] };

	vhu_mapping_set_lender(mapping, &lender);
	cr_assert_eq(ftruncate(file, 0), 0);
	cr_assert_eq(p[0], 0);
	cr_assert_eq(recv(sockets[1], &byte, 1, MSG_DONTWAIT), 0);
	cr_assert_eq(recv(sockets[0], &byte, 1, MSG_DONTWAIT), 0);
	vhu_mapping_free(mapping);
}

Test(mapping, keeps_errno_whatever_happens)
{
	struct vhu_lender lender = { .socket = 999 };
	struct vhu_mapping *mapping;
	volatile char *p = map(&mapping);

	vhu_mapping_set_lender(mapping, &lender);
	cr_assert_eq(ftruncate(file, 0), 0);
	errno = EXDEV;
	(void)p[0];
	cr_assert_eq(errno, EXDEV);
	vhu_mapping_free(mapping);
}

Test(mapping, is_found_among_many)
{
	struct vhu_mapping *mappings[MANY];

	for (int i = 0; i < MANY; i++)
		(void)map(&mappings[i]);
	cr_assert_eq(ftruncate(file, 0), 0);
	for (int i = 0; i < MANY; i++) {
		volatile char *p = vhu_mapping_base(mappings[i]);

		cr_assert_eq(p[PAGE], 0);
	}
	for (int i = 0; i < MANY; i++)
		vhu_mapping_free(mappings[i]);
}

Test(mapping, takes_no_memory_for_an_entry_that_was_used_before)
{
	struct vhu_mapping *first, *second;

	(void)map(&first);
	vhu_mapping_free(first);
	(void)map(&second);
	cr_assert_eq(first, second);
	vhu_mapping_free(second);
}

Test(mapping, cannot_be_of_what_cannot_be_mapped)
{
	struct vhu_mapping *mapping = (void *)1, *again;

	cr_assert_eq(vhu_mapping_new(-1, 0, PAGE, &mapping), -EBADF);
	cr_assert_eq(mapping, (void *)1, "result touched on failure");
	(void)map(&again);
	vhu_mapping_free(again);
}

/* --- what is not about guest memory ---------------------------------------- */

struct bad_piece {
	char why[32];
	uint64_t offset;
	uint64_t size;
};

ParameterizedTestParameters(mapping, is_of_nothing_but_what_is_there)
{
	static struct bad_piece pieces[] = {
		{ "empty", 0, 0 },
		{ "a byte too long", 0, 4 * PAGE + 1 },
		{ "ends a byte too late", 1, 4 * PAGE },
		{ "begins behind the end", 4 * PAGE + 1, 1 },
		{ "wraps around", PAGE, UINT64_MAX },
		{ "far away", UINT64_MAX, 1 },
	};

	return cr_make_param_array(struct bad_piece, pieces,
				   sizeof(pieces) / sizeof(pieces[0]));
}

ParameterizedTest(struct bad_piece *bad, mapping,
		  is_of_nothing_but_what_is_there)
{
	struct vhu_mapping *mapping;

	cr_assert_eq(vhu_mapping_new(file, bad->offset, bad->size, &mapping),
		     -EINVAL, "%s", bad->why);
}

Test(mapping, may_begin_within_a_page)
{
	struct vhu_mapping *mapping;
	char byte = 9;

	cr_assert_eq(pwrite(file, &byte, 1, PAGE + 5), 1);
	cr_assert_eq(vhu_mapping_new(file, PAGE + 5, 1, &mapping), 0);
	cr_assert_eq(*(char *)vhu_mapping_base(mapping), 9);
	vhu_mapping_free(mapping);
}

Test(mapping, reads_as_zeroes_from_within_a_page_if_it_begins_there)
{
	struct vhu_mapping *mapping;
	volatile char *p;

	cr_assert_eq(vhu_mapping_new(file, PAGE + 5, 2 * PAGE, &mapping), 0);
	p = vhu_mapping_base(mapping);
	cr_assert_eq(ftruncate(file, 0), 0);
	cr_assert_eq(p[0], 0);
	cr_assert_eq(p[2 * PAGE - 1], 0);
	vhu_mapping_free(mapping);
}

/* As a front-end could make one up, whose pages never come. */
Test(mapping, is_of_no_file_that_is_neither_memory_nor_on_a_disk)
{
	int fd = open("/sys/kernel/uevent_seqnum", O_RDONLY | O_CLOEXEC);
	struct vhu_mapping *mapping;

	if (fd < 0)
		cr_skip_test("sysfs is not there");
	cr_assert_eq(vhu_mapping_new(fd, 0, 1, &mapping), -EOPNOTSUPP);
	close(fd);
}

Test(mapping, may_be_of_a_file_on_a_disk)
{
	char path[] = "/var/tmp/test-mapping.XXXXXX";
	struct vhu_mapping *mapping;
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	unlink(path);
	cr_assert_eq(ftruncate(fd, PAGE), 0);
	if (vhu_mapping_new(fd, 0, PAGE, &mapping) == -EOPNOTSUPP)
		cr_skip_test("/var/tmp is not on a disk");
	*(char *)vhu_mapping_base(mapping) = 1;
	vhu_mapping_free(mapping);
	close(fd);
}

/* No huge page is needed for that, and there may be none. */
Test(mapping, is_of_whole_pages_if_they_are_huge)
{
	int huge = memfd_create("guest", MFD_CLOEXEC | MFD_HUGETLB);
	struct vhu_lender lender = { .socket = -1 };
	struct vhu_mapping *mapping;
	volatile char *p;

	if (huge < 0 || ftruncate(huge, 1 << 30) < 0)
		cr_skip_test("this kernel has no huge pages");

	cr_assert_eq(vhu_mapping_new(huge, 0, PAGE, &mapping), 0);
	vhu_mapping_set_lender(mapping, &lender);
	cr_assert_eq(ftruncate(huge, 0), 0);
	p = vhu_mapping_base(mapping);
	cr_assert_eq(p[1], 0);
	cr_assert(atomic_load(&lender.failed));
	vhu_mapping_free(mapping);
	close(huge);
}

Test(mapping, of_somebody_else_ends_the_process, .signal = SIGBUS)
{
	volatile char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);

	cr_assert_eq(ftruncate(file, 0), 0);
	(void)p[0];
}

Test(mapping, that_is_gone_ends_the_process_like_any_other, .signal = SIGBUS)
{
	struct vhu_mapping *mapping;
	volatile char *p = map(&mapping);

	vhu_mapping_free(mapping);
	p = mmap((void *)(uintptr_t)p, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED,
		 file, 0);
	cr_assert_eq(ftruncate(file, 0), 0);
	(void)p[0];
}

Test(mapping, has_nothing_to_do_with_a_signal_that_was_sent, .signal = SIGBUS)
{
	raise(SIGBUS);
}

Test(mapping, lets_a_signal_be_ignored_that_was_so_before)
{
	signal(SIGBUS, SIG_IGN);
	cr_assert_eq(vhu_catch_bus_errors(), 0);
	raise(SIGBUS);
}

static sigjmp_buf escape;

static void own_handler(int signal)
{
	siglongjmp(escape, signal);
}

static void own_info_handler(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	siglongjmp(escape, signal);
}

struct handler {
	bool with_info;
};

ParameterizedTestParameters(mapping, leaves_the_rest_to_whoever_came_first)
{
	static struct handler handlers[] = { { false }, { true } };

	return cr_make_param_array(struct handler, handlers, 2);
}

ParameterizedTest(struct handler *t, mapping,
		  leaves_the_rest_to_whoever_came_first)
{
	struct sigaction action = { .sa_handler = own_handler };
	volatile char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);

	if (t->with_info) {
		action.sa_flags = SA_SIGINFO;
		action.sa_sigaction = own_info_handler;
	}
	sigaction(SIGBUS, &action, NULL);
	cr_assert_eq(vhu_catch_bus_errors(), 0);
	cr_assert_eq(vhu_catch_bus_errors(), 0, "and twice is not too often");
	cr_assert_eq(ftruncate(file, 0), 0);
	if (sigsetjmp(escape, 1) == 0) {
		(void)p[0];
		cr_assert_fail("nobody was told");
	}
}

/* --- threads --------------------------------------------------------------- */

#define N_THREADS 4
#define N_ROUNDS 100

/* What went wrong, or NULL. */
static const char *lose_memory(void)
{
	for (int i = 0; i < N_ROUNDS; i++) {
		struct vhu_lender lender = { .socket = -1 };
		int fd = memfd_create("guest", MFD_CLOEXEC);
		struct vhu_mapping *mapping;
		volatile char *p;

		if (ftruncate(fd, 4 * PAGE) < 0 ||
		    vhu_mapping_new(fd, 0, 4 * PAGE, &mapping) < 0)
			return "cannot map";
		vhu_mapping_set_lender(mapping, &lender);
		p = vhu_mapping_base(mapping);
		p[i % 4 * PAGE] = 1;
		if (lender.failed)
			return "blamed for what another did";
		if (ftruncate(fd, 0) < 0 || p[0] || !lender.failed)
			return "not noticed";
		vhu_mapping_free(mapping);
		close(fd);
	}

	return NULL;
}

static void *run(void *context)
{
	(void)context;

	return (void *)(uintptr_t)lose_memory();
}

Test(mapping, is_lost_in_one_thread_while_others_come_and_go, .timeout = 60)
{
	pthread_t threads[N_THREADS];
	void *problem;

	for (int i = 0; i < N_THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, run, NULL), 0);
	for (int i = 0; i < N_THREADS; i++) {
		cr_assert_eq(pthread_join(threads[i], &problem), 0);
		cr_assert_null(problem, "%s", (const char *)problem);
	}
}

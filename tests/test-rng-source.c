/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sources of entropy: what they give, and what they do when they have nothing.
 * The test is their device, and is called by them.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/loop.h"
#include "backends/rng-file.h"
#include "backends/rng-getrandom.h"
#include "backends/rng-retry.h"
#include "virtio-devices/rng-backend.h"
#include "virtio-devices/util.h"

/* What would be the device; sources keep its address and no more. */
struct vd_rng {
	unsigned int ready;
};

static struct vd_rng rng;
static struct vb_loop *loop;
static struct vd_rng_backend *source;
static unsigned int failures, recoveries;
static int last_error;
static char path[] = "/tmp/test-rng-source.XXXXXX";

void vd_rng_ready(struct vd_rng *device)
{
	device->ready++;
	vb_loop_stop(loop);
}

static void failed(void *context, int error)
{
	(void)context;
	failures++;
	last_error = error;
}

static void recovered(void *context)
{
	(void)context;
	recoveries++;
}

static const struct vb_rng_events events = { failed, recovered, NULL };

static void make_loop(void)
{
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	close(fd);
	cr_assert_eq(vb_loop_new(&loop), 0);
}

static void free_loop(void)
{
	if (source)
		source->ops->destroy(source);
	vb_loop_free(loop);
	unlink(path);
}

TestSuite(rng_source, .init = make_loop, .fini = free_loop);

static void append(const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int new_file_source(void)
{
	int fd = vb_rng_file_open(path);

	cr_assert(fd >= 0);
	cr_assert_eq(vb_rng_file_new(fd, loop, &events, &source), 0);
	source->ops->attach(source, &rng);

	return fd;
}

static void new_getrandom_source(void)
{
	cr_assert_eq(vb_rng_getrandom_new(loop, &events, &source), 0);
	source->ops->attach(source, &rng);
}

static ssize_t fill(void *buf, size_t len)
{
	const struct iovec iov = { buf, len };

	return source->ops->fill(source, &iov, 1);
}

Test(rng_source, is_the_kernel)
{
	static const unsigned char zeroes[64];
	unsigned char buf[64] = { 0 };
	const struct iovec iov[] = { { buf, 1 }, { buf + 1, 63 } };

	new_getrandom_source();
	cr_assert_eq(source->ops->fill(source, iov, 2), 64);
	cr_assert(memcmp(buf + 32, zeroes, 32));
}

/* Guest memory can be cut short by the front-end that shares it. */
Test(rng_source, survives_memory_that_is_not_there)
{
	char buf[16];
	const struct iovec bad = { (void *)16, 16 };
	const struct iovec half[] = { { buf, sizeof(buf) }, bad };

	new_getrandom_source();
	cr_assert_eq(source->ops->fill(source, half, 2), sizeof(buf));
	cr_assert_eq(source->ops->fill(source, &bad, 1), -EFAULT);
	cr_assert_eq(failures, 0, "the source is not to blame");
}

Test(rng_source, is_a_file)
{
	char buf[8];
	const struct iovec iov[] = { { buf, 2 }, { buf + 4, 3 } };

	append("12345678");
	(void)new_file_source();
	cr_assert_eq(source->ops->fill(source, iov, 2), 5);
	cr_assert(!memcmp(buf, "12", 2) && !memcmp(buf + 4, "345", 3));
}

Test(rng_source, gives_no_byte_twice)
{
	struct vd_rng_backend *first;
	char buf[4] = "";
	int fd;

	append("abcd");
	fd = new_file_source();
	first = source;
	cr_assert_eq(fill(buf, 2), 2);

	cr_assert_eq(vb_rng_file_new(fd, loop, &events, &source), 0);
	cr_assert_eq(fill(buf + 2, 2), 2);
	cr_assert(!memcmp(buf, "abcd", 4));
	first->ops->destroy(first);
}

Test(rng_source, waits_at_the_end_of_a_file_for_more)
{
	char buf[8];

	append("x");
	(void)new_file_source();
	cr_assert_eq(fill(buf, 8), 1);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(fill(buf, 8), -EAGAIN);
		cr_assert_eq(vb_loop_run(loop), 0);
	}
	cr_assert_eq(rng.ready, 3);

	append("y");
	cr_assert_eq(fill(buf, 8), 1);
	cr_assert_eq(buf[0], 'y');
}

Test(rng_source, tells_once_that_something_is_wrong)
{
	char buf[8];

	append("x");
	(void)new_file_source();
	cr_assert_eq(fill(buf, 8), 1);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(fill(buf, 8), -EAGAIN);
	cr_assert_eq(failures, 1);
	cr_assert_eq(last_error, 0);
	cr_assert_eq(recoveries, 0);

	append("y");
	cr_assert_eq(fill(buf, 8), 1);
	cr_assert_eq(recoveries, 1);
	cr_assert_eq(fill(buf, 8), -EAGAIN);
	cr_assert_eq(failures, 2);
}

Test(rng_source, does_not_complain_of_a_fifo_that_is_merely_slow)
{
	char buf[8];
	int writer;

	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(mkfifo(path, 0600), 0);
	(void)new_file_source();
	writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	cr_assert(writer >= 0);

	cr_assert_eq(fill(buf, 8), -EAGAIN);
	cr_assert_eq(vb_loop_run(loop), 0);
	cr_assert_eq(write(writer, "abc", 3), 3);
	cr_assert_eq(fill(buf, 8), 3);
	cr_assert_eq(failures, 0);
	close(writer);
}

Test(rng_source, does_not_try_again_once_it_is_gone)
{
	char buf[8];

	append("x");
	(void)new_file_source();
	cr_assert_eq(fill(buf, 8), 1);
	cr_assert_eq(fill(buf, 8), -EAGAIN);
	source->ops->destroy(VD_STEAL(source));
	cr_assert_eq(vb_loop_step(loop), 0);
	cr_assert_eq(rng.ready, 0);
}

Test(rng_source, is_no_empty_file)
{
	cr_assert_eq(vb_rng_file_open(path), -ENODATA);
}

Test(rng_source, is_no_directory)
{
	cr_assert_eq(vb_rng_file_open("/tmp"), -EISDIR);
}

Test(rng_source, has_to_be_there)
{
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(vb_rng_file_open(path), -ENOENT);
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "backends/rng-file.h"
#include "backends/rng-retry.h"
#include "virtio-devices/rng-backend.h"
#include "virtio-devices/util.h"

/**
 * struct file_source - a file, for one guest
 * @backend: what the device sees
 * @retry:   for when there is nothing to be read
 * @fd:      the file, shared with other guests
 */
struct file_source {
	struct vd_rng_backend backend;
	struct vb_rng_retry retry;
	int fd;
};

static struct file_source *source_of(struct vd_rng_backend *backend)
{
	return container_of(backend, struct file_source, backend);
}

static void file_attach(struct vd_rng_backend *backend, struct vd_rng *rng)
{
	source_of(backend)->retry.rng = rng;
}

/* Almost always there is one piece; readv() would be one more call to allow. */
static ssize_t read_pieces(int fd, const struct iovec *iov, size_t n_iov)
{
	ssize_t done = 0;

	for (size_t i = 0; i < n_iov; i++) {
		ssize_t n = read(fd, iov[i].iov_base, iov[i].iov_len);

		if (n < 0)
			return done > 0 ? done : -errno;
		done += n;
		if ((size_t)n < iov[i].iov_len)
			break;
	}

	return done;
}

static ssize_t file_fill(struct vd_rng_backend *backend,
			 const struct iovec *iov, size_t n_iov)
{
	struct file_source *source = source_of(backend);

	return vb_rng_retry_filter(&source->retry,
				   read_pieces(source->fd, iov, n_iov));
}

static void file_destroy(struct vd_rng_backend *backend)
{
	struct file_source *source = source_of(backend);

	vb_rng_retry_fini(&source->retry);
	free(source);
}

static const struct vd_rng_backend_ops file_ops = {
	.name = "file",
	.attach = file_attach,
	.fill = file_fill,
	.destroy = file_destroy,
};

/* A disk's content is not what anybody wants a guest to be given. */
static int check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;

	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return st.st_size > 0 ? 0 : -ENODATA;
	case S_IFCHR:
	case S_IFIFO:
		return 0;
	case S_IFDIR:
		return -EISDIR;
	default:
		return -ENOTSUP;
	}
}

int vb_rng_file_open(const char *path)
{
	int fd, r;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;

	r = check_file(fd);
	if (r < 0) {
		close(fd);
		return r;
	}

	return fd;
}

int vb_rng_file_new(int fd, struct vb_loop *loop,
		    const struct vb_rng_events *events,
		    struct vd_rng_backend **ret)
{
	struct file_source *source = calloc(1, sizeof(*source));

	if (!source)
		return -ENOMEM;

	source->backend.ops = &file_ops;
	source->fd = fd;
	vb_rng_retry_init(&source->retry, loop, events);

	*ret = &source->backend;
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vhost-user/sealed-file.h"
#include "virtio-devices/util.h"

static int fill(int fd, size_t size)
{
	static const char zeroes[4096];

	while (size > 0) {
		ssize_t n = write(fd, zeroes, VD_MIN(size, sizeof(zeroes)));

		if (n < 0)
			return -errno;
		size -= (size_t)n;
	}

	return 0;
}

int vhu_sealed_file_new(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;

	r = fill(fd, size);
	if (r == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}

	return fd;
}

int vhu_sealed_file_vacate(int fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int r;

	if (at == MAP_FAILED)
		return -errno;

	/* The same as fallocate(), but no further system call to be allowed. */
	r = madvise(at, size, MADV_REMOVE) < 0 ? -errno : 0;
	munmap(at, size);

	return r;
}

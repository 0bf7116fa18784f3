/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/captured.h"
#include "virtio-devices/util.h"

static int saved = -1;

void capture_stderr(void)
{
	int fd = memfd_create("stderr", MFD_CLOEXEC);

	saved = dup(STDERR_FILENO);
	cr_assert(fd >= 0 && saved >= 0);
	cr_assert(dup2(fd, STDERR_FILENO) >= 0);
	close(fd);
	unsetenv("JOURNAL_STREAM");
}

const char *captured(void)
{
	static char text[8192];
	ssize_t n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);

	text[VD_MAX(n, 0)] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);

	return text;
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VHOST_USER_SEALED_FILE_H
#define VHOST_USER_SEALED_FILE_H

#include <stddef.h>

/**
 * vhu_sealed_file_new() - memory that another process can map, too
 * @name: for people who look at /proc
 * @size: bytes, all of them zero
 *
 * There is memory behind it, so that none is wanting later, and nobody can cut
 * off what others have mapped.
 *
 * Return: the file, or a negative errno.
 */
int vhu_sealed_file_new(const char *name, size_t size);

/**
 * vhu_sealed_file_vacate() - let a new file take no memory until it is written
 * @fd:   of the file, which nobody has written yet
 * @size: of all of it
 *
 * For a file that somebody else is to keep, and may never use.
 *
 * Return: 0, or the negative error of mmap() or madvise().
 */
int vhu_sealed_file_vacate(int fd, size_t size);

#endif

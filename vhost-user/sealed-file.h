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

#endif

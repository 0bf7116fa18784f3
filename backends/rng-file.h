/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A file, a FIFO or a character device as a source of entropy, such as
 * /dev/hwrng.
 */

#ifndef BACKENDS_RNG_FILE_H
#define BACKENDS_RNG_FILE_H

struct vb_loop;
struct vb_rng_events;
struct vd_rng_backend;

/**
 * vb_rng_file_open() - open a source
 * @path: where it is
 *
 * It is opened once for all guests.  They share its position, so that no two of
 * them are given the same bytes.
 *
 * Return: the descriptor, -EISDIR for a directory, -ENODATA for a file that is
 *         empty, -ENOTSUP for a socket or a block device, or what open() fails
 *         with.
 */
int vb_rng_file_open(const char *path);

/**
 * vb_rng_file_new() - make a source for one guest
 * @fd:     from vb_rng_file_open(); stays the caller's, and open
 * @loop:   the device's
 * @events: copied
 * @ret:    the source
 *
 * No byte is given twice: at the end of a file, the source waits for more.
 *
 * Return: 0 or -ENOMEM.
 */
int vb_rng_file_new(int fd, struct vb_loop *loop,
		    const struct vb_rng_events *events,
		    struct vd_rng_backend **ret);

#endif

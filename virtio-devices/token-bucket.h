/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A rate limit: an allowance that builds up evenly, up to a bound.
 */

#ifndef VIRTIO_DEVICES_TOKEN_BUCKET_H
#define VIRTIO_DEVICES_TOKEN_BUCKET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * More in one period than this is no limit in practice, and the arithmetic
 * stays within 64 bits.
 */
#define VD_TOKEN_BUCKET_MAX (1ULL << 37)

/* And so that they do, no period is longer: 2^26 microseconds. */
#define VD_TOKEN_BUCKET_MAX_PERIOD 67108

/**
 * struct vd_token_bucket - an allowance
 * @capacity: the most it holds, and what one period brings
 * @period:   nanoseconds in which an empty bucket becomes full
 * @tokens:   what it holds
 * @fraction: and of the next one, in parts of a period in microseconds
 * @at:       when that was so; VD_NEVER: time counts from when it is asked next
 */
struct vd_token_bucket {
	uint64_t capacity;
	uint64_t period;
	uint64_t tokens;
	uint64_t fraction;
	uint64_t at;
};

/**
 * vd_token_bucket_init() - a full bucket
 * @bucket:   the bucket
 * @capacity: tokens; not 0; VD_TOKEN_BUCKET_MAX if it is more
 * @period:   milliseconds in which so many come; not 0, and at most
 *            VD_TOKEN_BUCKET_MAX_PERIOD
 */
void vd_token_bucket_init(struct vd_token_bucket *bucket, uint64_t capacity,
			  uint32_t period);

/**
 * vd_token_bucket_restore() - go on with what is left of another bucket
 * @bucket: the bucket
 * @tokens: what that one held
 *
 * A bucket never holds more after this than before.  Clocks of two processes may
 * be those of two machines: what time has passed in between brings nothing.
 */
void vd_token_bucket_restore(struct vd_token_bucket *bucket, uint64_t tokens);

/**
 * vd_token_bucket_available() - bring the bucket up to date
 * @bucket: the bucket
 * @now:    the time; one that lies before the last one counts as the last one
 *
 * Return: how many tokens it holds.
 */
uint64_t vd_token_bucket_available(struct vd_token_bucket *bucket,
				   uint64_t now);

/**
 * vd_token_bucket_take() - use tokens
 * @bucket: the bucket
 * @tokens: how many; at most what vd_token_bucket_available() said
 */
void vd_token_bucket_take(struct vd_token_bucket *bucket, uint64_t tokens);

/**
 * vd_token_bucket_when() - when will there be enough?
 * @bucket: the bucket, up to date
 * @tokens: how many are wanted; at most the capacity
 *
 * Return: the first time at which the bucket holds @tokens.
 */
uint64_t vd_token_bucket_when(const struct vd_token_bucket *bucket,
			      uint64_t tokens);

#ifdef __cplusplus
}
#endif

#endif

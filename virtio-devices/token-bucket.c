/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Time is counted in microseconds here, so that tokens times time fits into
 * 64 bits: 2^37 tokens times 2^26 us, which is a little over a minute.
 */

#include <assert.h>

#include "virtio-devices/token-bucket.h"
#include "virtio-devices/util.h"

static uint64_t period_usec(const struct vd_token_bucket *bucket)
{
	return bucket->period / VD_NSEC_PER_USEC;
}

void vd_token_bucket_init(struct vd_token_bucket *bucket, uint64_t capacity,
			  uint32_t period)
{
	assert(capacity && period && period <= VD_TOKEN_BUCKET_MAX_PERIOD);

	bucket->capacity = VD_MIN(capacity, VD_TOKEN_BUCKET_MAX);
	bucket->period = period * VD_NSEC_PER_MSEC;
	bucket->tokens = bucket->capacity;
	bucket->fraction = 0;
	bucket->at = 0;
}

void vd_token_bucket_restore(struct vd_token_bucket *bucket, uint64_t tokens)
{
	bucket->tokens = VD_MIN(bucket->tokens, tokens);
	bucket->fraction = 0;
	bucket->at = VD_NEVER;
}

uint64_t vd_token_bucket_available(struct vd_token_bucket *bucket, uint64_t now)
{
	uint64_t usec, earned;

	if (bucket->at == VD_NEVER)
		bucket->at = now;
	if (now <= bucket->at)
		return bucket->tokens;

	/* While it is full, time earns nothing. */
	if (bucket->tokens == bucket->capacity ||
	    now - bucket->at >= bucket->period) {
		bucket->tokens = bucket->capacity;
		bucket->fraction = 0;
		bucket->at = now;
		return bucket->tokens;
	}

	usec = (now - bucket->at) / VD_NSEC_PER_USEC;
	earned = usec * bucket->capacity + bucket->fraction;
	bucket->at += usec * VD_NSEC_PER_USEC;
	bucket->tokens += earned / period_usec(bucket);
	bucket->fraction = earned % period_usec(bucket);
	bucket->tokens = VD_MIN(bucket->tokens, bucket->capacity);

	return bucket->tokens;
}

void vd_token_bucket_take(struct vd_token_bucket *bucket, uint64_t tokens)
{
	assert(tokens <= bucket->tokens);
	bucket->tokens -= tokens;
}

uint64_t vd_token_bucket_when(const struct vd_token_bucket *bucket,
			      uint64_t tokens)
{
	uint64_t missing, usec;

	assert(tokens <= bucket->capacity);

	if (tokens <= bucket->tokens)
		return bucket->at;

	missing = (tokens - bucket->tokens) * period_usec(bucket) -
		  bucket->fraction;
	usec = missing / bucket->capacity + !!(missing % bucket->capacity);

	return bucket->at + usec * VD_NSEC_PER_USEC;
}

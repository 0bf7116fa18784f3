/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The fuzzer's bytes, one after the other; behind the end there are zeroes.
 */

#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "virtio-devices/util.h"

/**
 * struct fuzz_input - what is left of an input
 * @at:   the next byte
 * @left: how many there are
 */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t fuzz_input_u8(struct fuzz_input *input)
{
	if (!input->left)
		return 0;

	input->left--;
	return *input->at++;
}

static inline uint16_t fuzz_input_u16(struct fuzz_input *input)
{
	uint16_t low = fuzz_input_u8(input);

	return low | (uint16_t)(fuzz_input_u8(input) << 8);
}

/* From 0 to 4064 bytes, most of them small, in one byte of the input. */
static inline uint32_t fuzz_input_size(struct fuzz_input *input)
{
	uint8_t size = fuzz_input_u8(input);

	return size & 128 ? (size & 127U) * 32 : size;
}

static inline size_t fuzz_input_bytes(struct fuzz_input *input, uint8_t *dst,
				      size_t n)
{
	n = VD_MIN(n, input->left);
	if (n)
		memcpy(dst, input->at, n);
	input->at += n;
	input->left -= n;

	return n;
}

#endif

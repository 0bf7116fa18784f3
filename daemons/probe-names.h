/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Names for feature bits and configuration spaces, after the virtio
 * specification and vhost-user.rst.
 */

#ifndef DAEMONS_PROBE_NAMES_H
#define DAEMONS_PROBE_NAMES_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct probe_bit - a feature bit
 * @bit:  its number
 * @name: as the specification has it
 */
struct probe_bit {
	unsigned int bit;
	const char *name;
};

/**
 * struct probe_field - a little-endian field of a configuration space
 * @offset: where it begins
 * @size:   bytes: 1, 2, 4 or 8
 * @name:   as the specification has it
 */
struct probe_field {
	size_t offset;
	size_t size;
	const char *name;
};

/**
 * struct probe_type - a type of device
 * @name:     as on the command line
 * @id:       virtio device ID
 * @n_queues: virtqueues that it has
 * @bits:     its own feature bits, @n_bits of them
 * @fields:   its configuration space, @n_fields of them
 */
struct probe_type {
	const char *name;
	uint32_t id;
	unsigned int n_queues;
	const struct probe_bit *bits;
	size_t n_bits;
	const struct probe_field *fields;
	size_t n_fields;
};

/* The types that are known, and how many that is. */
extern const struct probe_type probe_types[];
extern const size_t probe_n_types;

/* Their names for an options table; NULL after the last. */
extern const char *const probe_type_names[];

/**
 * probe_feature_name() - what is a feature bit called?
 * @type: of the device; NULL if it is not known
 * @bit:  the bit
 *
 * Return: the name, or NULL.
 */
const char *probe_feature_name(const struct probe_type *type, unsigned int bit);

/**
 * probe_protocol_feature_name() - likewise for the protocol's features
 */
const char *probe_protocol_feature_name(unsigned int bit);

/**
 * probe_config_len() - how large is the configuration space?
 * @type:     the type of device
 * @features: bits that were offered; some fields depend on one
 */
size_t probe_config_len(const struct probe_type *type, uint64_t features);

#endif

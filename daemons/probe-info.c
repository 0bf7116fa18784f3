/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "info": what a back-end offers, by name.
 */

#include <errno.h>
#include <stdio.h>

#include "daemons/log.h"
#include "daemons/probe-names.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"
#include "virtio-devices/util.h"

/* Of a configuration space that nobody knows, as much is shown. */
#define UNKNOWN_CONFIG 64

/* No choice was made. */
#define NO_TYPE UINT32_MAX

/**
 * struct info_settings - values of the options
 * @type: index into probe_types[], or NO_TYPE
 */
struct info_settings {
	unsigned int type;
};

static struct info_settings settings = { NO_TYPE };

static const struct option_def defs[] = {
	{ .letter = 't',
	  .name = "type",
	  .type = OPTION_CHOICE,
	  .offset = offsetof(struct info_settings, type),
	  .value = "rng|i2c|gpio|sound|vsock",
	  .choices = probe_type_names,
	  .help = "Say what kind of device it is: the protocol does not tell. "
		  "Without it, the number of queues and the configuration "
		  "space give a hint." },
};

static bool offers(const struct probe *probe, enum vhu_protocol_feature feature)
{
	return vhu_frontend_features(probe->frontend)->protocol_offered >>
		       feature &
	       1;
}

/* Of the types here, only the two with one queue have no configuration. */
static const struct probe_type *guess(const struct probe *probe,
				      uint64_t n_queues)
{
	bool bit0 = vhu_frontend_features(probe->frontend)->offered & 1;
	bool config = offers(probe, VHU_PROTOCOL_F_CONFIG);

	for (size_t i = 0; i < probe_n_types; i++) {
		const struct probe_type *type = &probe_types[i];

		if (type->n_queues != n_queues)
			continue;
		/* An I2C adapter must offer its first bit; rng has none. */
		if (n_queues == 1 && bit0 != (type->n_bits > 0))
			continue;
		if ((type->n_fields > 0) == config)
			return type;
	}

	return NULL;
}

static void print_bits(const char *heading, uint64_t bits,
		       const struct probe_type *type,
		       const char *(*name_of)(const struct probe_type *type,
					      unsigned int bit))
{
	printf("%s 0x%llx\n", heading, (unsigned long long)bits);

	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name;

		if (!(bits >> bit & 1))
			continue;
		name = name_of(type, bit);
		printf("  %2u  %s\n", bit, name ? name : "(unknown)");
	}
}

static const char *protocol_name(const struct probe_type *type,
				 unsigned int bit)
{
	(void)type;

	return probe_protocol_feature_name(bit);
}

static uint64_t field_value(const uint8_t *config,
			    const struct probe_field *field)
{
	uint64_t value = 0;

	for (size_t i = field->size; i > 0; i--)
		value = value << 8 | config[field->offset + i - 1];

	return value;
}

static void print_fields(const struct probe_type *type, const uint8_t *config,
			 size_t len)
{
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct probe_field *field = &type->fields[i];

		if (field->offset >= len)
			break;
		printf("  %-16s %llu\n", field->name,
		       (unsigned long long)field_value(config, field));
	}
}

static void print_hex(const uint8_t *config, size_t len)
{
	for (size_t i = 0; i < len; i += 16) {
		printf("  %04zx ", i);
		for (size_t k = i; k < VD_MIN(len, i + 16); k++)
			printf(" %02x", config[k]);
		printf("\n");
	}
}

static int print_config(const struct probe *probe,
			const struct probe_type *type)
{
	uint64_t offered = vhu_frontend_features(probe->frontend)->offered;
	size_t len = type ? probe_config_len(type, offered) : UNKNOWN_CONFIG;
	uint8_t config[UNKNOWN_CONFIG];
	int r;

	if (len == 0 || !offers(probe, VHU_PROTOCOL_F_CONFIG)) {
		printf("configuration space: none\n");
		return 0;
	}

	r = vhu_frontend_get_config(probe->frontend, 0, config, len);
	if (r == -ERANGE) {
		printf("configuration space: less than %zu bytes\n", len);
		return 0;
	}
	if (r < 0)
		return probe_failed(probe, r);

	printf("configuration space (%zu bytes)\n", len);
	if (type)
		print_fields(type, config, len);
	else
		print_hex(config, len);

	return 0;
}

/* Ask for a number if there is one; what it is goes to @ret, or 0. */
static int print_number(const struct probe *probe, const char *heading,
			enum vhu_protocol_feature feature,
			enum vhu_request request, uint64_t *ret)
{
	int r;

	*ret = 0;
	if (!offers(probe, feature)) {
		printf("%s: the back-end does not tell\n", heading);
		return 0;
	}

	r = vhu_frontend_ask_u64(probe->frontend, request, ret);
	if (r < 0)
		return probe_failed(probe, r);
	printf("%s: %llu\n", heading, (unsigned long long)*ret);

	return 0;
}

static int run(struct probe *probe)
{
	const struct vhu_frontend_features *features =
		vhu_frontend_features(probe->frontend);
	const struct probe_type *type;
	uint64_t n_queues, n_slots;
	int r;

	r = print_number(probe, "queues", VHU_PROTOCOL_F_MQ, VHU_GET_QUEUE_NUM,
			 &n_queues);
	if (r < 0)
		return r;
	r = print_number(probe, "memory slots",
			 VHU_PROTOCOL_F_CONFIGURE_MEM_SLOTS,
			 VHU_GET_MAX_MEM_SLOTS, &n_slots);
	if (r < 0)
		return r;

	if (settings.type != NO_TYPE) {
		type = &probe_types[settings.type];
		printf("type: %s\n", type->name);
	} else {
		type = guess(probe, n_queues);
		printf("type: %s (a guess; see '--type')\n",
		       type ? type->name : "unknown");
	}

	print_bits("features", features->offered, type, probe_feature_name);
	print_bits("protocol features", features->protocol_offered, type,
		   protocol_name);

	return print_config(probe, type);
}

const struct probe_command probe_info = {
	.name = "info",
	.summary = "tell what a back-end offers",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = VD_ARRAY_SIZE(defs),
		.settings = &settings,
	},
	.run = run,
};

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What is wanted of a line, for libgpiod's requests.
 */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/fake-gpiod.h"

void *fake_gpiod_make(size_t size)
{
	void *p = calloc(1, size);

	cr_assert_not_null(p);

	return p;
}

struct gpiod_line_settings *gpiod_line_settings_new(void)
{
	return fake_gpiod_make(sizeof(struct gpiod_line_settings));
}

void gpiod_line_settings_free(struct gpiod_line_settings *settings)
{
	free(settings);
}

void gpiod_line_settings_reset(struct gpiod_line_settings *settings)
{
	*settings = (struct gpiod_line_settings){
		.direction = GPIOD_LINE_DIRECTION_AS_IS,
		.edges = GPIOD_LINE_EDGE_NONE,
	};
}

int gpiod_line_settings_set_direction(struct gpiod_line_settings *settings,
				      enum gpiod_line_direction direction)
{
	settings->direction = direction;
	return 0;
}

int gpiod_line_settings_set_output_value(struct gpiod_line_settings *settings,
					 enum gpiod_line_value value)
{
	settings->value = value;
	return 0;
}

int gpiod_line_settings_set_edge_detection(struct gpiod_line_settings *settings,
					   enum gpiod_line_edge edges)
{
	settings->edges = edges;
	return 0;
}

struct gpiod_line_config *gpiod_line_config_new(void)
{
	return fake_gpiod_make(sizeof(struct gpiod_line_config));
}

void gpiod_line_config_free(struct gpiod_line_config *config)
{
	free(config);
}

void gpiod_line_config_reset(struct gpiod_line_config *config)
{
	(void)config;
}

int gpiod_line_config_add_line_settings(struct gpiod_line_config *config,
					const unsigned int *offsets, size_t n,
					struct gpiod_line_settings *settings)
{
	cr_assert_eq(n, 1);
	config->offset = offsets[0];
	config->settings = *settings;

	return 0;
}

struct gpiod_request_config *gpiod_request_config_new(void)
{
	return fake_gpiod_make(sizeof(struct gpiod_request_config));
}

void gpiod_request_config_free(struct gpiod_request_config *config)
{
	free(config);
}

void gpiod_request_config_set_consumer(struct gpiod_request_config *config,
				       const char *consumer)
{
	config->consumer = consumer;
}

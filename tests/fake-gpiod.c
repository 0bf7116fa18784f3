/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The chip, its lines, and requests for them.  A request's descriptor
 * is one end of a pair of sockets, and an edge a byte in it.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fake-gpiod.h"

struct gpiod_chip {
	bool gone;
};

struct gpiod_chip_info {
	char unused;
};

struct gpiod_line_info {
	unsigned int offset;
};

struct gpiod_line_request {
	unsigned int offset;
	int fd;
	int kernel;
};

struct gpiod_edge_event_buffer {
	size_t capacity;
};

struct fake_chip chip;

static struct gpiod_chip the_chip;
static struct gpiod_line_request *requests[N_LINES];

static int fails(int error)
{
	errno = error;
	return -1;
}

static bool is_edge(enum gpiod_line_edge edges, bool level)
{
	if (edges == GPIOD_LINE_EDGE_BOTH)
		return true;

	return edges ==
	       (level ? GPIOD_LINE_EDGE_RISING : GPIOD_LINE_EDGE_FALLING);
}

void fake_gpiod_pull(unsigned int offset, bool level)
{
	const struct gpiod_line_request *request = requests[offset];
	struct fake_line *line = &chip.lines[offset];
	bool changed = line->level != level;
	int n;

	line->level = level;
	if (!changed || !request || !is_edge(line->edges, level))
		return;

	/* What is more than the kernel keeps is lost. */
	cr_assert_eq(ioctl(request->fd, FIONREAD, &n), 0);
	if (n < MAX_EDGES)
		cr_assert_eq(write(request->kernel, "e", 1), 1);
}

void fake_gpiod_unplug(void)
{
	the_chip.gone = true;
	for (unsigned int i = 0; i < N_LINES; i++) {
		if (requests[i])
			close(requests[i]->kernel);
	}
}

/* A chip. */

bool gpiod_is_gpiochip_device(const char *path)
{
	return strcmp(path, "/dev/gpiochip0") == 0;
}

struct gpiod_chip *gpiod_chip_open(const char *path)
{
	if (gpiod_is_gpiochip_device(path) && !chip.closed)
		return &the_chip;

	errno = chip.closed ? EACCES : ENOENT;
	return NULL;
}

void gpiod_chip_close(struct gpiod_chip *unused)
{
	(void)unused;
}

struct gpiod_chip_info *gpiod_chip_get_info(struct gpiod_chip *unused)
{
	(void)unused;
	return fake_gpiod_make(sizeof(struct gpiod_chip_info));
}

void gpiod_chip_info_free(struct gpiod_chip_info *info)
{
	free(info);
}

const char *gpiod_chip_info_get_label(struct gpiod_chip_info *info)
{
	(void)info;
	return "fake";
}

size_t gpiod_chip_info_get_num_lines(struct gpiod_chip_info *info)
{
	(void)info;
	return N_LINES;
}

/* What is known of a line. */

struct gpiod_line_info *gpiod_chip_get_line_info(struct gpiod_chip *of,
						 unsigned int offset)
{
	struct gpiod_line_info *info;

	if (of->gone || offset >= N_LINES) {
		errno = of->gone ? ENODEV : EINVAL;
		return NULL;
	}
	info = fake_gpiod_make(sizeof(*info));
	info->offset = offset;

	return info;
}

void gpiod_line_info_free(struct gpiod_line_info *info)
{
	free(info);
}

const char *gpiod_line_info_get_name(struct gpiod_line_info *info)
{
	static const char *const names[N_LINES] = { "zero", NULL, "two",
						    "three" };

	return names[info->offset];
}

const char *gpiod_line_info_get_consumer(struct gpiod_line_info *info)
{
	return chip.lines[info->offset].consumer;
}

enum gpiod_line_direction
gpiod_line_info_get_direction(struct gpiod_line_info *info)
{
	return chip.lines[info->offset].direction;
}

/* A line that was requested. */

static int apply(const struct gpiod_line_config *config)
{
	struct fake_line *line = &chip.lines[config->offset];
	const struct gpiod_line_settings *settings = &config->settings;

	if (the_chip.gone)
		return fails(ENODEV);
	if (chip.error)
		return fails(chip.error);
	if (settings->direction != GPIOD_LINE_DIRECTION_AS_IS)
		line->direction = settings->direction;
	if (settings->direction == GPIOD_LINE_DIRECTION_OUTPUT)
		line->level = settings->value == GPIOD_LINE_VALUE_ACTIVE;
	line->edges = settings->edges;

	return 0;
}

struct gpiod_line_request *
gpiod_chip_request_lines(struct gpiod_chip *of,
			 struct gpiod_request_config *request_config,
			 struct gpiod_line_config *config)
{
	struct fake_line *line = &chip.lines[config->offset];
	struct gpiod_line_request *request;
	int pair[2];

	(void)of;

	if (line->consumer) {
		errno = EBUSY;
		return NULL;
	}
	if (apply(config) < 0)
		return NULL;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	request = fake_gpiod_make(sizeof(*request));
	*request = (struct gpiod_line_request){
		.offset = config->offset,
		.fd = pair[0],
		.kernel = pair[1],
	};
	line->consumer = request_config->consumer;
	line->n_requests++;
	chip.n_open++;
	requests[config->offset] = request;

	return request;
}

int gpiod_line_request_reconfigure_lines(struct gpiod_line_request *request,
					 struct gpiod_line_config *config)
{
	cr_assert_eq(request->offset, config->offset);
	chip.lines[request->offset].n_changes++;

	return apply(config);
}

void gpiod_line_request_release(struct gpiod_line_request *request)
{
	struct fake_line *line = &chip.lines[request->offset];

	close(request->fd);
	if (!the_chip.gone)
		close(request->kernel);
	line->consumer = NULL;
	line->edges = GPIOD_LINE_EDGE_NONE;
	requests[request->offset] = NULL;
	chip.n_open--;
	free(request);
}

enum gpiod_line_value
gpiod_line_request_get_value(struct gpiod_line_request *request,
			     unsigned int offset)
{
	cr_assert_eq(request->offset, offset);
	if (the_chip.gone) {
		errno = ENODEV;
		return GPIOD_LINE_VALUE_ERROR;
	}

	return chip.lines[offset].level ? GPIOD_LINE_VALUE_ACTIVE
					: GPIOD_LINE_VALUE_INACTIVE;
}

int gpiod_line_request_set_value(struct gpiod_line_request *request,
				 unsigned int offset,
				 enum gpiod_line_value value)
{
	cr_assert_eq(request->offset, offset);
	if (the_chip.gone)
		return fails(ENODEV);
	chip.lines[offset].level = value == GPIOD_LINE_VALUE_ACTIVE;

	return 0;
}

int gpiod_line_request_get_fd(struct gpiod_line_request *request)
{
	return request->fd;
}

struct gpiod_edge_event_buffer *gpiod_edge_event_buffer_new(size_t capacity)
{
	struct gpiod_edge_event_buffer *buffer =
		fake_gpiod_make(sizeof(*buffer));

	buffer->capacity = capacity;

	return buffer;
}

void gpiod_edge_event_buffer_free(struct gpiod_edge_event_buffer *buffer)
{
	free(buffer);
}

/* Like the kernel, wait for one unless the file says O_NONBLOCK. */
int gpiod_line_request_read_edge_events(struct gpiod_line_request *request,
					struct gpiod_edge_event_buffer *buffer,
					size_t max)
{
	char edges[64];

	cr_assert_leq(max, buffer->capacity);
	cr_assert_leq(max, sizeof(edges));
	if (the_chip.gone)
		return fails(ENODEV);

	return (int)read(request->fd, edges, max);
}

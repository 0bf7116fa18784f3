/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The state of a GPIO controller: one record, with four bytes for each line.
 */

#include <errno.h>

#include "virtio-devices/gpio-private.h"

#define TAG_LINES 1

/**
 * struct saved_line - a line in the state
 * @direction: VIRTIO_GPIO_DIRECTION_*
 * @value:     0 or 1
 * @irq_type:  VIRTIO_GPIO_IRQ_TYPE_*
 * @pending:   0 or 1
 */
struct saved_line {
	uint8_t direction;
	uint8_t value;
	uint8_t irq_type;
	uint8_t pending;
};

size_t vd_gpio_state_size(const struct vd_device *device)
{
	const struct vd_gpio *gpio =
		container_of(device, const struct vd_gpio, device);

	return VD_STATE_RECORD +
	       gpio->backend->n_lines * sizeof(struct saved_line);
}

void vd_gpio_save(struct vd_device *device, struct vd_state_writer *writer)
{
	struct vd_gpio *gpio = vd_gpio_of(device);
	uint16_t n = gpio->backend->n_lines;
	struct saved_line *saved =
		vd_state_room(writer, TAG_LINES, n * sizeof(*saved));

	for (uint16_t i = 0; saved && i < n; i++) {
		const struct vd_gpio_line *line = &gpio->lines[i];

		saved[i] = (struct saved_line){
			.direction = (uint8_t)line->direction,
			.value = line->value,
			.irq_type = (uint8_t)line->irq_type,
			.pending = line->pending,
		};
	}
}

static int load_lines(struct vd_gpio *gpio,
		      const struct vd_state_record *record)
{
	const struct saved_line *saved =
		(const struct saved_line *)record->data;

	/* The chip has to have the same lines here. */
	if (record->len != gpio->backend->n_lines * sizeof(*saved))
		return -EBADMSG;

	for (uint16_t i = 0; i < gpio->backend->n_lines; i++) {
		const struct vd_gpio_line line = {
			.direction = (enum vd_gpio_direction)saved[i].direction,
			.value = saved[i].value == 1,
			.irq_type = saved[i].irq_type,
			.pending = saved[i].pending == 1,
		};
		int r;

		if (saved[i].value > 1 || saved[i].pending > 1)
			return -EBADMSG;
		r = vd_gpio_restore_line(gpio, i, &line);
		if (r < 0)
			return r;
	}

	return 0;
}

int vd_gpio_load(struct vd_device *device, struct vd_state_reader *reader)
{
	struct vd_gpio *gpio = vd_gpio_of(device);
	struct vd_state_record record;
	int r;

	while ((r = vd_state_next(reader, &record)) > 0) {
		if (record.tag == TAG_LINES)
			r = load_lines(gpio, &record);
		else if (!(record.tag & VD_STATE_OPTIONAL))
			r = -EBADMSG;
		if (r < 0)
			return r;
	}

	return r;
}

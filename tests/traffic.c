/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_gpio.h>
#include <linux/virtio_i2c.h>
#include <string.h>

#include "traffic.h"
#include "virtio-devices/util.h"

#define REQUEST_BYTES 64
#define ANSWER_BYTES 8192

/* The simulated EEPROM. */
#define CLIENT 0x50

#define PACKED VD_BIT(VIRTIO_F_RING_PACKED)

struct criterion_test_params traffic_cases(void)
{
	static struct traffic_case cases[] = {
		{ TRAFFIC_RNG, PACKED, "rng, split" },
		{ TRAFFIC_RNG, 0, "rng, packed" },
		{ TRAFFIC_GPIO, PACKED, "gpio, split" },
		{ TRAFFIC_GPIO, 0, "gpio, packed" },
		{ TRAFFIC_I2C, PACKED, "i2c, split" },
		{ TRAFFIC_I2C, 0, "i2c, packed" },
	};

	return cr_make_param_array(struct traffic_case, cases,
				   VD_ARRAY_SIZE(cases));
}

const char *traffic_daemon(enum traffic_kind kind)
{
	static const char *const names[] = { "rng", "gpio", "i2c" };

	return names[kind];
}

void traffic_start_daemon(struct fixture *fixture, enum traffic_kind kind)
{
	static const char *const args[][3] = {
		{ "--packed-ring=on", NULL },
		{ "--packed-ring=on", "--device-list=s8:s8", NULL },
		{ "--packed-ring=on", "--device-list=sim:80", NULL },
	};

	fixture_start(fixture, traffic_daemon(kind), args[kind]);
}

static uint8_t *request_at(const struct traffic *traffic, size_t place)
{
	return traffic->guest->buf + place * REQUEST_BYTES;
}

static uint8_t *answer_at(const struct traffic *traffic, size_t place)
{
	return traffic->guest->buf + TRAFFIC_DRIVER_BYTES +
	       place * ANSWER_BYTES;
}

/* Each function writes a request, and says how long it and the answer are. */

static void write_rng(uint64_t number, uint32_t *answer_len)
{
	*answer_len = 1 + (uint32_t)(number * 37 % 5000);
}

static void write_gpio(uint64_t number, uint8_t *at, uint32_t *len)
{
	static const uint16_t types[] = { VIRTIO_GPIO_MSG_SET_VALUE,
					  VIRTIO_GPIO_MSG_SET_DIRECTION,
					  VIRTIO_GPIO_MSG_GET_VALUE,
					  VIRTIO_GPIO_MSG_GET_DIRECTION };
	const struct virtio_gpio_request request = {
		.type = htole16(types[number % VD_ARRAY_SIZE(types)]),
		.gpio = htole16((uint16_t)(number / 4 % 8)),
		.value = htole32(number % 4 < 2),
	};

	memcpy(at, &request, sizeof(request));
	*len = sizeof(request);
}

/* A pair is one transfer: write the number somewhere, and read on from there. */
static void write_i2c(uint64_t number, uint8_t *at, uint32_t *len,
		      uint32_t *answer_len)
{
	bool read = number % 2;
	const struct virtio_i2c_out_hdr header = {
		.addr = htole16(CLIENT << 1),
		.flags = htole32(read ? VIRTIO_I2C_FLAGS_M_RD
				      : VIRTIO_I2C_FLAGS_FAIL_NEXT),
	};

	memcpy(at, &header, sizeof(header));
	at[sizeof(header)] = (uint8_t)number;
	at[sizeof(header) + 1] = (uint8_t)number;
	at[sizeof(header) + 2] = (uint8_t)(number >> 8);
	*len = sizeof(header) + (read ? 0 : 3);
	*answer_len = read ? 17 : 1;
}

static void add(struct traffic *traffic, size_t place)
{
	const struct vhu_frontend_queue *queue =
		vhu_frontend_queue(traffic->guest->frontend, 0);
	uint64_t gpa = traffic->guest->gpa, number = traffic->n_asked++;
	uint32_t len = 0, answer_len = 2;
	struct vhu_driver_buffer buffers[2];
	struct vhu_driver_chain chain = { .n_writable = 1 };

	if (traffic->kind == TRAFFIC_RNG)
		write_rng(number, &answer_len);
	else if (traffic->kind == TRAFFIC_GPIO)
		write_gpio(number, request_at(traffic, place), &len);
	else
		write_i2c(number, request_at(traffic, place), &len,
			  &answer_len);

	buffers[0] = (struct vhu_driver_buffer){
		gpa + (uint64_t)place * REQUEST_BYTES, len
	};
	buffers[1] = (struct vhu_driver_buffer){
		gpa + TRAFFIC_DRIVER_BYTES + (uint64_t)place * ANSWER_BYTES,
		answer_len
	};
	chain.n_readable = len ? 1 : 0;
	chain.buffers = buffers + !len;
	chain.token = &traffic->out[place];
	cr_assert_eq(vhu_driver_ring_add(queue->ring, &chain), 0);
	traffic->out[place] = true;
	traffic->numbers[place] = number;
	traffic->n_out++;
}

void traffic_submit(struct traffic *traffic, size_t n)
{
	struct vhu_frontend *frontend = traffic->guest->frontend;

	for (size_t place = 0; n > 0; place++) {
		cr_assert(place < TRAFFIC_MAX_OUT);
		if (traffic->out[place])
			continue;
		add(traffic, place);
		n--;
	}

	if (vhu_driver_ring_publish(vhu_frontend_queue(frontend, 0)->ring))
		cr_assert_eq(vhu_frontend_kick(frontend, 0), 0);
}

static void check_answer(struct traffic *traffic, size_t place, uint32_t len)
{
	const uint8_t *answer = answer_at(traffic, place);
	bool ok = true;

	cr_assert(traffic->out[place], "a request was answered twice");
	traffic->out[place] = false;
	traffic->n_out--;

	cr_assert_gt(len, 0);
	if (traffic->kind == TRAFFIC_GPIO) {
		cr_assert_eq(len, 2);
		ok = answer[0] == VIRTIO_GPIO_STATUS_OK;
	} else if (traffic->kind == TRAFFIC_I2C) {
		cr_assert(len == 1 || len == 17);
		ok = answer[len - 1] == VIRTIO_I2C_MSG_OK;
	}
	traffic->n_errors += !ok;
	if (traffic->answered)
		traffic->answered(traffic->numbers[place], ok);
}

size_t traffic_take(struct traffic *traffic)
{
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(traffic->guest->frontend, 0)->ring;
	struct vhu_driver_used used;
	size_t n = 0;
	int r;

	while ((r = vhu_driver_ring_get(ring, &used)) == 1) {
		check_answer(traffic,
			     (size_t)((bool *)used.token - traffic->out),
			     used.len);
		n++;
	}
	cr_assert_eq(r, 0, "the device gave back what it did not have");

	return n;
}

bool traffic_wait(struct traffic *traffic, size_t n_out)
{
	for (;;) {
		int r;

		traffic_take(traffic);
		if (traffic->n_out <= n_out)
			return true;
		r = vhu_frontend_wait(traffic->guest->frontend, 0);
		if (r == -ECONNRESET)
			return false;
		cr_assert_eq(r, 0, "%s, with %zu requests out", strerror(-r),
			     traffic->n_out);
	}
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_gpio.h>
#include <linux/virtio_i2c.h>
#include <linux/virtio_snd.h>
#include <string.h>

#include "traffic.h"
#include "virtio-devices/util.h"

#define REQUEST_BYTES 64
#define ANSWER_BYTES 8192

/* A request to the sound device, behind all others, and its answer likewise. */
#define CONTROL_REQUEST 4096
#define CONTROL_ANSWER (TRAFFIC_DRIVER_BYTES + TRAFFIC_MAX_OUT * ANSWER_BYTES)

/* A quarter of a millisecond of sound: so fast a stream goes. */
#define PERIOD 48
#define STATUS_BYTES sizeof(struct virtio_snd_pcm_status)

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
		{ TRAFFIC_PLAY, PACKED, "playing, split" },
		{ TRAFFIC_PLAY, 0, "playing, packed" },
		{ TRAFFIC_RECORD, PACKED, "recording, split" },
		{ TRAFFIC_RECORD, 0, "recording, packed" },
	};

	return cr_make_param_array(struct traffic_case, cases,
				   VD_ARRAY_SIZE(cases));
}

const char *traffic_daemon(enum traffic_kind kind)
{
	static const char *const names[] = { "rng", "gpio", "i2c", "sound",
					     "sound" };

	return names[kind];
}

void traffic_start_daemon(struct fixture *fixture, enum traffic_kind kind)
{
	static const char *const args[][3] = {
		{ "--packed-ring=on", NULL },
		{ "--packed-ring=on", "--device-list=s8:s8", NULL },
		{ "--packed-ring=on", "--device-list=sim:80", NULL },
		{ "--packed-ring=on", "--backend=null", NULL },
		{ "--packed-ring=on", "--backend=null", NULL },
	};

	fixture_start(fixture, traffic_daemon(kind), args[kind]);
}

static bool is_sound(enum traffic_kind kind)
{
	return kind == TRAFFIC_PLAY || kind == TRAFFIC_RECORD;
}

bool traffic_may_fail(enum traffic_kind kind)
{
	return kind == TRAFFIC_I2C || is_sound(kind);
}

static unsigned int busy_queue(enum traffic_kind kind)
{
	if (!is_sound(kind))
		return 0;

	return kind == TRAFFIC_PLAY ? VIRTIO_SND_VQ_TX : VIRTIO_SND_VQ_RX;
}

size_t traffic_queues(enum traffic_kind kind,
		      unsigned int queues[TRAFFIC_MAX_QUEUES])
{
	size_t n = 0;

	if (is_sound(kind))
		queues[n++] = VIRTIO_SND_VQ_CONTROL;
	queues[n++] = busy_queue(kind);

	return n;
}

void traffic_start(struct traffic *traffic, uint32_t size)
{
	struct vhu_frontend *frontend = traffic->guest->frontend;
	unsigned int queues[TRAFFIC_MAX_QUEUES];
	size_t n = traffic_queues(traffic->kind, queues);

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(
			vhu_frontend_prepare_queue(frontend, queues[i], size),
			0);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(vhu_frontend_start_queue(frontend, queues[i]), 0);
	traffic_open(traffic);
}

void traffic_stop(struct traffic *traffic)
{
	unsigned int queues[TRAFFIC_MAX_QUEUES];
	size_t n = traffic_queues(traffic->kind, queues);

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(vhu_frontend_stop_queue(traffic->guest->frontend,
						     queues[i]),
			     0);
}

void traffic_resume(struct traffic *traffic)
{
	unsigned int queues[TRAFFIC_MAX_QUEUES];
	size_t n = traffic_queues(traffic->kind, queues);

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(vhu_frontend_start_queue(traffic->guest->frontend,
						      queues[i]),
			     0);
}

static void ask_sound(struct traffic *traffic, const void *request, size_t len)
{
	const struct guest *guest = traffic->guest;
	const struct vhu_driver_buffer buffers[] = {
		{ guest->gpa + CONTROL_REQUEST, (uint32_t)len },
		{ guest->gpa + CONTROL_ANSWER, sizeof(struct virtio_snd_hdr) },
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable = 1 };
	struct vhu_driver_used used;
	struct virtio_snd_hdr answer;

	memcpy(guest->buf + CONTROL_REQUEST, request, len);
	cr_assert_eq(vhu_frontend_exchange(guest->frontend,
					   VIRTIO_SND_VQ_CONTROL, &chain,
					   &used),
		     0);
	memcpy(&answer, guest->buf + CONTROL_ANSWER, sizeof(answer));
	cr_assert_eq(le32toh(answer.code), VIRTIO_SND_S_OK);
}

/* The first stream plays, the second one records. */
static uint32_t stream_of(enum traffic_kind kind)
{
	return htole32(kind == TRAFFIC_RECORD);
}

static void ask_stream(struct traffic *traffic, uint32_t code)
{
	const struct virtio_snd_pcm_hdr request = {
		.hdr.code = htole32(code),
		.stream_id = stream_of(traffic->kind),
	};

	ask_sound(traffic, &request, sizeof(request));
}

void traffic_open(struct traffic *traffic)
{
	const struct virtio_snd_pcm_set_params params = {
		.hdr.hdr.code = htole32(VIRTIO_SND_R_PCM_SET_PARAMS),
		.hdr.stream_id = stream_of(traffic->kind),
		.buffer_bytes = htole32(TRAFFIC_MAX_OUT * PERIOD),
		.period_bytes = htole32(PERIOD),
		.channels = 2,
		.format = VIRTIO_SND_PCM_FMT_S16,
		.rate = VIRTIO_SND_PCM_RATE_48000,
	};

	if (!is_sound(traffic->kind))
		return;

	ask_sound(traffic, &params, sizeof(params));
	ask_stream(traffic, VIRTIO_SND_R_PCM_PREPARE);
	ask_stream(traffic, VIRTIO_SND_R_PCM_START);
}

void traffic_close(struct traffic *traffic)
{
	if (!is_sound(traffic->kind))
		return;

	ask_stream(traffic, VIRTIO_SND_R_PCM_STOP);
	ask_stream(traffic, VIRTIO_SND_R_PCM_RELEASE);
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

/* The samples that are played do not matter to a device that plays nothing. */
static void write_sound(bool plays, uint8_t *at, uint32_t *len,
			uint32_t *answer_len)
{
	const struct virtio_snd_pcm_xfer xfer = { .stream_id =
							  htole32(!plays) };

	memcpy(at, &xfer, sizeof(xfer));
	*len = sizeof(xfer) + (plays ? PERIOD : 0);
	*answer_len = STATUS_BYTES + (plays ? 0 : PERIOD);
}

static struct vhu_driver_ring *busy_ring(const struct traffic *traffic)
{
	return vhu_frontend_queue(traffic->guest->frontend,
				  busy_queue(traffic->kind))
		->ring;
}

static void write_request(const struct traffic *traffic, uint64_t number,
			  uint8_t *at, uint32_t *len, uint32_t *answer_len)
{
	switch (traffic->kind) {
	case TRAFFIC_RNG:
		write_rng(number, answer_len);
		break;
	case TRAFFIC_GPIO:
		write_gpio(number, at, len);
		break;
	case TRAFFIC_I2C:
		write_i2c(number, at, len, answer_len);
		break;
	default:
		write_sound(traffic->kind == TRAFFIC_PLAY, at, len, answer_len);
	}
}

static void add(struct traffic *traffic, size_t place)
{
	uint64_t gpa = traffic->guest->gpa, number = traffic->n_asked++;
	uint32_t len = 0, answer_len = 2;
	struct vhu_driver_buffer buffers[2];
	struct vhu_driver_chain chain = { .n_writable = 1 };

	write_request(traffic, number, request_at(traffic, place), &len,
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
	cr_assert_eq(vhu_driver_ring_add(busy_ring(traffic), &chain), 0);
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

	if (vhu_driver_ring_publish(busy_ring(traffic)))
		cr_assert_eq(
			vhu_frontend_kick(frontend, busy_queue(traffic->kind)),
			0);
}

/* The status is at the end of the room, however much was recorded. */
static bool is_sound_ok(const uint8_t *answer, uint32_t len, uint32_t room)
{
	struct virtio_snd_pcm_status status;

	cr_assert(len == STATUS_BYTES || len == room);
	memcpy(&status, answer + room - STATUS_BYTES, STATUS_BYTES);
	if (le32toh(status.status) == VIRTIO_SND_S_OK)
		return len == room;
	cr_assert_eq(le32toh(status.status), VIRTIO_SND_S_IO_ERR);

	return false;
}

static bool is_ok(const struct traffic *traffic, const uint8_t *answer,
		  uint32_t len)
{
	cr_assert_gt(len, 0);

	switch (traffic->kind) {
	case TRAFFIC_RNG:
		return true;
	case TRAFFIC_GPIO:
		cr_assert_eq(len, 2);
		return answer[0] == VIRTIO_GPIO_STATUS_OK;
	case TRAFFIC_I2C:
		cr_assert(len == 1 || len == 17);
		return answer[len - 1] == VIRTIO_I2C_MSG_OK;
	case TRAFFIC_PLAY:
		return is_sound_ok(answer, len, STATUS_BYTES);
	default:
		return is_sound_ok(answer, len, PERIOD + STATUS_BYTES);
	}
}

static void check_answer(struct traffic *traffic, size_t place, uint32_t len)
{
	bool ok = is_ok(traffic, answer_at(traffic, place), len);

	cr_assert(traffic->out[place], "a request was answered twice");
	traffic->out[place] = false;
	traffic->n_out--;
	traffic->n_answered++;
	traffic->n_errors += !ok;
	if (traffic->answered)
		traffic->answered(traffic->numbers[place], ok);
}

size_t traffic_take(struct traffic *traffic)
{
	struct vhu_driver_ring *ring = busy_ring(traffic);
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
		r = vhu_frontend_wait(traffic->guest->frontend,
				      busy_queue(traffic->kind));
		if (r == -ECONNRESET)
			return false;
		cr_assert_eq(r, 0, "%s, with %zu requests out", strerror(-r),
			     traffic->n_out);
	}
}

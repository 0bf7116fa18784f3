/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "hostile-sound.h"

/* Places in the guest's buffer. */
#define ANSWER_AT 4096U
#define MESSAGE_AT (64U << 10)

size_t sound_n_cases;

/* Send what there is at the beginning of the buffer; returns the status. */
uint32_t sound_ask(uint32_t len, uint32_t room)
{
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa, len },
		{ guest.gpa + ANSWER_AT, room },
	};
	const struct vhu_driver_chain chain = {
		.buffers = buffers + (len == 0),
		.n_readable = len > 0,
		.n_writable = room > 0,
	};
	struct vhu_driver_used used;
	uint32_t status;

	cr_assert_eq(vhu_frontend_exchange(guest.frontend, SOUND_CONTROL,
					   &chain, &used),
		     0);
	cr_assert_leq(used.len, room);
	if (used.len < sizeof(status))
		return 0;
	memcpy(&status, guest.buf + ANSWER_AT, sizeof(status));

	return le32toh(status);
}

struct virtio_snd_pcm_set_params sound_params(uint32_t stream)
{
	return (struct virtio_snd_pcm_set_params){
		.hdr.hdr.code = htole32(VIRTIO_SND_R_PCM_SET_PARAMS),
		.hdr.stream_id = htole32(stream),
		.buffer_bytes = htole32(4 * SOUND_PERIOD),
		.period_bytes = htole32(SOUND_PERIOD),
		.channels = 2,
		.format = VIRTIO_SND_PCM_FMT_S16,
		.rate = VIRTIO_SND_PCM_RATE_48000,
	};
}

/* All requests begin in the same way, so this is one of any code. */
uint32_t sound_ask_pcm(uint32_t code, uint32_t stream)
{
	struct virtio_snd_pcm_set_params request = sound_params(stream);

	request.hdr.hdr.code = htole32(code);
	memcpy(guest.buf, &request, sizeof(request));

	return sound_ask(sizeof(request), 4);
}

void sound_do_pcm(uint32_t code, uint32_t stream)
{
	cr_assert_eq(sound_ask_pcm(code, stream), VIRTIO_SND_S_OK, "%#x", code);
}

/* Returns false if there is no room for it. */
bool sound_add_message(unsigned int index, uint32_t readable, uint32_t writable)
{
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa + MESSAGE_AT, readable },
		{ guest.gpa + MESSAGE_AT + 16 + readable, writable },
	};
	const struct vhu_driver_chain chain = {
		.buffers = buffers + (readable == 0),
		.n_readable = readable > 0,
		.n_writable = writable > 0,
	};
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(guest.frontend, index)->ring;

	if (vhu_driver_ring_add(ring, &chain) < 0)
		return false;
	vhu_driver_ring_publish(ring);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, index), 0);

	return true;
}

void sound_set_stream(uint32_t stream)
{
	const struct virtio_snd_pcm_xfer xfer = { htole32(stream) };

	memcpy(guest.buf + MESSAGE_AT, &xfer, sizeof(xfer));
}

void sound_wait_for_all(unsigned int index)
{
	const struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest.frontend, index);
	struct vhu_driver_used used;

	while (vhu_driver_ring_free_descs(queue->ring) < queue->size) {
		if (vhu_driver_ring_get(queue->ring, &used) == 0)
			cr_assert_eq(vhu_frontend_wait(guest.frontend, index),
				     0);
	}
}

/* Once a stream is released, there are no messages of it. */
void sound_release(uint32_t stream)
{
	(void)sound_ask_pcm(VIRTIO_SND_R_PCM_STOP, stream);
	sound_do_pcm(VIRTIO_SND_R_PCM_RELEASE, stream);
	sound_wait_for_all(stream == SOUND_OUT ? SOUND_TX : SOUND_RX);
}

static void expect_stream(uint32_t stream)
{
	unsigned int index = stream == SOUND_OUT ? SOUND_TX : SOUND_RX;

	sound_release(stream);
	sound_do_pcm(VIRTIO_SND_R_PCM_SET_PARAMS, stream);
	sound_do_pcm(VIRTIO_SND_R_PCM_PREPARE, stream);
	sound_do_pcm(VIRTIO_SND_R_PCM_START, stream);
	sound_set_stream(stream);
	for (int i = 0; i < 3; i++)
		cr_assert(
			stream == SOUND_OUT
				? sound_add_message(index, 4 + SOUND_PERIOD, 8)
				: sound_add_message(index, 4,
						    SOUND_PERIOD + 8));
	sound_wait_for_all(index);
	sound_release(stream);
}

void sound_attack_stop(void)
{
	expect_stream(SOUND_OUT);
	expect_stream(SOUND_IN);
	printf("# sound: %zu cases\n", sound_n_cases);
	attack_stop();
}

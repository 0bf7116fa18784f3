/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <string.h>

#include "tests/sound-driver.h"

struct fake_sound host;
struct fake_queue queues[VIRTIO_SND_VQ_MAX];
struct vd_device *sound;
uint64_t now;

static struct message messages[VIRTIO_SND_VQ_MAX][FAKE_QUEUE_MAX];
static uint8_t next_byte[FAKE_SOUND_STREAMS];

void make_sound(const struct vd_sound_options *options)
{
	cr_assert_eq(vd_sound_new(&host.backend, options, &sound), 0);
	cr_assert_eq(vd_device_set_features(sound, ~0ULL), 0);
	for (unsigned int i = 0; i < VIRTIO_SND_VQ_MAX; i++) {
		fake_queue_init(&queues[i]);
		vd_device_start_queue(sound, i, &queues[i].queue);
	}
}

void setup_sound(void)
{
	now = VD_NSEC_PER_SEC;
	fake_sound_init(&host);
	make_sound(NULL);
}

void teardown_sound(void)
{
	vd_device_free(sound);
}

void remake_sound(const struct vd_sound_options *options)
{
	vd_device_free(sound);
	host.destroyed = false;
	make_sound(options);
}

void stop_queues(void)
{
	for (unsigned int i = 0; i < VIRTIO_SND_VQ_MAX; i++)
		vd_device_stop_queue(sound, i);
}

uint32_t ask(const void *request, size_t size, void *answer, size_t room,
	     size_t *written)
{
	struct fake_request *sent = fake_queue_add(&queues[CONTROL]);
	struct virtio_snd_hdr hdr = { 0 };

	fake_queue_say(sent, request, size);
	fake_queue_room(sent, &hdr, sizeof(hdr));
	if (answer) {
		memset(answer, UNTOUCHED, room);
		fake_queue_room(sent, answer, room);
	}
	vd_device_kick(sound, CONTROL, now);
	cr_assert(sent->done, "a request is answered at once");
	if (written)
		*written = sent->written;

	return le32toh(hdr.code);
}

uint32_t ask_pcm(uint32_t code, uint32_t stream)
{
	struct virtio_snd_pcm_hdr request = {
		.hdr.code = htole32(code),
		.stream_id = htole32(stream),
	};

	return ask(&request, sizeof(request), NULL, 0, NULL);
}

uint32_t query(uint32_t code, uint32_t first, uint32_t count, uint32_t size,
	       void *answer, size_t room, size_t *written)
{
	struct virtio_snd_query_info request = {
		.hdr.code = htole32(code),
		.start_id = htole32(first),
		.count = htole32(count),
		.size = htole32(size),
	};

	return ask(&request, sizeof(request), answer, room, written);
}

struct virtio_snd_pcm_set_params usual_params(uint32_t stream)
{
	return (struct virtio_snd_pcm_set_params){
		.hdr.hdr.code = htole32(VIRTIO_SND_R_PCM_SET_PARAMS),
		.hdr.stream_id = htole32(stream),
		.buffer_bytes = htole32(BUFFER),
		.period_bytes = htole32(PERIOD),
		.channels = 2,
		.format = VIRTIO_SND_PCM_FMT_S16,
		.rate = VIRTIO_SND_PCM_RATE_48000,
	};
}

void prepare(uint32_t stream)
{
	struct virtio_snd_pcm_set_params params = usual_params(stream);

	cr_assert_eq(ask(&params, sizeof(params), NULL, 0, NULL), OK);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_PREPARE, stream), OK);
}

void start(uint32_t stream)
{
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_START, stream), OK);
}

struct message *queue_message(unsigned int index, uint32_t stream, size_t size)
{
	struct message *message = &messages[index][queues[index].n_requests];
	struct fake_request *sent = fake_queue_add(&queues[index]);

	cr_assert(size <= sizeof(message->data));
	memset(message, UNTOUCHED, sizeof(*message));
	*message = (struct message){
		.xfer.stream_id = htole32(stream),
		.size = size,
		.sent = sent,
	};
	fake_queue_say(sent, &message->xfer, sizeof(message->xfer));
	if (index == TX)
		fake_queue_say(sent, message->data, size);
	else
		fake_queue_room(sent, message->data, size);
	fake_queue_room(sent, &message->status, sizeof(message->status));

	return message;
}

struct message *play(uint32_t stream)
{
	struct message *message = queue_message(TX, stream, PERIOD);

	for (size_t i = 0; i < PERIOD; i++)
		message->data[i] = next_byte[stream]++;
	vd_device_kick(sound, TX, now);

	return message;
}

struct message *record(uint32_t stream)
{
	struct message *message = queue_message(RX, stream, PERIOD);

	vd_device_kick(sound, RX, now);

	return message;
}

bool came_back(const struct message *message, uint32_t status)
{
	return message->sent->done && le32toh(message->status.status) == status;
}

bool waits(const struct message *message)
{
	return !message->sent->done;
}

/* Write down when each message came back. */
static void look(void)
{
	for (unsigned int i = TX; i <= RX; i++) {
		for (unsigned int j = 0; j < queues[i].n_requests; j++) {
			struct message *message = &messages[i][j];

			if (message->sent && message->sent->done &&
			    !message->at)
				message->at = now;
		}
	}
}

void pass(uint64_t ns)
{
	uint64_t end = now + ns;

	look();
	while (sound->deadline <= end) {
		now = VD_MAX(now, sound->deadline);
		vd_device_tick(sound, now);
		look();
	}
	now = end;
}

void consume(uint32_t stream, uint64_t position)
{
	vd_sound_consumed(host.sound, stream, position, now);
	look();
}

void lose(uint32_t stream)
{
	host.streams[stream].lost = true;
	host.streams[stream].state = FAKE_SOUND_IDLE;
	vd_sound_lost(host.sound, stream, now);
	look();
}

void find_again(uint32_t stream)
{
	host.streams[stream].lost = false;
	vd_sound_found(host.sound, stream, now);
	look();
}

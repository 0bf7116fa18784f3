/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver's side of a sound device, for the commands of probe-sound.c and
 * probe-sound-bench.c.
 */

#ifndef DAEMONS_PROBE_SOUND_DRIVER_H
#define DAEMONS_PROBE_SOUND_DRIVER_H

#include <linux/virtio_snd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost-user/driver-ring.h"

struct probe;

/* Messages of one stream that are under way at once, at most. */
#define PROBE_SOUND_MAX_MESSAGES 32

/* Entries of an options table: how sound is cut into messages. */
#define PROBE_SOUND_PERIOD(at) \
	{ \
		.name = "period", .type = OPTION_NUMBER, .offset = (at), \
		.value = "MS", .initial = "10", .min = 1, .max = 200, \
		.help = "Put so many milliseconds into a message." \
	}
#define PROBE_SOUND_PERIODS(at) \
	{ \
		.name = "periods", .type = OPTION_NUMBER, .offset = (at), \
		.value = "N", .initial = "4", .min = 2, \
		.max = PROBE_SOUND_MAX_MESSAGES, \
		.help = "Have so many messages of each stream under way." \
	}

/* Events that the device can tell of before somebody listens. */
#define PROBE_SOUND_N_EVENTS 64

/**
 * struct probe_sound_event - room for something that the device tells
 * @event:  what it is
 * @buffer: where the device finds it
 */
struct probe_sound_event {
	struct virtio_snd_event *event;
	struct vhu_driver_buffer buffer;
};

/**
 * struct probe_sound - a sound device
 * @probe:     the back-end
 * @n_jacks:   how many jacks it says that it has
 * @n_streams: how many streams
 * @n_chmaps:  how many channel maps
 * @request:   memory for a request on the control queue
 * @response:  and for the answer
 * @buffers:   where the device finds them
 * @events:    what it tells
 * @n_xruns:   how often it told that a stream ran dry or over
 */
struct probe_sound {
	struct probe *probe;
	uint32_t n_jacks;
	uint32_t n_streams;
	uint32_t n_chmaps;
	uint8_t *request;
	uint8_t *response;
	struct vhu_driver_buffer buffers[2];
	struct probe_sound_event events[PROBE_SOUND_N_EVENTS];
	unsigned int n_xruns;
};

/**
 * struct probe_sound_params - what a stream is to carry
 * @format:   VIRTIO_SND_PCM_FMT_*
 * @channels: how many
 * @hz:       frames a second
 * @frame:    bytes of a frame
 * @period:   bytes in a message
 * @n_periods: messages under way
 * @xruns:    the device is to tell when its stream ran dry; once it is open:
 *            the device can
 */
struct probe_sound_params {
	unsigned int format;
	unsigned int channels;
	uint32_t hz;
	uint32_t frame;
	uint32_t period;
	uint32_t n_periods;
	bool xruns;
};

struct probe_sound_stream;

/**
 * struct probe_sound_message - a message to a stream
 * @stream:  which one
 * @data:    its samples
 * @len:     how many bytes of them there are, or came
 * @latency: as the device says, in bytes
 * @xfer:    for the device to read
 * @status:  for it to write
 * @buffers: where it finds all of them
 */
struct probe_sound_message {
	struct probe_sound_stream *stream;
	uint8_t *data;
	uint32_t len;
	uint32_t latency;
	struct virtio_snd_pcm_xfer *xfer;
	struct virtio_snd_pcm_status *status;
	struct vhu_driver_buffer buffers[3];
};

/**
 * struct probe_sound_stream - a stream
 * @sound:    the device
 * @id:       its number
 * @direction: VIRTIO_SND_D_OUTPUT or _INPUT
 * @params:   what it carries
 * @messages: as many as there are periods
 */
struct probe_sound_stream {
	struct probe_sound *sound;
	uint32_t id;
	unsigned int direction;
	struct probe_sound_params params;
	struct probe_sound_message messages[PROBE_SOUND_MAX_MESSAGES];
};

/**
 * probe_sound_start() - get the device to work
 * @sound: filled in
 * @probe: the back-end
 * @bytes: guest memory for messages, see probe_sound_bytes()
 *
 * Return: 0, or a negative errno after having said why; as all functions here.
 */
int probe_sound_start(struct probe_sound *sound, struct probe *probe,
		      size_t bytes);

/**
 * probe_sound_bytes() - guest memory that a stream's messages take
 * @params: what it carries
 */
size_t probe_sound_bytes(const struct probe_sound_params *params);

/**
 * probe_sound_query() - ask what there is
 * @sound: the device
 * @code:  VIRTIO_SND_R_*_INFO
 * @start: the first of them
 * @count: how many
 * @size:  bytes of each
 * @items: receives @count times @size bytes
 */
int probe_sound_query(struct probe_sound *sound, uint32_t code, uint32_t start,
		      uint32_t count, uint32_t size, void *items);

/**
 * probe_sound_find() - find a stream that can carry something
 * @sound:     the device
 * @direction: VIRTIO_SND_D_*
 * @skip:      take none of the first of this direction
 * @params:    what it is to carry
 * @ret:       its number
 */
int probe_sound_find(struct probe_sound *sound, unsigned int direction,
		     uint32_t skip, const struct probe_sound_params *params,
		     uint32_t *ret);

/**
 * probe_sound_open() - SET_PARAMS and PREPARE
 * @stream: filled in
 * @sound:  the device
 * @direction: VIRTIO_SND_D_*
 * @id:     of the stream
 * @params: what it is to carry
 */
int probe_sound_open(struct probe_sound_stream *stream,
		     struct probe_sound *sound, unsigned int direction,
		     uint32_t id, const struct probe_sound_params *params);

/**
 * probe_sound_request() - START, STOP or RELEASE
 * @stream: open
 * @code:   VIRTIO_SND_R_PCM_*
 */
int probe_sound_request(struct probe_sound_stream *stream, uint32_t code);

/**
 * probe_sound_submit() - hand a message to the device
 * @message: with @data and @len, if it is to be played
 */
int probe_sound_submit(struct probe_sound_message *message);

/**
 * probe_sound_listen() - make room for what the device tells
 * @sound: started
 */
int probe_sound_listen(struct probe_sound *sound);

/**
 * probe_sound_hear() - count what it has told, and make room for more
 * @sound: listens
 */
int probe_sound_hear(struct probe_sound *sound);

/**
 * probe_sound_collect() - wait until one comes back, and listen meanwhile
 * @sound:     the device
 * @direction: of whichever stream
 * @ret:       the message, with its status checked
 */
int probe_sound_collect(struct probe_sound *sound, unsigned int direction,
			struct probe_sound_message **ret);

#endif

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Among the files of the sound device.  Not installed.
 */

#ifndef VIRTIO_DEVICES_SOUND_PRIVATE_H
#define VIRTIO_DEVICES_SOUND_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/device.h"
#include "virtio-devices/sound-backend.h"
#include "virtio-devices/sound-wire.h"
#include "virtio-devices/sound.h"

/* Each stream has a volume and a mute control. */
#define VD_SND_CONTROLS_PER_STREAM 2

/*
 * The most a driver may ask for as a stream's buffer, and have in messages on
 * their way: over 80 ms of the widest stream there is.
 */
#define VD_SND_MAX_BUFFER (16U << 20)

/* What vd_chain.tag is for. */
enum {
	VD_SND_TAG_END,
	VD_SND_TAG_SERIAL,
};

/**
 * struct vd_snd_clock - how far a stream should have got
 * @position: in bytes
 * @fraction: and of the next byte, in parts of VD_NSEC_PER_SEC
 * @at:       when that was so; VD_NEVER: it will be when somebody asks next
 */
struct vd_snd_clock {
	uint64_t position;
	uint64_t fraction;
	uint64_t at;
};

/**
 * vd_snd_clock_advance() - bring a clock up to date
 * @clock: the clock
 * @speed: bytes a second
 * @cap:   it goes no further than this, and back to it if it has
 * @now:   the time; one before the last one counts as the last one
 */
void vd_snd_clock_advance(struct vd_snd_clock *clock, uint64_t speed,
			  uint64_t cap, uint64_t now);

/**
 * vd_snd_clock_when() - when will a clock get to a position?
 * @clock:    the clock, up to date
 * @speed:    bytes a second
 * @position: at most VD_SND_MAX_BUFFER and a period away
 *
 * Return: the first time at which it is there.
 */
uint64_t vd_snd_clock_when(const struct vd_snd_clock *clock, uint64_t speed,
			   uint64_t position);

/**
 * enum vd_snd_state - of a stream, as the driver sees it
 * @VD_SND_NEW:      it has no parameters
 * @VD_SND_SET:      it has, and nothing else; also after RELEASE
 * @VD_SND_PREPARED: messages are taken
 * @VD_SND_RUNNING:  and served
 * @VD_SND_STOPPED:  for a while
 */
enum vd_snd_state {
	VD_SND_NEW,
	VD_SND_SET,
	VD_SND_PREPARED,
	VD_SND_RUNNING,
	VD_SND_STOPPED,
};

/**
 * struct vd_snd_stream - what the device remembers of a stream
 * @id:       its number
 * @index:    its place among those of its direction
 * @info:     what the backend has said
 * @state:    see above
 * @params:   what it carries
 * @xruns:    the driver wants to be told
 * @lost:     its host is away
 * @stalled:  its host hangs
 * @head:     messages held, in order
 * @tail:     the last of them
 * @cursor:   the first that still has bytes to be moved
 * @completed: where the last message ended that went back
 * @queued:   where the last message ends that was taken
 * @moved:    so far bytes were moved, or passed over
 * @given:    of that, how many the backend has had since it was prepared
 * @consumed: playback: so far the host has got
 * @clock:    so far messages may go back
 * @prompt:   the host reports each message, and our clock need not agree
 * @earliest: no message goes back before
 * @next:     and none after that before
 * @progress: when the backend has last got on, or had a reason to
 * @watch:    when to look whether it still does
 * @volume:   in steps
 * @mute:     nothing is to be heard
 *
 * Positions are bytes since the driver said PREPARE.  A message is the bytes
 * from the end of the one before it to its own end, which is in its tag.
 */
struct vd_snd_stream {
	uint32_t id;
	uint32_t index;
	const struct vd_sound_stream_info *info;
	enum vd_snd_state state;
	struct vd_sound_params params;
	bool xruns;
	bool lost;
	bool stalled;
	struct vd_chain *head;
	struct vd_chain *tail;
	struct vd_chain *cursor;
	uint64_t completed;
	uint64_t queued;
	uint64_t moved;
	uint64_t given;
	uint64_t consumed;
	struct vd_snd_clock clock;
	bool prompt;
	uint64_t earliest;
	uint64_t next;
	uint64_t progress;
	uint64_t watch;
	uint32_t volume;
	bool mute;
};

/**
 * struct vd_snd_events - what the driver is still to be told
 * @jacks:   a bit for each jack that has changed
 * @xruns:   a bit for each stream that had one
 * @volumes: a bit for each stream whose volume has changed
 * @mutes:   likewise
 */
struct vd_snd_events {
	uint64_t jacks;
	uint64_t xruns;
	uint64_t volumes;
	uint64_t mutes;
};

/**
 * struct vd_sound - the device
 * @device:    what the transport sees
 * @ops:       its type, with the size of its configuration space
 * @backend:   the host
 * @options:   see there
 * @controls:  the driver has accepted them
 * @connected: a bit for each jack
 * @events:    see above
 * @serial:    for each direction, of the message that was taken last
 * @answered:  for each direction, the highest that has gone back
 * @quiet:     for each direction, kicks are of no use
 * @prepared:  for each direction, a bit for each stream that is prepared, at
 *             least: so that nobody has to look at those that rest
 * @streams:   as many as the backend has
 */
struct vd_sound {
	struct vd_device device;
	struct vd_device_ops ops;
	struct vd_sound_backend *backend;
	struct vd_sound_options options;
	bool controls;
	uint64_t connected;
	struct vd_snd_events events;
	uint64_t serial[2];
	uint64_t answered[2];
	bool quiet[2];
	uint64_t prepared[2];
	struct vd_snd_stream streams[];
};

/* The queue that carries messages of a direction. */
static inline unsigned int vd_snd_queue_of(enum vd_sound_direction direction)
{
	return direction == VD_SOUND_PLAYBACK ? VIRTIO_SND_VQ_TX
					      : VIRTIO_SND_VQ_RX;
}

static inline bool vd_snd_is_playback(const struct vd_snd_stream *stream)
{
	return stream->info->direction == VD_SOUND_PLAYBACK;
}

/* The lowest of the streams whose bits are set, whose bit is cleared. */
static inline struct vd_snd_stream *vd_snd_pick(struct vd_sound *sound,
						uint64_t *bits)
{
	unsigned int i = (unsigned int)__builtin_ctzll(*bits);

	*bits &= *bits - 1;

	return &sound->streams[i];
}

static inline void vd_snd_set_state(struct vd_sound *sound,
				    struct vd_snd_stream *stream,
				    enum vd_snd_state state)
{
	uint64_t *prepared = &sound->prepared[stream->info->direction];

	stream->state = state;
	if (state >= VD_SND_PREPARED)
		*prepared |= 1ULL << stream->id;
	else
		*prepared &= ~(1ULL << stream->id);
}

/* sound.c */

/**
 * vd_snd_schedule() - say when the device wants to be called, and for what
 */
void vd_snd_schedule(struct vd_sound *sound);

/* sound-control.c: requests on the control queue */

/**
 * union vd_snd_request - a request, as far as all of its kind have it
 */
union vd_snd_request {
	struct virtio_snd_hdr hdr;
	struct virtio_snd_query_info query;
	struct virtio_snd_jack_remap remap;
	struct virtio_snd_pcm_hdr pcm;
	struct virtio_snd_pcm_set_params params;
	struct snd_ctl_hdr ctl;
};

/**
 * vd_snd_control_kick() - answer what waits in the control queue
 */
void vd_snd_control_kick(struct vd_sound *sound);

/*
 * A request's handler gets the rest of the request and the room behind the
 * header in @chain, and returns VIRTIO_SND_S_*.  What it wrote counts only if
 * that is OK.
 */
typedef uint32_t vd_snd_handler(struct vd_sound *sound,
				const union vd_snd_request *request,
				struct vd_chain *chain);

/* sound-info.c: what there is */

/**
 * struct vd_snd_items - a kind of things that a driver can ask about
 * @n:        how many there are
 * @min_size: what a driver must want to know of each
 * @write:    write one into the answer, @size bytes of it at most; the rest is
 *            filled up.  Returns how many it wrote
 */
struct vd_snd_items {
	uint32_t n;
	uint32_t min_size;
	size_t (*write)(struct vd_sound *sound, uint32_t id, void *item,
			uint32_t size);
};

/* No kind of item is longer. */
#define VD_SND_MAX_ITEM SND_CTL_INFO_SIZE

/**
 * vd_snd_answer_items() - answer a question about items
 * @items: what kind
 *
 * Return: VIRTIO_SND_S_*.
 */
uint32_t vd_snd_answer_items(struct vd_sound *sound,
			     const struct vd_snd_items *items,
			     const union vd_snd_request *request,
			     struct vd_chain *chain);

vd_snd_handler vd_snd_jack_info, vd_snd_jack_remap, vd_snd_pcm_info,
	vd_snd_chmap_info;

/* sound-pcm.c: the life of a stream */

vd_snd_handler vd_snd_pcm_set_params, vd_snd_pcm_prepare, vd_snd_pcm_release,
	vd_snd_pcm_start, vd_snd_pcm_stop;

/**
 * vd_snd_pcm_features() - the features that all streams offer
 */
uint32_t vd_snd_pcm_features(const struct vd_sound *sound);

/**
 * vd_snd_pcm_restore() - bring a stream to where it was in another process
 * @stream: as new
 * @params: not to be trusted
 * @state:  where it was, but not VD_SND_NEW
 * @ahead:  so many bytes of messages that are to come are done with; not to be
 *          trusted
 *
 * Return: 0, -EBADMSG, or -ENOTSUP if the host cannot do it.
 */
int vd_snd_pcm_restore(struct vd_sound *sound, struct vd_snd_stream *stream,
		       const struct virtio_snd_pcm_set_params *params,
		       enum vd_snd_state state, uint32_t ahead);

/**
 * vd_snd_pcm_drop() - release a stream, with its messages, if it is prepared
 */
void vd_snd_pcm_drop(struct vd_sound *sound, struct vd_snd_stream *stream);

/* sound-format.c */

/**
 * vd_snd_sample_bytes() - the size of a sample
 * @format: VIRTIO_SND_PCM_FMT_*
 *
 * Return: bytes, or 0 if there is no such format or samples are not bytes.
 */
uint32_t vd_snd_sample_bytes(unsigned int format);

/**
 * vd_snd_silence() - make silence
 * @format:   a format that has a size
 * @position: of the first byte in the stream, for it may be within a sample
 * @buf:      receives it
 * @len:      how much
 */
void vd_snd_silence(unsigned int format, uint64_t position, uint8_t *buf,
		    size_t len);

/* sound-elements.c: volumes */

vd_snd_handler vd_snd_ctl_info, vd_snd_ctl_enum_items, vd_snd_ctl_read,
	vd_snd_ctl_write, vd_snd_ctl_tlv_read, vd_snd_ctl_refuse;

/**
 * vd_snd_volume_reset() - as loud as it gets
 */
void vd_snd_volume_reset(struct vd_sound *sound, struct vd_snd_stream *stream);

/**
 * vd_snd_volume_restore() - as loud as it was in another process
 * @volume: not to be trusted
 *
 * Return: 0, or -EBADMSG.
 */
int vd_snd_volume_restore(struct vd_sound *sound, struct vd_snd_stream *stream,
			  uint32_t volume, bool mute);

/**
 * vd_snd_volume_init() - likewise, without telling the backend
 */
void vd_snd_volume_init(struct vd_snd_stream *stream);

/* sound-message.c: messages on the tx and rx queues */

/**
 * vd_snd_take() - take what waits in the queue of a direction
 */
void vd_snd_take(struct vd_sound *sound, enum vd_sound_direction direction);

/**
 * vd_snd_complete() - give the first message of a stream back
 *
 * Bytes that were not moved are passed over.
 */
void vd_snd_complete(struct vd_sound *sound, struct vd_snd_stream *stream);

/**
 * vd_snd_complete_all() - give all messages of a stream back
 */
void vd_snd_complete_all(struct vd_sound *sound, struct vd_snd_stream *stream);

/**
 * vd_snd_let_go() - the queue of a direction stops: hold no chain of it
 */
void vd_snd_let_go(struct vd_sound *sound, enum vd_sound_direction direction);

/* sound-kicks.c: which kicks are wanted */

/**
 * vd_snd_choose_kicks() - say which queues shall be kicked
 */
void vd_snd_choose_kicks(struct vd_sound *sound);

/**
 * vd_snd_look() - take what waits in the queue of a direction, if no kick would
 *                 have told of it
 */
void vd_snd_look(struct vd_sound *sound, enum vd_sound_direction direction);

/* sound-stream.c: between messages and the backend */

/**
 * vd_snd_stream_own_pace() - is it our clock that decides?
 */
bool vd_snd_stream_own_pace(const struct vd_sound *sound,
			    const struct vd_snd_stream *stream);

/**
 * vd_snd_stream_limit() - how far messages could go back, but for the clock
 */
uint64_t vd_snd_stream_limit(const struct vd_sound *sound,
			     const struct vd_snd_stream *stream);

/**
 * vd_snd_stream_advance() - bring the clock of a stream up to date
 */
void vd_snd_stream_advance(struct vd_sound *sound,
			   struct vd_snd_stream *stream);

/**
 * vd_snd_stream_serve() - move what can be moved, complete what is due
 */
void vd_snd_stream_serve(struct vd_sound *sound, struct vd_snd_stream *stream);

/**
 * vd_snd_stream_skip() - count bytes up to @position as moved
 */
void vd_snd_stream_skip(struct vd_snd_stream *stream, uint64_t position);

/**
 * vd_snd_stream_deadline() - when does it have to be served again?
 */
uint64_t vd_snd_stream_deadline(const struct vd_sound *sound,
				struct vd_snd_stream *stream);

/* sound-move.c: bytes */

/**
 * vd_snd_move() - give the backend what there is, or get what it has
 */
void vd_snd_move(struct vd_sound *sound, struct vd_snd_stream *stream);

/**
 * vd_snd_finish() - be done with the first message, whatever the backend does
 */
void vd_snd_finish(struct vd_sound *sound, struct vd_snd_stream *stream);

/* sound-state.c: to another process; see struct vd_device_ops */

size_t vd_snd_state_size(const struct vd_device *device);
void vd_snd_save(struct vd_device *device, struct vd_state_writer *writer);
int vd_snd_load(struct vd_device *device, struct vd_state_reader *reader);

/* sound-events.c */

/**
 * vd_snd_tell() - deliver events, as far as there are buffers for them
 */
void vd_snd_tell(struct vd_sound *sound);

#endif

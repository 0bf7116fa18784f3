/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A stream of the sound device, as a stream of a sound server.
 *
 * The server answers when it likes, or not at all.  So a stream knows what is
 * wanted of it, asks the server for one thing at a time, and goes on when that
 * has been answered: whatever a guest does meanwhile, there is never more than
 * one request of each kind under way.
 */

#ifndef BACKENDS_PULSE_STREAM_H
#define BACKENDS_PULSE_STREAM_H

#include <pulse/context.h>
#include <pulse/operation.h>
#include <pulse/stream.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "backends/pulse-spec.h"
#include "backends/sound-frames.h"
#include "virtio-devices/sound-backend.h"

/**
 * enum vb_pulse_event - what happened to a stream
 * @VB_PULSE_PROGRESS: bytes were consumed or captured, or there is room for more
 * @VB_PULSE_XRUN:     it fell silent, or bytes were dropped
 * @VB_PULSE_VOLUME:   somebody has changed its volume
 * @VB_PULSE_MEND:     vb_pulse_stream_mend() has to be called soon, but not now
 */
enum vb_pulse_event {
	VB_PULSE_PROGRESS,
	VB_PULSE_XRUN,
	VB_PULSE_VOLUME,
	VB_PULSE_MEND,
};

/**
 * struct vb_pulse_stream - a stream
 * @name:      for mixers
 * @device:    the sink or source that it belongs to, or NULL for the default
 * @direction: which way
 * @volumes:   its volume is the guest's affair, too
 * @event:     called when something has happened
 * @pa:        the server's stream, or NULL
 * @stale:     @pa is one that is not wanted any more, but has not come up yet
 * @draining:  one that plays what was promised, and then goes
 * @op:        corking, uncorking or draining of @pa under way, or NULL
 * @draining_op: draining of @draining under way
 * @volume_op: change of the volume under way
 * @info_op:   question for the volume under way
 * @info_again: which has to be asked again
 * @spec:      what @pa carries
 * @params:    what the guest wants
 * @frames:    what is between the guest's bytes and the server's
 * @wanted:    it is prepared or running
 * @running:   it is running
 * @drain:     what it has is to be played before it rests
 * @corked:    as the server was told
 * @starved:   it has fallen silent, which was not told yet
 * @starved_at: behind so many bytes
 * @ready:     @pa has come up, and not failed
 * @beyond:    bytes between the server's buffer and the ear, or the mouth
 * @tlength:   bytes that the server would like to have; 0 while that is unknown
 * @minreq:    it asks for so many at least
 * @room:      and asks for so many now
 * @written:   bytes for the server since it was prepared
 * @consumed:  bytes that the server has used
 * @offset:    bytes that were read already of the fragment that comes next
 * @volume:    in hundredths of a decibel
 * @mute:      nothing is to be heard
 * @volume_set: @volume and @mute are the guest's will; the server's otherwise
 * @volume_new: and the server has to be told
 */
struct vb_pulse_stream {
	char name[32];
	const char *device;
	enum vd_sound_direction direction;
	bool volumes;
	void (*event)(struct vb_pulse_stream *stream,
		      enum vb_pulse_event event);
	pa_stream *pa;
	bool stale;
	pa_stream *draining;
	pa_operation *op;
	pa_operation *draining_op;
	pa_operation *volume_op;
	pa_operation *info_op;
	bool info_again;
	struct vb_pulse_spec spec;
	struct vd_sound_params params;
	struct vb_sound_frames frames;
	bool wanted;
	bool running;
	bool drain;
	bool corked;
	bool starved;
	uint64_t starved_at;
	bool ready;
	uint64_t beyond;
	size_t tlength;
	size_t minreq;
	size_t room;
	uint64_t written;
	uint64_t consumed;
	size_t offset;
	int volume;
	bool mute;
	bool volume_set;
	bool volume_new;
};

/**
 * vb_pulse_stream_prepare() - begin with nothing in it
 * @stream:  with its first members filled in, the rest zero at first
 * @context: connected
 * @params:  what it is to carry
 *
 * Return: 0, -ENOTSUP if servers have nothing like it, or -EIO if the server has
 *         gone.
 */
int vb_pulse_stream_prepare(struct vb_pulse_stream *stream, pa_context *context,
			    const struct vd_sound_params *params);

/**
 * vb_pulse_stream_start() - let it run
 * @stream: prepared
 */
void vb_pulse_stream_start(struct vb_pulse_stream *stream);

/**
 * vb_pulse_stream_stop() - let it rest
 * @stream: running
 * @drain:  when it has played what it has
 */
void vb_pulse_stream_stop(struct vb_pulse_stream *stream, bool drain);

/**
 * vb_pulse_stream_release() - it is not needed any more
 * @stream: a promise to play what it has is kept
 */
void vb_pulse_stream_release(struct vb_pulse_stream *stream);

/**
 * vb_pulse_stream_write() - take bytes to be played
 *
 * Return: as @write of struct vd_sound_backend_ops.
 */
ssize_t vb_pulse_stream_write(struct vb_pulse_stream *stream,
			      const struct iovec *iov, size_t n_iov);

/**
 * vb_pulse_stream_room() - how much does the server ask for?
 * @stream: a playback stream
 *
 * Return: bytes of the server's; 0 if there is no server's stream yet.
 */
size_t vb_pulse_stream_room(const struct vb_pulse_stream *stream);

/**
 * vb_pulse_stream_read() - give bytes that were recorded
 *
 * Return: as @read of struct vd_sound_backend_ops.
 */
ssize_t vb_pulse_stream_read(struct vb_pulse_stream *stream,
			     const struct iovec *iov, size_t n_iov);

/**
 * vb_pulse_stream_position() - how far has the server got?
 * @stream: a playback stream
 *
 * Return: bytes in the guest's format since it was prepared.
 */
uint64_t vb_pulse_stream_position(const struct vb_pulse_stream *stream);

/**
 * vb_pulse_stream_latency() - how much is under way to the ear, or from the mouth
 * @stream: the stream
 *
 * Return: bytes in the guest's format.
 */
uint32_t vb_pulse_stream_latency(const struct vb_pulse_stream *stream);

/**
 * vb_pulse_stream_set_volume() - change its volume
 * @stream: in any state; a later one has it, too
 * @volume: in hundredths of a decibel
 * @mute:   nothing is to be heard
 */
void vb_pulse_stream_set_volume(struct vb_pulse_stream *stream, int volume,
				bool mute);

/**
 * vb_pulse_stream_changed() - the server says that something about it is new
 * @stream: the stream
 * @index:  whose; it may be another one
 */
void vb_pulse_stream_changed(struct vb_pulse_stream *stream, uint32_t index);

/**
 * vb_pulse_stream_mend() - throw away what is of no use any more
 * @stream: the stream
 *
 * Return: false if the server has ended the stream, which was wanted.
 */
bool vb_pulse_stream_mend(struct vb_pulse_stream *stream);

/**
 * vb_pulse_stream_drop() - the server has gone
 * @stream: has nothing of the server's any more, and is not wanted
 */
void vb_pulse_stream_drop(struct vb_pulse_stream *stream);

#endif

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a host's sound system must do for the sound device (virtio 1.3, section
 * 5.14).  Requests go down through these operations; what happens comes back up
 * through vd_sound_*().
 */

#ifndef VIRTIO_DEVICES_SOUND_BACKEND_H
#define VIRTIO_DEVICES_SOUND_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Streams of a sound backend
 *
 * A stream is *idle*, *prepared* or *running*:
 *
 *     idle --prepare--> prepared --start--> running --stop--> prepared
 *     prepared --prepare--> prepared        prepared or running --release--> idle
 *
 * Positions are bytes in the guest's format, counted from @prepare.
 *
 * A playback stream is given bytes with @write from when it is prepared.  It
 * keeps them until it runs; it says with vd_sound_writable() that it has room
 * again, and with vd_sound_consumed() how far the host has got.  The device
 * answers the driver's messages when their bytes were consumed, and makes that
 * even: reports may come in bursts, as the host takes its blocks.
 *
 * What is passed over, because time was lost, is whole frames: a backend that
 * has had part of one is given its rest, though maybe that of a later one.
 *
 * A capture stream says with vd_sound_readable() that there are bytes for @read
 * to fetch.  It keeps a bounded amount of what is not fetched in time, drops
 * what is oldest, and then calls vd_sound_xrun().
 *
 * A host can be away: a server that has not come up yet, was restarted, or had
 * its sink unplugged.  That is no error and no affair of the guest's.  The
 * backend says vd_sound_lost(); no operation but @set_volume is called for the
 * stream any more, and the device goes on by its own clock, playing nothing and
 * recording silence.  When the backend says vd_sound_found(), the device calls
 * @prepare and @start again, as far as the stream had got, with positions that
 * start from 0.
 *
 * A host that hangs needs no attention of the backend: the device notices that
 * nothing is consumed or captured, and goes on as above, until the backend
 * reports progress.
 *
 * No operation blocks or waits for the host; what takes time goes on behind the
 * scenes, and @write and @read say -EAGAIN until then.  An operation does not
 * call up, but for vd_sound_lost(), which every one may do.  All streams
 * are served on one thread.
 */

struct vd_sound;
struct vd_sound_backend;

/* The values are those of virtio 1.3, section 5.14.6.2. */
enum vd_sound_direction {
	VD_SOUND_PLAYBACK = 0,
	VD_SOUND_CAPTURE = 1,
};

/* Bounds of a backend's tables. */
#define VD_SOUND_MAX_STREAMS 64
#define VD_SOUND_MAX_JACKS 64
#define VD_SOUND_MAX_CHMAPS 512
#define VD_SOUND_MAX_CHANNELS 32
#define VD_SOUND_MAX_POSITIONS 18

/* Volumes are in hundredths of a decibel; the lowest of them is silence. */
#define VD_SOUND_VOLUME_MIN (-6000)
#define VD_SOUND_VOLUME_MAX 0

/**
 * struct vd_sound_stream_info - a stream that a backend has
 * @nid:          the function group that it belongs to.  A playback and a
 *                capture stream of one group are one device to the guest
 * @direction:    which way
 * @formats:      a bit for each VIRTIO_SND_PCM_FMT_* that it takes or gives;
 *                none of them compressed or DSD
 * @rates:        a bit for each VIRTIO_SND_PCM_RATE_*
 * @channels_min: at least 1
 * @channels_max: at most VD_SOUND_MAX_CHANNELS
 */
struct vd_sound_stream_info {
	uint32_t nid;
	enum vd_sound_direction direction;
	uint64_t formats;
	uint64_t rates;
	uint8_t channels_min;
	uint8_t channels_max;
};

/**
 * struct vd_sound_jack_info - a jack that a backend has
 * @nid:       the function group that it belongs to
 * @defconf:   pin default configuration, as in High Definition Audio, 7.3.3.31
 * @caps:      pin capabilities, as in High Definition Audio, 7.3.4.9
 * @connected: at the start; then it is vd_sound_jack() that says so
 */
struct vd_sound_jack_info {
	uint32_t nid;
	uint32_t defconf;
	uint32_t caps;
	bool connected;
};

/**
 * struct vd_sound_chmap_info - where the channels of a group's streams go
 * @nid:       the function group
 * @direction: for its streams of this direction
 * @channels:  if they have so many channels
 * @positions: VIRTIO_SND_CHMAP_* of each
 */
struct vd_sound_chmap_info {
	uint32_t nid;
	enum vd_sound_direction direction;
	uint8_t channels;
	uint8_t positions[VD_SOUND_MAX_POSITIONS];
};

/**
 * struct vd_sound_params - what a stream carries
 * @format:       VIRTIO_SND_PCM_FMT_*
 * @rate:         VIRTIO_SND_PCM_RATE_*
 * @channels:     how many
 * @hz:           @rate, in frames a second
 * @frame_bytes:  one sample of each channel
 * @period_bytes: how much one of the driver's messages carries
 * @buffer_bytes: how much is under way at most; a multiple of @period_bytes,
 *                which is a multiple of @frame_bytes
 */
struct vd_sound_params {
	uint8_t format;
	uint8_t rate;
	uint8_t channels;
	uint32_t hz;
	uint32_t frame_bytes;
	uint32_t period_bytes;
	uint32_t buffer_bytes;
};

/**
 * struct vd_sound_backend_ops - a kind of sound system
 * @name:       for messages, e.g. "pulse"
 * @attach:     a device uses these streams from now on, and is to be told of
 *              what happens; NULL if nothing ever does.  May call
 *              vd_sound_lost()
 * @prepare:    get the stream ready, for these parameters, with nothing in it.
 *              It may be prepared already, and then drops what it holds.
 *              Negative errno if the host will never do that: then it is idle,
 *              and the guest is told so.  @params does not outlive the call
 * @start:      let a prepared stream run
 * @stop:       let a running stream rest.  What it holds it keeps for the next
 *              @start, but if @drain is set, it plays that first: the driver
 *              has come to the end
 * @release:    drop what it holds, and what it needed.  Bytes that were not
 *              consumed are not to be heard any more, but for those that a
 *              @stop with drain has promised
 * @write:      take bytes to be played.  They are guest memory, valid during
 *              the call only.  How many were taken, -EAGAIN if there is no room,
 *              or another negative errno: then the stream is lost.  Takes parts
 *              of frames, too
 * @read:       likewise give bytes that were captured
 * @room:       how much the host of a running playback stream is waiting for; 0
 *              if it wants nothing now, whether or not @write would take more.
 *              Before that changes, vd_sound_writable() is called.  NULL if
 *              nobody knows: then the driver kicks for each message
 * @latency:    how many bytes that were written are not heard yet, or that
 *              sounded are not read yet; NULL if there is nothing to say but 0
 * @set_volume: between VD_SOUND_VOLUME_MIN and VD_SOUND_VOLUME_MAX.  In every
 *              state of the stream, and valid for all of them until changed.
 *              NULL if it has no volume; then there are no controls
 * @destroy:    release everything, @backend included
 *
 * Streams are below @n_streams, states and directions as they should be: the
 * device has checked.
 */
struct vd_sound_backend_ops {
	const char *name;
	void (*attach)(struct vd_sound_backend *backend,
		       struct vd_sound *sound);
	int (*prepare)(struct vd_sound_backend *backend, uint32_t stream,
		       const struct vd_sound_params *params);
	void (*start)(struct vd_sound_backend *backend, uint32_t stream);
	void (*stop)(struct vd_sound_backend *backend, uint32_t stream,
		     bool drain);
	void (*release)(struct vd_sound_backend *backend, uint32_t stream);
	ssize_t (*write)(struct vd_sound_backend *backend, uint32_t stream,
			 const struct iovec *iov, size_t n_iov);
	ssize_t (*read)(struct vd_sound_backend *backend, uint32_t stream,
			const struct iovec *iov, size_t n_iov);
	size_t (*room)(struct vd_sound_backend *backend, uint32_t stream);
	uint32_t (*latency)(struct vd_sound_backend *backend, uint32_t stream);
	void (*set_volume)(struct vd_sound_backend *backend, uint32_t stream,
			   int volume, bool mute);
	void (*destroy)(struct vd_sound_backend *backend);
};

/**
 * struct vd_sound_backend - the part of a sound system that the device can see
 * @ops:       its kind
 * @clockless: it has no pace of its own, such as a file or nothing at all.
 *             Then the device's clock sets the pace: it calls @write and @read
 *             when the time has come for the bytes, one period at a time or so,
 *             only while the stream runs, and needs no up-call.  What @write
 *             does not take is lost, and what @read does not give is silence
 * @streams:   what it has; all tables last as long as the backend
 * @n_streams: 1 to VD_SOUND_MAX_STREAMS
 * @jacks:     likewise
 * @n_jacks:   at most VD_SOUND_MAX_JACKS
 * @chmaps:    likewise
 * @n_chmaps:  at most VD_SOUND_MAX_CHMAPS
 *
 * Embed it first in your own structure, and recover that with container_of().
 */
struct vd_sound_backend {
	const struct vd_sound_backend_ops *ops;
	bool clockless;
	const struct vd_sound_stream_info *streams;
	uint32_t n_streams;
	const struct vd_sound_jack_info *jacks;
	uint32_t n_jacks;
	const struct vd_sound_chmap_info *chmaps;
	uint32_t n_chmaps;
};

/* How many VIRTIO_SND_PCM_RATE_* there are, with those that virtio 1.4 adds. */
#define VD_SOUND_N_RATES 16

/**
 * vd_sound_rate_hz() - frames a second
 * @rate: VIRTIO_SND_PCM_RATE_*, or anything else
 *
 * Return: how many, or 0 if there is no such rate.
 */
uint32_t vd_sound_rate_hz(unsigned int rate);

/**
 * vd_sound_writable() - a playback stream takes bytes again
 * @sound:  the device, as it was given to @attach
 * @stream: which stream; may be in any state
 * @now:    what time it is, as vd_device_kick() is told
 *
 * Needed after @write took less than was offered.  The device calls @write from
 * within.
 */
void vd_sound_writable(struct vd_sound *sound, uint32_t stream, uint64_t now);

/**
 * vd_sound_readable() - a capture stream has bytes
 * @sound:  the device
 * @stream: which stream; may be in any state
 * @now:    what time it is
 *
 * Needed whenever more has come.  The device calls @read from within, as long
 * as the driver has room.
 */
void vd_sound_readable(struct vd_sound *sound, uint32_t stream, uint64_t now);

/**
 * vd_sound_consumed() - the host has used bytes of a playback stream
 * @sound:    the device
 * @stream:   which stream; may be in any state
 * @position: so many since @prepare.  At most what was written; less than the
 *            last time changes nothing
 * @now:      what time it is
 *
 * To be called about once for each period, or more often.  If it changes
 * something, the device calls @write from within, as in vd_sound_writable().
 */
void vd_sound_consumed(struct vd_sound *sound, uint32_t stream,
		       uint64_t position, uint64_t now);

/**
 * vd_sound_xrun() - a running stream fell silent, or dropped bytes
 * @sound:  the device
 * @stream: which stream; may be in any state
 *
 * The driver is told, if it wants to be.
 */
void vd_sound_xrun(struct vd_sound *sound, uint32_t stream);

/**
 * vd_sound_lost() - the host of a stream has gone away
 * @sound:  the device
 * @stream: which stream; idle from now on, as far as the backend is concerned
 * @now:    what time it is
 *
 * In every state of the stream, and no harm if it is lost already.
 */
void vd_sound_lost(struct vd_sound *sound, uint32_t stream, uint64_t now);

/**
 * vd_sound_found() - the host of a lost stream is there again
 * @sound:  the device
 * @stream: which stream; no harm if it was not lost
 * @now:    what time it is
 *
 * The device calls @prepare, @write and @start from within, as far as the
 * driver has got.
 */
void vd_sound_found(struct vd_sound *sound, uint32_t stream, uint64_t now);

/**
 * vd_sound_jack() - something was plugged in or pulled out
 * @sound:     the device
 * @jack:      where; below @n_jacks
 * @connected: which of them
 */
void vd_sound_jack(struct vd_sound *sound, uint32_t jack, bool connected);

/**
 * vd_sound_volume_changed() - somebody on the host has changed a volume
 * @sound:  the device
 * @stream: whose
 * @volume: in hundredths of a decibel; brought within the bounds
 * @mute:   nothing is to be heard, whatever the volume
 */
void vd_sound_volume_changed(struct vd_sound *sound, uint32_t stream,
			     int volume, bool mute);

#ifdef __cplusplus
}
#endif

#endif

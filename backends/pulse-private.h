/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the files about streams of a sound server share.
 */

#ifndef BACKENDS_PULSE_PRIVATE_H
#define BACKENDS_PULSE_PRIVATE_H

#include <pulse/operation.h>
#include <stdbool.h>

struct vb_pulse_stream;

/**
 * vb_pulse_forget() - do not wait for an answer any more
 * @op: what was asked, or NULL; becomes NULL
 */
void vb_pulse_forget(pa_operation **op);

/**
 * vb_pulse_answered() - it has come
 * @op: what was asked; becomes NULL
 */
void vb_pulse_answered(pa_operation **op);

/**
 * vb_pulse_stream_is_ready() - is there something that works?
 * @stream: the stream
 */
bool vb_pulse_stream_is_ready(const struct vb_pulse_stream *stream);

/**
 * vb_pulse_stream_tell_volume() - tell the server of the guest's volume, or ask
 * @stream: has just become ready
 */
void vb_pulse_stream_tell_volume(struct vb_pulse_stream *stream);

/**
 * vb_pulse_stream_watch_bytes() - learn what the server says of the bytes
 * @stream: has a new stream of the server's
 */
void vb_pulse_stream_watch_bytes(struct vb_pulse_stream *stream);

#endif

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sound device (virtio 1.3, section 5.14).
 */

#ifndef VIRTIO_DEVICES_SOUND_H
#define VIRTIO_DEVICES_SOUND_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_device;
struct vd_sound_backend;

/**
 * struct vd_sound_options - what a device offers beside streams
 * @controls: a volume and a mute control for each stream
 *            (VIRTIO_SND_F_CTLS), if the backend has volumes.  The
 *            configuration space grows from 12 bytes to 16, which not every
 *            front-end expects
 * @xruns:    an event when the host's end of a stream runs dry or over
 *            (VIRTIO_SND_PCM_F_EVT_XRUNS).  Programs in the guest may take
 *            that for a reason to start over
 */
struct vd_sound_options {
	bool controls;
	bool xruns;
};

/**
 * vd_sound_new() - make a sound device
 * @backend: whose streams it has; owned by the device on success
 * @options: copied; NULL for none
 * @ret:     the device
 *
 * The device needs the time: somebody has to call vd_device_tick().
 *
 * Return: 0, -EINVAL if a table of the backend makes no sense, or -ENOMEM.
 */
int vd_sound_new(struct vd_sound_backend *backend,
		 const struct vd_sound_options *options,
		 struct vd_device **ret);

#ifdef __cplusplus
}
#endif

#endif

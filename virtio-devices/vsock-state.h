/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What travels to another process: which connections the guest knows.  None of
 * them can go on there, and the guest has to be told so.
 */

#ifndef VIRTIO_DEVICES_VSOCK_STATE_H
#define VIRTIO_DEVICES_VSOCK_STATE_H

#include <stddef.h>

struct vd_device;
struct vd_state_reader;
struct vd_state_writer;

/* See struct vd_device_ops. */
size_t vd_vsock_state_size(const struct vd_device *device);
void vd_vsock_save(struct vd_device *device, struct vd_state_writer *writer);
int vd_vsock_load(struct vd_device *device, struct vd_state_reader *reader);

#endif

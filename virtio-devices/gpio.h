/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * GPIO device (virtio 1.3, section 5.16).
 */

#ifndef VIRTIO_DEVICES_GPIO_H
#define VIRTIO_DEVICES_GPIO_H

#ifdef __cplusplus
extern "C" {
#endif

struct vd_device;
struct vd_gpio_backend;

/**
 * vd_gpio_new() - make a GPIO device
 * @backend: whose lines it has; at least one; owned by the device on success
 * @ret:     the device
 *
 * Interrupts on levels are made from edges: a level is looked at when its
 * interrupt is unmasked, and again when the line changes.
 *
 * Return: 0, -EINVAL if there is no line, or -ENOMEM.
 */
int vd_gpio_new(struct vd_gpio_backend *backend, struct vd_device **ret);

#ifdef __cplusplus
}
#endif

#endif

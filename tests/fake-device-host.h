/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Who drives a device, and is told that its state is another one.
 */

#ifndef TESTS_FAKE_DEVICE_HOST_H
#define TESTS_FAKE_DEVICE_HOST_H

#include "virtio-devices/device.h"

/**
 * struct fake_device_host - counts
 * @host:   what the device knows
 * @n_news: how often it has said so
 */
struct fake_device_host {
	struct vd_device_host host;
	unsigned int n_news;
};

static inline void fake_device_host_schedule(struct vd_device_host *host,
					     uint32_t kick, uint64_t deadline)
{
	(void)host;
	(void)kick;
	(void)deadline;
}

static inline void fake_device_host_changed(struct vd_device_host *host)
{
	struct fake_device_host *fake = (struct fake_device_host *)host;

	fake->n_news++;
}

/* From now on it drives @device. */
static inline void fake_device_host_init(struct fake_device_host *fake,
					 struct vd_device *device)
{
	*fake = (struct fake_device_host){
		.host = { .schedule = fake_device_host_schedule,
			  .changed = fake_device_host_changed },
	};
	device->host = &fake->host;
}

#endif

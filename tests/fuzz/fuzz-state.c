/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The state of a device, from somebody who means it no good.  The input is taken
 * as it is, and once more as records with a good header, which no fuzzer would
 * find.  A state that is accepted has to be written again, and be accepted.
 */

#include <string.h>

#include "backends/gpio-sim.h"
#include "virtio-devices/device.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/gpio.h"
#include "virtio-devices/state.h"
#include "virtio-devices/util.h"

#define N_LINES 8

static void load(struct vd_device *device, const void *state, size_t len)
{
	uint8_t buf[VD_STATE_HEADER + VD_STATE_RECORD + 4 * N_LINES];

	if (vd_device_load(device, state, len) < 0)
		return;
	len = vd_device_save(device, buf, sizeof(buf));
	if (vd_device_load(device, buf, len) < 0)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t state[8192];
	struct vd_state_writer writer;
	struct vd_gpio_backend *backend;
	struct vd_device *device;
	size_t len;

	if (vb_gpio_sim_new(N_LINES, false, &backend) < 0 ||
	    vd_gpio_new(backend, &device) < 0)
		__builtin_trap();

	load(device, data, size);

	vd_state_begin(&writer, state, sizeof(state));
	size = VD_MIN(size, sizeof(state) - VD_STATE_HEADER);
	memcpy(state + VD_STATE_HEADER, data, size);
	writer.used += size;
	if (vd_state_end(&writer, (uint16_t)device->ops->id, &len) == 0)
		load(device, state, len);

	vd_device_free(device);

	return 0;
}

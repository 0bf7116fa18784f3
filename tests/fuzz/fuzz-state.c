/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The state of a device, from somebody who means it no good.  The first byte
 * tells which device.  The rest is taken as it is, and once more as records with
 * a good header, which no fuzzer would find.  A state that is accepted has to be
 * written again, and be accepted.
 */

#include <string.h>

#include "tests/fuzz/fuzz-types.h"
#include "virtio-devices/device.h"
#include "virtio-devices/state.h"
#include "virtio-devices/util.h"

static void load(struct vd_device *device, const void *state, size_t len)
{
	static uint8_t buf[VD_STATE_MAX];

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
	struct vd_device *device;
	size_t len;

	if (size < 1)
		return 0;
	device = fuzz_types[data[0] % FUZZ_N_TYPES].make();
	if (!device)
		return 0;
	data++;
	size--;

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

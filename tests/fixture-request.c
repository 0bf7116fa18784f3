/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <endian.h>
#include <linux/virtio_i2c.h>
#include <string.h>

#include "fixture-request.h"
#include "virtio-devices/util.h"

static void write_rng(struct guest *guest, struct request *ret)
{
	*ret = (struct request){
		.buffers = { { guest->gpa, 64 } },
		.n_writable = 1,
		.used = 64,
	};
}

/* Read four bytes of the simulated EEPROM. */
static void write_i2c(struct guest *guest, struct request *ret)
{
	const struct virtio_i2c_out_hdr header = {
		.addr = htole16(0x50 << 1),
		.flags = htole32(VIRTIO_I2C_FLAGS_M_RD),
	};

	memcpy(guest->buf, &header, sizeof(header));
	*ret = (struct request){
		.buffers = { { guest->gpa, sizeof(header) },
			     { guest->gpa + 64, 4 },
			     { guest->gpa + 128, 1 } },
		.n_readable = 1,
		.n_writable = 2,
		.used = 5,
	};
}

#ifdef HAVE_GPIOD
#include <linux/virtio_gpio.h>

/* Ask for the direction of the first line. */
static void write_gpio(struct guest *guest, struct request *ret)
{
	const struct virtio_gpio_request header = {
		.type = htole16(VIRTIO_GPIO_MSG_GET_DIRECTION),
	};

	memcpy(guest->buf, &header, sizeof(header));
	*ret = (struct request){
		.buffers = { { guest->gpa, sizeof(header) },
			     { guest->gpa + 64, 2 } },
		.n_readable = 1,
		.n_writable = 1,
		.used = 2,
	};
}
#endif

const struct device_type device_types[] = {
	{ "rng", { NULL }, 0, write_rng },
	{ "i2c", { "-l", "sim:0x50", NULL }, 0, write_i2c },
#ifdef HAVE_GPIOD
	{ "gpio", { "-l", "s8:s8", NULL }, 0, write_gpio },
#endif
};
const size_t n_device_types = VD_ARRAY_SIZE(device_types);

struct vhu_driver_chain request_chain(size_t type, struct guest *guest,
				      struct request *request)
{
	device_types[type].write(guest, request);

	return (struct vhu_driver_chain){
		.buffers = request->buffers,
		.n_readable = request->n_readable,
		.n_writable = request->n_writable,
	};
}

/* Where there is a status it is the last byte, or the first; and 0 is success. */
void guest_request(struct guest *guest, size_t type)
{
	struct request request;
	const struct vhu_driver_chain chain =
		request_chain(type, guest, &request);
	struct vhu_driver_used used;

	guest->buf[64] = guest->buf[128] = 0xff;
	cr_assert_eq(vhu_frontend_exchange(guest->frontend,
					   device_types[type].queue, &chain,
					   &used),
		     0, "%s does not answer", device_types[type].name);
	cr_assert_eq(used.len, request.used);
	if (request.n_writable == 2)
		cr_assert_eq(guest->buf[128], 0);
	else if (request.n_readable)
		cr_assert_eq(guest->buf[64], 0);
}

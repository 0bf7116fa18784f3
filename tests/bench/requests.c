/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <endian.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/requests.h"
#include "vhost-user/driver-ring.h"
#include "vhost-user/guest-memory.h"

#define MAX_REQUESTS 8

/* Neither VIRTIO_GPIO_STATUS_OK nor VIRTIO_I2C_MSG_OK. */
#define UNANSWERED 0xff

#define CACHE_LINE 64
#define CLIENT 0x50

/**
 * struct request - a request, and where its answer says how it went
 * @buffers: of its chain: one to be read, and one to be written
 * @status:  in guest memory
 */
struct request {
	struct vhu_driver_buffer buffers[2];
	uint8_t *status;
};

static struct request requests[MAX_REQUESTS];
static size_t n_requests;

/* Make a request of so many bytes, with so much room for the answer. */
static struct request *make(struct vhu_guest_memory *memory,
			    struct vhu_driver_chain *chain, const void *out,
			    uint32_t out_len, uint32_t in_len)
{
	struct request *request = &requests[n_requests++];
	void *p;

	p = vhu_guest_memory_alloc(memory, out_len, CACHE_LINE,
				   &request->buffers[0].gpa);
	request->status = vhu_guest_memory_alloc(memory, in_len, CACHE_LINE,
						 &request->buffers[1].gpa);
	if (!p || !request->status)
		bench_die("the guest's memory is too small", 0);

	memcpy(p, out, out_len);
	memset(request->status, UNANSWERED, in_len);
	request->buffers[0].len = out_len;
	request->buffers[1].len = in_len;
	*chain = (struct vhu_driver_chain){
		.buffers = request->buffers,
		.n_readable = 1,
		.n_writable = 1,
	};

	return request;
}

void requests_get_value(struct vhu_guest_memory *memory,
			struct vhu_driver_chain *chains, uint32_t n)
{
	const struct virtio_gpio_request get = {
		.type = htole16(VIRTIO_GPIO_MSG_GET_VALUE),
	};

	n_requests = 0;
	while (n_requests < n)
		make(memory, &chains[n_requests], &get, sizeof(get),
		     sizeof(struct virtio_gpio_response));
}

/* The status of an I2C request comes last. */
void requests_transfer(struct vhu_guest_memory *memory,
		       struct vhu_driver_chain *chains, uint32_t n)
{
	const struct {
		struct virtio_i2c_out_hdr header;
		uint8_t reg;
	} write = { .header = { .addr = htole16(CLIENT << 1),
				.flags =
					htole32(VIRTIO_I2C_FLAGS_FAIL_NEXT) } };
	const struct virtio_i2c_out_hdr read = {
		.addr = htole16(CLIENT << 1),
		.flags = htole32(VIRTIO_I2C_FLAGS_M_RD),
	};

	n_requests = 0;
	while (n_requests < n) {
		make(memory, &chains[n_requests], &write,
		     sizeof(write.header) + sizeof(write.reg), 1);
		make(memory, &chains[n_requests], &read, sizeof(read), 3)
			->status += 2;
	}
}

void requests_check(void)
{
	for (size_t i = 0; i < n_requests; i++) {
		if (*requests[i].status != 0)
			bench_die("a request has failed", 0);
	}
}

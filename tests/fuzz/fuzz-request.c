/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <linux/virtio_gpio.h>
#include <linux/virtio_i2c.h>
#include <linux/virtio_vsock.h>
#include <string.h>

#include "tests/fuzz/fuzz-input.h"
#include "tests/fuzz/fuzz-request.h"
#include "virtio-devices/sound-wire.h"
#include "virtio-devices/util.h"

#define GUEST_CID 3
#define HOST_CID 2

void fuzz_traffic_note(struct fuzz_traffic *traffic,
		       const struct virtio_vsock_hdr *header)
{
	if (le16toh(header->op) == VIRTIO_VSOCK_OP_RW)
		traffic->received[le32toh(header->dst_port) % FUZZ_N_PORTS] +=
			le32toh(header->len);
}

static uint32_t choose_credit(struct fuzz_input *input)
{
	static const uint32_t sizes[] = { 65536, 0, 100, UINT32_MAX };

	return sizes[fuzz_input_u8(input) % VD_ARRAY_SIZE(sizes)];
}

/* Between a few ports; tests/fuzz/fuzz-vsock-host.c says what the host's do. */
static size_t vsock_packet(struct fuzz_input *input,
			   const struct fuzz_traffic *traffic, uint8_t *said)
{
	uint8_t op = fuzz_input_u8(input), ports = fuzz_input_u8(input);
	uint32_t guest_port = ports % FUZZ_N_PORTS;
	size_t len = op & 128 ? fuzz_input_size(input) : 0;
	struct virtio_vsock_hdr header = {
		.src_cid = htole64(GUEST_CID),
		.dst_cid = htole64(HOST_CID),
		.src_port = htole32(guest_port),
		.dst_port = htole32(ports / FUZZ_N_PORTS),
		.len = htole32((uint32_t)len),
		.type = htole16(op & 64 ? VIRTIO_VSOCK_TYPE_SEQPACKET
					: VIRTIO_VSOCK_TYPE_STREAM),
		.op = htole16(op & 15),
		.buf_alloc = htole32(choose_credit(input)),
		.fwd_cnt = htole32(traffic->received[guest_port]),
	};

	if (op & 32)
		header.flags = htole32(fuzz_input_u8(input));
	if (op & 16)
		header.fwd_cnt = htole32(fuzz_input_u16(input));
	memcpy(said, &header, sizeof(header));
	(void)fuzz_input_bytes(input, said + sizeof(header), len);

	return sizeof(header) + len;
}

static size_t sound_params(struct fuzz_input *input, uint8_t *said)
{
	uint32_t period = 16U * fuzz_input_u8(input);
	struct virtio_snd_pcm_set_params params = {
		.hdr.hdr.code = htole32(VIRTIO_SND_R_PCM_SET_PARAMS),
		.hdr.stream_id = htole32(fuzz_input_u8(input) & 7),
		.buffer_bytes = htole32(period * (fuzz_input_u8(input) & 7)),
		.period_bytes = htole32(period),
		.channels = fuzz_input_u8(input),
		.format = fuzz_input_u8(input),
		.rate = fuzz_input_u8(input),
	};

	memcpy(said, &params, sizeof(params));

	return sizeof(params);
}

/* A code, a number of whatever it is about, and what the fuzzer adds. */
static size_t sound_control(struct fuzz_input *input, uint8_t *said)
{
	static const uint32_t codes[] = {
		VIRTIO_SND_R_PCM_SET_PARAMS,
		VIRTIO_SND_R_PCM_PREPARE,
		VIRTIO_SND_R_PCM_START,
		VIRTIO_SND_R_PCM_STOP,
		VIRTIO_SND_R_PCM_RELEASE,
		VIRTIO_SND_R_PCM_INFO,
		VIRTIO_SND_R_JACK_INFO,
		VIRTIO_SND_R_JACK_REMAP,
		VIRTIO_SND_R_CHMAP_INFO,
		SND_R_CTL_INFO,
		SND_R_CTL_ENUM_ITEMS,
		SND_R_CTL_READ,
		SND_R_CTL_WRITE,
		SND_R_CTL_TLV_READ,
		SND_R_CTL_TLV_WRITE,
		SND_R_CTL_TLV_COMMAND,
	};
	uint32_t code = codes[fuzz_input_u8(input) % VD_ARRAY_SIZE(codes)];
	struct virtio_snd_query_info query;

	if (code == VIRTIO_SND_R_PCM_SET_PARAMS)
		return sound_params(input, said);

	query = (struct virtio_snd_query_info){
		.hdr.code = htole32(code),
		.start_id = htole32(fuzz_input_u8(input) & 15),
		.count = htole32(fuzz_input_u8(input)),
		.size = htole32(fuzz_input_u8(input)),
	};
	memcpy(said, &query, sizeof(query));

	switch (code) {
	case VIRTIO_SND_R_PCM_INFO:
	case VIRTIO_SND_R_JACK_INFO:
	case VIRTIO_SND_R_JACK_REMAP:
	case VIRTIO_SND_R_CHMAP_INFO:
	case SND_R_CTL_INFO:
	case SND_R_CTL_WRITE:
		return sizeof(query);
	default:
		return sizeof(struct virtio_snd_pcm_hdr);
	}
}

/* Nobody looks at the frames, so these are no part of the input. */
static size_t sound_frames(struct fuzz_input *input, uint8_t *said)
{
	uint32_t stream = htole32(fuzz_input_u8(input) & 7);
	size_t len = fuzz_input_size(input);

	memcpy(said, &stream, sizeof(stream));
	memset(said + sizeof(stream), 0, len);

	return sizeof(stream) + len;
}

static size_t i2c_message(struct fuzz_input *input, uint8_t *said)
{
	static const uint16_t addresses[] = { 0x50, 0x20, 0x51, 0x52 };
	uint8_t choice = fuzz_input_u8(input);
	struct virtio_i2c_out_hdr header = {
		.addr = htole16((uint16_t)(addresses[choice & 3] << 1)),
		.flags = htole32(choice >> 2),
	};

	memcpy(said, &header, sizeof(header));

	return sizeof(header) + fuzz_input_bytes(input, said + sizeof(header),
						 fuzz_input_size(input));
}

static size_t gpio_request(struct fuzz_input *input, unsigned int queue,
			   uint8_t *said)
{
	uint8_t choice = fuzz_input_u8(input);
	struct virtio_gpio_request request = {
		.type = htole16(choice & 7),
		.gpio = htole16(choice >> 3 & 15),
		.value = htole32(fuzz_input_u8(input) & 7),
	};

	/* On the event queue, a line is all there is. */
	if (queue == 1) {
		memcpy(said, &request.gpio, sizeof(request.gpio));
		return sizeof(request.gpio);
	}
	memcpy(said, &request, sizeof(request));

	return sizeof(request);
}

static size_t anything(struct fuzz_input *input, uint8_t *said)
{
	return fuzz_input_bytes(input, said, fuzz_input_size(input));
}

static size_t likely(struct fuzz_input *input, enum fuzz_type_number type,
		     unsigned int queue, const struct fuzz_traffic *traffic,
		     uint8_t *said)
{
	switch (type) {
	case FUZZ_I2C:
		return i2c_message(input, said);
	case FUZZ_GPIO:
		return gpio_request(input, queue, said);
	case FUZZ_VSOCK:
		return queue == 1 ? vsock_packet(input, traffic, said) : 0;
	case FUZZ_SOUND:
	case FUZZ_CLOCKLESS_SOUND:
		if (queue == VIRTIO_SND_VQ_CONTROL)
			return sound_control(input, said);
		return queue == VIRTIO_SND_VQ_EVENT ? 0
						    : sound_frames(input, said);
	default:
		return 0;
	}
}

size_t fuzz_request(struct fuzz_input *input, enum fuzz_type_number type,
		    unsigned int queue, const struct fuzz_traffic *traffic,
		    uint8_t *said)
{
	if (fuzz_input_u8(input) % 16 == 15)
		return anything(input, said);

	return likely(input, type, queue, traffic, said);
}

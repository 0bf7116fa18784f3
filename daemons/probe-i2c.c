/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "i2c ...": talk to the devices at an I2C adapter.
 */

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <linux/virtio_i2c.h>
#include <stdio.h>
#include <string.h>

#include "daemons/log.h"
#include "daemons/probe-i2c-messages.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"
#include "virtio-devices/util.h"

/* A message has three descriptors at most; a ring is a power of two. */
#define RING_SIZE 128

/* The device has not got there: neither VIRTIO_I2C_MSG_OK nor _ERR. */
#define STATUS_MISSING 0xff

/* Addresses that are not reserved for special purposes. */
#define FIRST_ADDR 0x08
#define LAST_ADDR 0x77

/**
 * struct slot - guest memory for a message, used again for the next transfer
 * @header: for the device to read
 * @data:   PROBE_I2C_MAX_LEN bytes, for it to read or to write
 * @status: for it to write
 * @header_at: where the device finds them
 * @data_at:   likewise
 * @status_at: likewise
 */
struct slot {
	struct virtio_i2c_out_hdr *header;
	uint8_t *data;
	struct virtio_i2c_in_hdr *status;
	struct vhu_driver_buffer header_at;
	struct vhu_driver_buffer data_at;
	struct vhu_driver_buffer status_at;
};

/**
 * struct adapter - the device at work
 * @probe: the back-end
 * @slots: @n_slots of them, as many as each transfer has messages
 */
struct adapter {
	struct probe *probe;
	struct slot slots[PROBE_I2C_MAX_MESSAGES];
	size_t n_slots;
};

/* The transfer that the command line asks for. */
static struct probe_i2c_transfer transfer;

static int start(struct adapter *adapter, struct probe *probe, size_t n_slots)
{
	const uint64_t zero_length = VD_BIT(VIRTIO_I2C_F_ZERO_LENGTH_REQUEST);
	const struct probe_device device = {
		.features = zero_length,
		.n_queues = 1,
		.size = RING_SIZE,
		.bytes = n_slots * (PROBE_I2C_MAX_LEN + 128),
	};
	int r;

	if (!(vhu_frontend_features(probe->frontend)->offered & zero_length)) {
		log_error(probe->name,
			  "the back-end does not offer ZERO_LENGTH_REQUEST, "
			  "which it must; is it an I2C adapter?");
		return -EOPNOTSUPP;
	}

	r = probe_start(probe, &device);
	if (r < 0)
		return r;

	*adapter = (struct adapter){ .probe = probe, .n_slots = n_slots };
	for (size_t i = 0; i < n_slots; i++) {
		struct slot *slot = &adapter->slots[i];

		slot->header = probe_alloc(probe, sizeof(*slot->header),
					   &slot->header_at);
		slot->data =
			probe_alloc(probe, PROBE_I2C_MAX_LEN, &slot->data_at);
		slot->status = probe_alloc(probe, sizeof(*slot->status),
					   &slot->status_at);
	}

	return 0;
}

static int add_message(struct vhu_driver_ring *ring, struct slot *slot,
		       const struct probe_i2c_message *message, bool last)
{
	struct vhu_driver_buffer buffers[3] = { slot->header_at };
	struct vhu_driver_chain chain = {
		.buffers = buffers,
		.n_readable = 1,
		.n_writable = 1,
	};
	size_t n = 1;

	*slot->header = (struct virtio_i2c_out_hdr){
		.addr = htole16((uint16_t)(message->addr << 1)),
		.flags = htole32((last ? 0 : VIRTIO_I2C_FLAGS_FAIL_NEXT) |
				 (message->read ? VIRTIO_I2C_FLAGS_M_RD : 0)),
	};
	slot->status->status = STATUS_MISSING;

	if (message->len) {
		slot->data_at.len = message->len;
		buffers[n++] = slot->data_at;
		if (message->read)
			chain.n_writable++;
		else
			chain.n_readable++;
	}
	if (message->read)
		memset(slot->data, 0, message->len);
	else
		memcpy(slot->data, message->data, message->len);
	buffers[n] = slot->status_at;

	return vhu_driver_ring_add(ring, &chain);
}

/* As Linux does it: all messages at once, with one kick. */
static int exchange(struct adapter *adapter,
		    const struct probe_i2c_transfer *wanted)
{
	struct vhu_frontend *frontend = adapter->probe->frontend;
	struct vhu_driver_ring *ring = vhu_frontend_queue(frontend, 0)->ring;
	size_t n_done = 0;
	int r = 0;

	assert(wanted->n == adapter->n_slots);
	for (size_t i = 0; i < adapter->n_slots && r == 0; i++)
		r = add_message(ring, &adapter->slots[i], &wanted->messages[i],
				i == adapter->n_slots - 1);
	if (r == 0 && vhu_driver_ring_publish(ring))
		r = vhu_frontend_kick(frontend, 0);

	while (r == 0 && n_done < adapter->n_slots) {
		struct vhu_driver_used used;

		r = vhu_driver_ring_get(ring, &used);
		if (r > 0) {
			n_done++;
			r = 0;
		} else if (r == 0) {
			r = vhu_frontend_wait(frontend, 0);
		}
	}

	return r < 0 ? probe_request_failed(adapter->probe, r) : 0;
}

/*
 * Do @wanted, and put what was read there.  @ret is the first message that
 * failed, or their number.
 */
static int do_transfer(struct adapter *adapter,
		       struct probe_i2c_transfer *wanted, size_t *ret)
{
	size_t i;
	int r;

	r = exchange(adapter, wanted);
	if (r < 0)
		return r;

	for (i = 0; i < adapter->n_slots; i++) {
		struct probe_i2c_message *message = &wanted->messages[i];
		const struct slot *slot = &adapter->slots[i];
		uint8_t status = slot->status->status;

		if (status == STATUS_MISSING) {
			log_error(adapter->probe->name,
				  "the device answered without a status; is it "
				  "an I2C adapter?");
			return -EPROTO;
		}
		if (status != VIRTIO_I2C_MSG_OK)
			break;
		if (message->read)
			memcpy(message->data, slot->data, message->len);
	}
	*ret = i;

	return 0;
}

static void print_bytes(const struct probe_i2c_message *message)
{
	for (size_t i = 0; i < message->len; i++)
		printf("%s0x%02x", i ? " " : "", message->data[i]);
	printf("\n");
}

/* Many back-ends know no more of a transfer than that it failed. */
static int transfer_failed(const struct probe *probe, size_t i)
{
	const struct probe_i2c_message *message = &transfer.messages[i];

	log_error(probe->name,
		  "the transfer failed, at the %s 0x%02x (message %zu of "
		  "%zu)%s; see 'i2c detect' for who is there",
		  message->read ? "read from" : "write to", message->addr,
		  i + 1, transfer.n,
		  i + 1 < transfer.n ? " or a later message" : "");

	return -EREMOTEIO;
}

static int run_transfer(struct probe *probe)
{
	struct adapter adapter;
	size_t failed;
	int r;

	r = start(&adapter, probe, transfer.n);
	if (r < 0)
		return r;
	r = do_transfer(&adapter, &transfer, &failed);
	if (r < 0)
		return r;

	if (failed < transfer.n)
		return transfer_failed(probe, failed);

	for (size_t i = 0; i < transfer.n; i++)
		if (transfer.messages[i].read && transfer.messages[i].len)
			print_bytes(&transfer.messages[i]);

	return 0;
}

/*
 * As i2cdetect(8) does it: a write with no bytes; but a read where memories
 * are, as some of them take such a write for one that changes their contents.
 */
static void ask_for_presence(struct probe_i2c_transfer *question,
			     unsigned int addr)
{
	struct probe_i2c_message *message = &question->messages[0];

	message->addr = (uint8_t)addr;
	message->read = (addr >= 0x30 && addr <= 0x37) ||
			(addr >= 0x50 && addr <= 0x5f);
	message->len = message->read ? 1 : 0;
	question->n = 1;
}

static void print_cell(unsigned int addr, bool present)
{
	if (addr % 16 == 0)
		printf("%s%02x:", addr ? "\n" : "", addr);
	if (addr < FIRST_ADDR || addr > LAST_ADDR)
		printf("   ");
	else if (present)
		printf(" %02x", addr);
	else
		printf(" --");
}

static int run_detect(struct probe *probe)
{
	struct adapter adapter;
	int r;

	r = start(&adapter, probe, 1);
	if (r < 0)
		return r;

	printf("     0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f\n");
	for (unsigned int addr = 0; addr <= LAST_ADDR; addr++) {
		size_t n_answered = 0;

		if (addr >= FIRST_ADDR) {
			ask_for_presence(&transfer, addr);
			r = do_transfer(&adapter, &transfer, &n_answered);
			if (r < 0)
				return r;
		}
		print_cell(addr, n_answered == 1);
	}
	printf("\n");

	return 0;
}

static int parse_transfer(const struct option_strings *arguments,
			  struct options_error *error)
{
	return probe_i2c_parse(arguments, &transfer, error);
}

static int parse_address(const char *word, uint8_t *ret,
			 struct options_error *error)
{
	unsigned int addr;
	int r;

	r = probe_parse_number(word, "address", PROBE_I2C_MAX_ADDR, &addr,
			       error);
	if (r == 0)
		*ret = (uint8_t)addr;

	return r;
}

/* A write of the bytes that the arguments after the address are. */
static int parse_write(const struct option_strings *arguments,
		       struct probe_i2c_message *ret,
		       struct options_error *error)
{
	int r;

	r = parse_address(arguments->items[0], &ret->addr, error);
	if (r < 0)
		return r;

	ret->read = false;
	ret->len = (uint32_t)arguments->n - 1;
	for (size_t i = 0; i < ret->len; i++) {
		unsigned int byte;

		r = probe_parse_number(arguments->items[i + 1], "byte",
				       UINT8_MAX, &byte, error);
		if (r < 0)
			return r;
		ret->data[i] = (uint8_t)byte;
	}

	return 0;
}

static int parse_get(const struct option_strings *arguments,
		     struct options_error *error)
{
	struct probe_i2c_message *read;
	int r;

	if (arguments->n < 1 || arguments->n > 2)
		return options_fail(error, "'i2c get' needs an address, "
					   "and perhaps a register");

	transfer.n = arguments->n;
	r = parse_write(arguments, &transfer.messages[0], error);
	if (r < 0)
		return r;

	/* Without a register there is no write, and the read comes first. */
	read = &transfer.messages[transfer.n - 1];
	read->addr = transfer.messages[0].addr;
	read->read = true;
	read->len = 1;

	return 0;
}

static int parse_set(const struct option_strings *arguments,
		     struct options_error *error)
{
	if (arguments->n < 3)
		return options_fail(error, "'i2c set' needs an address, a "
					   "register and a value");
	if (arguments->n - 1 > PROBE_I2C_MAX_LEN)
		return options_fail(error, "a message has at most %u bytes",
				    PROBE_I2C_MAX_LEN);

	transfer.n = 1;

	return parse_write(arguments, &transfer.messages[0], error);
}

const struct probe_command probe_i2c_detect = {
	.name = "i2c detect",
	.summary = "find the devices at an I2C adapter",
	.run = run_detect,
};

const struct probe_command probe_i2c_transfer = {
	.name = "i2c transfer",
	.summary = "send messages to I2C devices, as one transfer",
	.arguments = "MESSAGE...",
	.parse = parse_transfer,
	.run = run_transfer,
};

const struct probe_command probe_i2c_get = {
	.name = "i2c get",
	.summary = "read a byte from an I2C device, or one of its registers",
	.arguments = "ADDRESS [REGISTER]",
	.parse = parse_get,
	.run = run_transfer,
};

const struct probe_command probe_i2c_set = {
	.name = "i2c set",
	.summary = "write to registers of an I2C device",
	.arguments = "ADDRESS REGISTER VALUE...",
	.parse = parse_set,
	.run = run_transfer,
};

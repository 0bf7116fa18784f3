/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <string.h>

#include "virtio-devices/state.h"
#include "virtio-devices/util.h"

/**
 * struct header - what a state begins with
 * @magic:   who wrote it
 * @version: of the format
 * @id:      virtio device ID
 * @len:     bytes of records
 * @crc:     of the records
 */
struct header {
	uint8_t magic[4];
	uint16_t version;
	uint16_t id;
	uint32_t len;
	uint32_t crc;
};

/**
 * struct record - what a record begins with
 * @tag:  what it is
 * @zero: room for flags that make a reader refuse it
 * @len:  bytes of data that follow
 */
struct record {
	uint16_t tag;
	uint16_t zero;
	uint32_t len;
};

_Static_assert(sizeof(struct header) == VD_STATE_HEADER, "no padding");
_Static_assert(sizeof(struct record) == VD_STATE_RECORD, "no padding");

static const uint8_t magic[4] = { 'V', 'D', 'S', 'T' };

/* Four bits at a time: some states are written again and again. */
static uint32_t crc32_of(const uint8_t *p, size_t len)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = UINT32_MAX;

	while (len-- > 0) {
		crc ^= *p++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}

	return ~crc;
}

void vd_state_begin(struct vd_state_writer *writer, void *buf, size_t size)
{
	*writer = (struct vd_state_writer){ buf, size, VD_STATE_HEADER };
}

void *vd_state_room(struct vd_state_writer *writer, uint16_t tag, size_t len)
{
	const struct record record = {
		.tag = htole16(tag),
		.len = htole32((uint32_t)len),
	};
	uint8_t *at = writer->buf + writer->used;

	if (writer->used > writer->size || len > VD_STATE_MAX ||
	    writer->size - writer->used < sizeof(record) + len) {
		writer->used = SIZE_MAX;
		return NULL;
	}

	memcpy(at, &record, sizeof(record));
	writer->used += sizeof(record) + len;

	return at + sizeof(record);
}

void vd_state_put(struct vd_state_writer *writer, uint16_t tag,
		  const void *data, size_t len)
{
	void *room = vd_state_room(writer, tag, len);

	if (room)
		memcpy(room, data, len);
}

int vd_state_end(struct vd_state_writer *writer, uint16_t id, size_t *ret)
{
	struct header header = {
		.version = htole16(VD_STATE_VERSION),
		.id = htole16(id),
	};
	size_t len;

	if (writer->used > writer->size)
		return -ENOBUFS;

	len = writer->used - sizeof(header);
	memcpy(header.magic, magic, sizeof(magic));
	header.len = htole32((uint32_t)len);
	header.crc = htole32(crc32_of(writer->buf + sizeof(header), len));
	memcpy(writer->buf, &header, sizeof(header));

	*ret = writer->used;
	return 0;
}

int vd_state_open(struct vd_state_reader *reader, const void *buf, size_t len,
		  uint16_t id)
{
	const uint8_t *records = (const uint8_t *)buf + sizeof(struct header);
	struct header header;

	if (len < sizeof(header) || len > VD_STATE_MAX)
		return -EBADMSG;
	memcpy(&header, buf, sizeof(header));
	len -= sizeof(header);

	if (memcmp(header.magic, magic, sizeof(magic)) != 0)
		return -EBADMSG;
	if (le16toh(header.version) != VD_STATE_VERSION)
		return -EPROTONOSUPPORT;
	if (le32toh(header.len) != len ||
	    le32toh(header.crc) != crc32_of(records, len))
		return -EBADMSG;
	if (le16toh(header.id) != id)
		return -ENODEV;

	*reader = (struct vd_state_reader){ records, len };

	return 0;
}

int vd_state_next(struct vd_state_reader *reader, struct vd_state_record *ret)
{
	struct record record;
	size_t len;

	if (reader->left == 0)
		return 0;
	if (reader->left < sizeof(record))
		return -EBADMSG;

	memcpy(&record, reader->at, sizeof(record));
	len = le32toh(record.len);
	if (record.zero != 0 || len > reader->left - sizeof(record))
		return -EBADMSG;

	*ret = (struct vd_state_record){
		.tag = le16toh(record.tag),
		.data = reader->at + sizeof(record),
		.len = len,
	};
	reader->at += sizeof(record) + len;
	reader->left -= sizeof(record) + len;

	return 1;
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VIRTIO_DEVICES_STATE_H
#define VIRTIO_DEVICES_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: The state of a device, as it travels
 *
 * What a device has to remember of its driver, to go on in another process:
 *
 *	offset	bytes
 *	0	4	"VDST"
 *	4	2	version: VD_STATE_VERSION
 *	6	2	virtio device ID
 *	8	4	length of the records
 *	12	4	CRC-32 of the records, as in IEEE 802.3
 *	16		records: le16 tag, le16 zero, le32 length, data
 *
 * Each number is little-endian.  A reader refuses a tag that it does not know,
 * unless its highest bit is set: such a record can be done without.
 *
 * What is read has come from outside, and is believed in nothing.
 */

#define VD_STATE_VERSION 1
#define VD_STATE_HEADER 16
#define VD_STATE_RECORD 8

/* In a tag: whoever does not know it can do without. */
#define VD_STATE_OPTIONAL 0x8000

/**
 * struct vd_state_writer - a state being written
 * @buf:  where
 * @size: bytes there
 * @used: bytes written, or that would have been
 */
struct vd_state_writer {
	uint8_t *buf;
	size_t size;
	size_t used;
};

/**
 * vd_state_begin() - begin a state
 * @writer: filled in
 * @buf:    at least VD_STATE_HEADER bytes
 * @size:   how many
 */
void vd_state_begin(struct vd_state_writer *writer, void *buf, size_t size);

/**
 * vd_state_put() - write a record
 * @writer: begun
 * @tag:    what it is
 * @data:   copied
 * @len:    bytes of it
 *
 * If there is no room, vd_state_end() says so.
 */
void vd_state_put(struct vd_state_writer *writer, uint16_t tag,
		  const void *data, size_t len);

/**
 * vd_state_room() - write a record in place
 * @writer: begun
 * @tag:    what it is
 * @len:    bytes of data
 *
 * Return: where to write the data, or NULL if there is no room.
 */
void *vd_state_room(struct vd_state_writer *writer, uint16_t tag, size_t len);

/**
 * vd_state_end() - complete a state
 * @writer: not used afterwards
 * @id:     virtio device ID
 * @ret:    receives how long it is
 *
 * Return: 0, or -ENOBUFS if there was not enough room.
 */
int vd_state_end(struct vd_state_writer *writer, uint16_t id, size_t *ret);

/**
 * struct vd_state_reader - a state being read
 * @at:   the next record
 * @left: bytes from there on
 */
struct vd_state_reader {
	const uint8_t *at;
	size_t left;
};

/**
 * struct vd_state_record - a record
 * @tag:  what it is
 * @data: in the state; not aligned
 * @len:  bytes of it
 */
struct vd_state_record {
	uint16_t tag;
	const uint8_t *data;
	size_t len;
};

/**
 * vd_state_open() - check a state, and begin to read it
 * @reader: filled in
 * @buf:    the state; stays the caller's, and stays as it is
 * @len:    bytes of it
 * @id:     virtio device ID that it has to be of
 *
 * Return: 0, -EBADMSG if it is not a state or was damaged, -EPROTONOSUPPORT if
 *         it has another version, or -ENODEV if it is another device's.
 */
int vd_state_open(struct vd_state_reader *reader, const void *buf, size_t len,
		  uint16_t id);

/**
 * vd_state_next() - read the next record
 * @reader: opened
 * @ret:    the record; untouched unless there is one
 *
 * Return: 1, 0 if there is none, or -EBADMSG.
 */
int vd_state_next(struct vd_state_reader *reader, struct vd_state_record *ret);

#ifdef __cplusplus
}
#endif

#endif

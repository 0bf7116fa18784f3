/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/fake-driver.h"

#define F_AVAIL (1U << VRING_PACKED_DESC_F_AVAIL)
#define F_USED (1U << VRING_PACKED_DESC_F_USED)

/* Guest memory is the same for all drivers, and made when it is first used. */
static struct part {
	uint64_t gpa;
	uint64_t size;
	uint8_t *at;
} parts[] = {
	{ FAKE_ZERO, 4096, NULL },	{ FAKE_LOW, FAKE_PART, NULL },
	{ FAKE_NEXT, FAKE_PART, NULL }, { FAKE_HUGE, FAKE_HUGE_SIZE, NULL },
	{ FAKE_TOP, 4096, NULL },
};

/* From malloc(), so that AddressSanitizer watches what lies around it. */
static void make_parts(void)
{
	for (size_t i = 0; i < VD_ARRAY_SIZE(parts); i++) {
		struct part *part = &parts[i];

		if (part->at)
			continue;
		if (part->size < FAKE_HUGE_SIZE)
			part->at = calloc(1, part->size);
		else
			part->at = mmap(
				NULL, part->size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
				0);
		assert(part->at && part->at != MAP_FAILED);
	}
}

static void *find(uint64_t gpa, uint64_t *len)
{
	for (size_t i = 0; i < VD_ARRAY_SIZE(parts); i++) {
		uint64_t off = gpa - parts[i].gpa;

		if (gpa >= parts[i].gpa && off < parts[i].size) {
			*len = VD_MIN(*len, parts[i].size - off);
			return parts[i].at + off;
		}
	}

	return NULL;
}

void *fake_driver_at(uint64_t gpa)
{
	uint64_t len = 1;

	return find(gpa, &len);
}

void fake_driver_poke(uint64_t gpa, const void *src, size_t len)
{
	const uint8_t *p = src;

	for (size_t i = 0; i < len; i++) {
		uint8_t *at = fake_driver_at(gpa + i);

		assert(at);
		*at = p[i];
	}
}

void fake_driver_peek(uint64_t gpa, void *dst, size_t len)
{
	uint8_t *p = dst;

	for (size_t i = 0; i < len; i++) {
		const uint8_t *at = fake_driver_at(gpa + i);

		assert(at);
		p[i] = *at;
	}
}

static struct fake_driver *from(struct vd_virtqueue_host *host)
{
	return container_of(host, struct fake_driver, host);
}

static void *fake_translate(struct vd_virtqueue_host *host, uint64_t gpa,
			    uint64_t *len)
{
	struct fake_driver *driver = from(host);

	assert(*len > 0);
	driver->n_translated++;
	if (driver->on_translate)
		VD_STEAL(driver->on_translate)(driver);

	*len = VD_MIN(*len, driver->max_piece);

	return find(gpa, len);
}

static void fake_dirty(struct vd_virtqueue_host *host, const void *addr,
		       size_t len)
{
	struct fake_driver *driver = from(host);

	if (driver->on_write)
		VD_STEAL(driver->on_write)(driver);

	assert(driver->n_writes < FAKE_MAX_WRITES);
	driver->writes[driver->n_writes++] = (struct fake_write){ addr, len };
}

static void fake_notify(struct vd_virtqueue_host *host)
{
	from(host)->n_notified++;
}

static void fake_fault(struct vd_virtqueue_host *host,
		       enum vd_virtqueue_fault fault)
{
	from(host)->n_faults[fault]++;
}

static const struct vd_virtqueue_host_ops fake_ops = {
	.translate = fake_translate,
	.dirty = fake_dirty,
	.notify = fake_notify,
	.fault = fake_fault,
};

struct vring_desc *fake_split_desc(struct fake_driver *driver)
{
	return driver->desc;
}

struct vring_avail *fake_split_avail(struct fake_driver *driver)
{
	return driver->driver;
}

struct vring_used *fake_split_used(struct fake_driver *driver)
{
	return driver->device;
}

struct vring_packed_desc *fake_packed_desc(struct fake_driver *driver)
{
	return driver->desc;
}

struct vring_packed_desc_event *fake_driver_event(struct fake_driver *driver)
{
	return driver->driver;
}

struct vring_packed_desc_event *fake_device_event(struct fake_driver *driver)
{
	return driver->device;
}

static bool is_packed(const struct fake_driver *driver)
{
	return driver->features & PACKED;
}

/* Each area just as large as it has to be; calloc() aligns to 16. */
static void make_areas(struct fake_driver *driver)
{
	size_t size = driver->size;

	driver->desc = calloc(size, 16);
	if (is_packed(driver)) {
		driver->driver = calloc(1, 4);
		driver->device = calloc(1, 4);
	} else {
		driver->driver = calloc(1, 6 + 2 * size);
		driver->device = calloc(1, 6 + 8 * size);
	}
	driver->n_descs = calloc(65536, sizeof(*driver->n_descs));
}

/* Empty, with both sides where @base says. */
static void set_positions(struct fake_driver *driver, uint32_t base)
{
	if (is_packed(driver)) {
		driver->next = base & 0x7fff;
		driver->wrap = base >> 15 & 1;
		driver->used = base >> 16 & 0x7fff;
		driver->used_wrap = base >> 31;
		/* What the lap before has left is used. */
		for (uint32_t i = 0; i < driver->size; i++)
			fake_packed_desc(driver)[i].flags =
				htole16(driver->wrap == (i < driver->next)
						? F_AVAIL | F_USED
						: 0);
	} else {
		driver->next = 0;
		driver->used = (uint16_t)base;
		fake_split_avail(driver)->idx = htole16(driver->used);
		fake_split_used(driver)->idx = htole16(driver->used);
	}
}

int fake_driver_start(struct fake_driver *driver, uint32_t base)
{
	const struct vd_virtqueue_config config = {
		.features = driver->features,
		.size = driver->size,
		.desc = driver->desc,
		.driver = driver->driver,
		.device = driver->device,
		.base = base,
	};

	return vd_virtqueue_start(driver->vq, &config);
}

void fake_driver_open(struct fake_driver *driver, uint64_t features,
		      uint32_t size, uint32_t base)
{
	int r;

	*driver = (struct fake_driver){
		.host.ops = &fake_ops,
		.features = features,
		.size = size,
		.max_piece = UINT64_MAX,
	};
	make_parts();
	make_areas(driver);
	set_positions(driver, base);

	r = vd_virtqueue_new(&driver->host, &driver->vq);
	assert(r == 0);
	r = fake_driver_start(driver, base);
	assert(r == 0);
	driver->queue = vd_virtqueue_queue(driver->vq);
}

void fake_driver_close(struct fake_driver *driver)
{
	vd_virtqueue_stop(driver->vq);
	vd_virtqueue_free(driver->vq);
	free(driver->desc);
	free(driver->driver);
	free(driver->device);
	free(driver->n_descs);
}

static uint16_t with_next(uint16_t flags, bool more)
{
	return flags | (more ? VRING_DESC_F_NEXT : 0);
}

struct fake_desc fake_driver_table(struct fake_driver *driver, uint64_t gpa,
				   const struct fake_desc *descs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* Where one format has a link, the other has two fields. */
		struct vring_desc split = {
			.addr = htole64(descs[i].addr),
			.len = htole32(descs[i].len),
			.flags = htole16(with_next(descs[i].flags, i + 1 < n)),
			.next = htole16((uint16_t)(i + 1)),
		};
		struct vring_packed_desc packed = {
			.addr = htole64(descs[i].addr),
			.len = htole32(descs[i].len),
			.flags = htole16(descs[i].flags),
		};
		const void *entry =
			is_packed(driver) ? (void *)&packed : (void *)&split;

		fake_driver_poke(gpa + 16 * i, entry, 16);
	}

	return (struct fake_desc){ gpa, (uint32_t)(16 * n),
				   VRING_DESC_F_INDIRECT };
}

void fake_driver_offer_head(struct fake_driver *driver, uint16_t head)
{
	struct vring_avail *avail = fake_split_avail(driver);
	uint16_t idx = le16toh(avail->idx);

	avail->ring[idx % driver->size] = htole16(head);
	__atomic_store_n(&avail->idx, htole16((uint16_t)(idx + 1)),
			 __ATOMIC_RELEASE);
}

static uint16_t offer_split(struct fake_driver *driver,
			    const struct fake_desc *descs, size_t n)
{
	uint16_t head = driver->next;

	for (size_t i = 0; i < n; i++) {
		uint16_t at = driver->next;

		driver->next = (uint16_t)((at + 1U) % driver->size);
		fake_split_desc(driver)[at] = (struct vring_desc){
			.addr = htole64(descs[i].addr),
			.len = htole32(descs[i].len),
			.flags = htole16(with_next(descs[i].flags, i + 1 < n)),
			.next = htole16(driver->next),
		};
	}
	fake_driver_offer_head(driver, head);

	return head;
}

/* The flags of the first one are what makes the chain available. */
static uint16_t offer_packed(struct fake_driver *driver,
			     const struct fake_desc *descs, size_t n)
{
	struct vring_packed_desc *ring = fake_packed_desc(driver);
	uint16_t head = driver->next, head_flags = 0;

	for (size_t i = 0; i < n; i++) {
		uint16_t at = driver->next;
		uint16_t flags = with_next(descs[i].flags, i + 1 < n) |
				 (driver->wrap ? F_AVAIL : F_USED);

		ring[at].addr = htole64(descs[i].addr);
		ring[at].len = htole32(descs[i].len);
		ring[at].id = htole16(head);
		if (i > 0)
			ring[at].flags = htole16(flags);
		else
			head_flags = flags;
		if (++driver->next == driver->size) {
			driver->next = 0;
			driver->wrap = !driver->wrap;
		}
	}
	driver->n_descs[head] = (uint16_t)n;
	__atomic_store_n(&ring[head].flags, htole16(head_flags),
			 __ATOMIC_RELEASE);

	return head;
}

uint16_t fake_driver_offer(struct fake_driver *driver,
			   const struct fake_desc *descs, size_t n)
{
	return is_packed(driver) ? offer_packed(driver, descs, n)
				 : offer_split(driver, descs, n);
}

static bool take_split(struct fake_driver *driver, struct fake_used *ret)
{
	const struct vring_used *used = fake_split_used(driver);
	const vring_used_elem_t *elem =
		&used->ring[driver->used % driver->size];

	if (le16toh(__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE)) ==
	    driver->used)
		return false;

	*ret = (struct fake_used){ le32toh(elem->id), le32toh(elem->len), 0 };
	driver->used++;

	return true;
}

static bool take_packed(struct fake_driver *driver, struct fake_used *ret)
{
	const struct vring_packed_desc *desc =
		&fake_packed_desc(driver)[driver->used];
	uint16_t flags =
		le16toh(__atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE));
	uint32_t to;

	if (!!(flags & F_AVAIL) != driver->used_wrap ||
	    !!(flags & F_USED) != driver->used_wrap)
		return false;

	*ret = (struct fake_used){ le16toh(desc->id), le32toh(desc->len),
				   flags & VRING_DESC_F_WRITE };
	to = driver->used + driver->n_descs[ret->id];
	driver->used_wrap ^= to >= driver->size;
	driver->used = (uint16_t)(to % driver->size);

	return true;
}

bool fake_driver_take(struct fake_driver *driver, struct fake_used *ret)
{
	return is_packed(driver) ? take_packed(driver, ret)
				 : take_split(driver, ret);
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Where a ring of the front-end's becomes a virtqueue, and back.
 */

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "vhost-user/dirty-log.h"
#include "vhost-user/inflight.h"
#include "vhost-user/memory.h"
#include "vhost-user/notifier.h"
#include "vhost-user/vring.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"

/*
 * The kick descriptor is watched edge-triggered: each write to it wakes us,
 * whether the last one was read or not.  That saves a system call for each
 * kick.  Reading it once in a while keeps a counter, or a socket's buffer,
 * from filling up.
 */
#define KICKS_PER_READ 64

/* How often to look at a ring whose front-end does not kick at all. */
#define LOOK_PERIOD VD_NSEC_PER_MSEC

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static struct vhu_vring *from_host(struct vd_virtqueue_host *host)
{
	return container_of(host, struct vhu_vring, host);
}

static void *host_translate(struct vd_virtqueue_host *host, uint64_t gpa,
			    uint64_t *len)
{
	return vhu_memory_translate(from_host(host)->memory, gpa, len);
}

static bool is_in(const struct vhu_vring_area *area, const void *addr)
{
	return (uintptr_t)addr - (uintptr_t)area->at < area->size;
}

/*
 * The used ring, or device event structure, is logged where the front-end wants
 * it to be.  The descriptors of a packed ring, for which the protocol has no
 * such address, are logged where they are.
 */
static void host_dirty(struct vd_virtqueue_host *host, const void *addr,
		       size_t len)
{
	struct vhu_vring *vring = from_host(host);
	const struct vhu_vring_area *device = &vring->device_area;
	bool log_ring = vring->addr.flags & VHU_VRING_F_LOG;
	uint64_t at = vring->addr.log, gpa = 0;

	if (log_ring && is_in(device, addr)) {
		at += (uintptr_t)addr - (uintptr_t)device->at;
		if (at <= UINT64_MAX - len)
			vhu_dirty_log_mark(vring->log, at, len);
	}
	if (vring->log_all || (log_ring && is_in(&vring->packed_area, addr))) {
		if (vhu_memory_gpa(vring->memory, addr, &gpa))
			vhu_dirty_log_mark(vring->log, gpa, len);
	}
}

static void host_notify(struct vd_virtqueue_host *host)
{
	struct vhu_vring *vring = from_host(host);

	if (vring->call_fd >= 0)
		vhu_notifier_signal(vring->call_fd);
	else
		vring->owner->call(vring->owner, vring);
}

static void host_fault(struct vd_virtqueue_host *host,
		       enum vd_virtqueue_fault fault)
{
	struct vhu_vring *vring = from_host(host);

	if (vring->err_fd >= 0)
		vhu_notifier_signal(vring->err_fd);
	vring->owner->fault(vring->owner, vring, fault);
}

static const struct vd_virtqueue_host_ops host_ops = {
	.translate = host_translate,
	.dirty = host_dirty,
	.notify = host_notify,
	.fault = host_fault,
};

static void kick_ready(struct vb_source *source, uint32_t events)
{
	struct vhu_vring *vring = container_of(source, struct vhu_vring, kick);

	if (++vring->n_kicks % KICKS_PER_READ == 0) {
		char buf[KICKS_PER_READ * sizeof(uint64_t)];
		ssize_t n = read(source->fd, buf, sizeof(buf));

		(void)n;
	}
	if (events & (EPOLLHUP | EPOLLERR))
		vb_source_remove(source);

	vring->owner->kicked(vring->owner, vring);
}

static void look(struct vb_timer *timer)
{
	struct vhu_vring *vring = container_of(timer, struct vhu_vring, look);

	vb_timer_set(vring->loop, timer,
		     vb_loop_now(vring->loop) + LOOK_PERIOD);
	vring->owner->kicked(vring->owner, vring);
}

static void kick_again(struct vb_deferred *deferred)
{
	struct vhu_vring *vring =
		container_of(deferred, struct vhu_vring, again);

	vd_device_kick(vring->device, vring->index, vb_loop_now(vring->loop));
	if (vring->owes_interrupt) {
		vring->owes_interrupt = false;
		host_notify(&vring->host);
	}
}

/*
 * Kicks come before what the host has to say: with them, the driver makes the
 * room that the host's bytes need.
 */
int vhu_vring_init(struct vhu_vring *vring, struct vhu_vring_owner *owner,
		   struct vb_loop *loop, struct vd_device *device,
		   unsigned int index)
{
	*vring = (struct vhu_vring){
		.host.ops = &host_ops,
		.owner = owner,
		.loop = loop,
		.device = device,
		.index = index,
		.kick.fd = -1,
		.look.fire = look,
		.call_fd = -1,
		.err_fd = -1,
		.again.call = kick_again,
	};

	return vd_virtqueue_new(&vring->host, &vring->vq);
}

static void drop_kick(struct vhu_vring *vring)
{
	vb_timer_cancel(&vring->look);
	vb_source_remove(&vring->kick);
	close_fd(&vring->kick.fd);
}

void vhu_vring_fini(struct vhu_vring *vring)
{
	if (!vring->vq)
		return;

	drop_kick(vring);
	close_fd(&vring->call_fd);
	close_fd(&vring->err_fd);
	vd_virtqueue_free(vring->vq);
	vring->vq = NULL;
}

bool vhu_vring_check_num(uint32_t num, bool packed)
{
	if (!num || num > VD_VIRTQUEUE_MAX_SIZE)
		return false;

	return packed || (num & (num - 1)) == 0;
}

/* Nothing changes if the new one is no good: it is watched before the old one goes. */
int vhu_vring_set_kick(struct vhu_vring *vring, int fd, bool polling)
{
	struct vb_source fresh = { .fd = fd,
				   .first = true,
				   .ready = kick_ready };
	int r;

	if (fd >= 0) {
		r = vhu_notifier_accept(fd, vring->loop);
		if (r == 0)
			r = vb_loop_watch(vring->loop, &fresh, 0);
		if (r < 0)
			return r;
	}

	drop_kick(vring);
	vring->kick = fresh;
	vring->no_kick = polling;
	if (fd >= 0)
		vb_source_change(&vring->kick, EPOLLIN | EPOLLET);

	return 0;
}

static int replace(const struct vhu_vring *vring, int *old, int fd)
{
	int r = fd < 0 ? 0 : vhu_notifier_accept(fd, vring->loop);

	if (r < 0)
		return r;

	close_fd(old);
	*old = fd;

	return 0;
}

int vhu_vring_set_call(struct vhu_vring *vring, int fd)
{
	return replace(vring, &vring->call_fd, fd);
}

int vhu_vring_set_err(struct vhu_vring *vring, int fd)
{
	return replace(vring, &vring->err_fd, fd);
}

static void update_logging(struct vhu_vring *vring)
{
	bool wanted = vring->log_all || vring->addr.flags & VHU_VRING_F_LOG;

	/* A driver can ask for it with no front-end behind it: no log then. */
	vring->host.logging = vring->log && wanted;
}

void vhu_vring_set_addr(struct vhu_vring *vring,
			const struct vhu_vring_addr *addr)
{
	vring->addr = *addr;
	vring->has_addr = true;
	update_logging(vring);
}

bool vhu_vring_is_at(const struct vhu_vring *vring,
		     const struct vhu_vring_addr *addr)
{
	return vring->has_addr && vring->addr.desc == addr->desc &&
	       vring->addr.avail == addr->avail &&
	       vring->addr.used == addr->used;
}

void vhu_vring_set_log(struct vhu_vring *vring, struct vhu_dirty_log *log,
		       bool all)
{
	vring->log = log;
	vring->log_all = all;
	update_logging(vring);
}

bool vhu_vring_is_ready(const struct vhu_vring *vring)
{
	return vring->started && vring->enabled && vring->num &&
	       vring->has_addr && !vring->stuck;
}

static bool is_packed(uint64_t features)
{
	return features & VD_BIT(VIRTIO_F_RING_PACKED);
}

static size_t device_bytes(uint32_t num, bool packed)
{
	return packed ? 4 : 6 + 8 * (size_t)num;
}

/*
 * virtio_uml starts packed rings as if they were split ones.  But 0 is also where
 * a ring goes on after an odd number of laps, and then its first descriptor was
 * used in the last one.
 */
static uint32_t packed_base(const struct vhu_vring *vring, const void *desc)
{
	const struct vring_packed_desc *first = desc;
	uint16_t flags;

	if (vring->base != VD_VIRTQUEUE_SPLIT_BASE || !vring->new_base ||
	    (uintptr_t)desc % sizeof(*first))
		return vring->base;

	flags = le16toh(__atomic_load_n(&first->flags, __ATOMIC_RELAXED));

	return flags & 1U << VRING_PACKED_DESC_F_USED
		       ? vring->base
		       : VD_VIRTQUEUE_PACKED_BASE;
}

/* Where the areas are (virtio 1.3, sections 2.7 and 2.8). */
static int locate(const struct vhu_vring *vring, struct vhu_memory *memory,
		  uint64_t features, struct vd_virtqueue_config *config)
{
	const struct vhu_vring_addr *addr = &vring->addr;
	uint64_t num = vring->num;
	bool packed = is_packed(features);

	config->desc = vhu_memory_at_user(memory, addr->desc, 16 * num);
	config->driver = vhu_memory_at_user(memory, addr->avail,
					    packed ? 4 : 6 + 2 * num);
	config->device = vhu_memory_at_user(memory, addr->used,
					    device_bytes(vring->num, packed));
	if (!config->desc || !config->driver || !config->device)
		return -EFAULT;

	config->features = features;
	config->size = vring->num;
	config->base = packed ? packed_base(vring, config->desc) : vring->base;
	config->inflight = vhu_records_queue(vring->records, vring->index,
					     packed, &config->inflight_size);

	return 0;
}

static uint16_t used_idx(const struct vd_virtqueue_config *config)
{
	const struct vring_used *used = config->device;

	return le16toh(__atomic_load_n(&used->idx, __ATOMIC_RELAXED));
}

bool vhu_vring_is_fresh(const struct vhu_vring *vring,
			struct vhu_memory *memory, uint64_t features)
{
	struct vd_virtqueue_config config;

	if (!vring->new_base || locate(vring, memory, features, &config) < 0)
		return false;
	if (is_packed(features))
		return config.base == VD_VIRTQUEUE_PACKED_BASE;
	if (!config.device || (uintptr_t)config.device % 4)
		return false;

	return vring->base == VD_VIRTQUEUE_SPLIT_BASE && used_idx(&config) == 0;
}

/* Those that we write to. */
static void note_areas(struct vhu_vring *vring,
		       const struct vd_virtqueue_config *config)
{
	bool packed = is_packed(config->features);

	vring->device_area =
		(struct vhu_vring_area){ config->device,
					 device_bytes(config->size, packed) };
	vring->packed_area = (struct vhu_vring_area){
		config->desc, packed ? 16 * (size_t)config->size : 0
	};
}

/*
 * If another process has worked the ring before, it may have ended between a
 * used entry and the interrupt.
 */
static bool owes_interrupt(const struct vhu_vring *vring,
			   struct vhu_memory *memory,
			   const struct vd_virtqueue_config *config)
{
	if (!vring->new_base)
		return false;
	if (config->inflight && vd_virtqueue_inflight_found(config->inflight))
		return true;

	return !vhu_vring_is_fresh(vring, memory, config->features);
}

int vhu_vring_start(struct vhu_vring *vring, struct vhu_memory *memory,
		    uint64_t features)
{
	uint32_t replayable = vring->device->ops->replayable;
	struct vd_virtqueue_config config = { 0 };
	int r;

	r = locate(vring, memory, features, &config);
	if (r < 0)
		return r;
	vring->owes_interrupt = owes_interrupt(vring, memory, &config);

	/*
	 * What lies between the used index and the base was lost, or is in the
	 * ring since before the device was activated.  cloud-hypervisor sets
	 * the base to the available index.
	 */
	if (vring->new_base && !is_packed(features) &&
	    replayable & 1U << vring->index &&
	    (uintptr_t)config.device % 4 == 0)
		config.base = used_idx(&config);

	/* What is taken back of a batch is written, and logged, right away. */
	vring->memory = memory;
	note_areas(vring, &config);
	r = vd_virtqueue_start(vring->vq, &config);
	if (r < 0) {
		vring->memory = NULL;
		return r;
	}

	vring->new_base = false;
	vring->running = true;
	vd_device_start_queue(vring->device, vring->index,
			      vd_virtqueue_queue(vring->vq));
	vb_defer(vring->loop, &vring->again);
	if (vring->no_kick)
		look(&vring->look);

	return 0;
}

void vhu_vring_forget(struct vhu_vring *vring, uint64_t features)
{
	uint32_t size;
	void *record = vhu_records_queue(vring->records, vring->index,
					 is_packed(features), &size);

	if (record)
		vd_virtqueue_inflight_forget(record);
}

void vhu_vring_pause(struct vhu_vring *vring)
{
	if (!vring->running)
		return;

	vd_device_stop_queue(vring->device, vring->index);
	vring->base = vd_virtqueue_stop(vring->vq);
	vring->running = false;
	vring->memory = NULL;
	vb_timer_cancel(&vring->look);
	vb_deferred_cancel(&vring->again);
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A signal handler has to find the mapping that an address belongs to.  So all
 * mappings of the process are in blocks that are never freed, and can be read
 * while another thread takes or returns an entry: a sequence number, odd while
 * the entry changes, tells.  An entry that changes is nobody's whose access has
 * just failed, because nobody touches a mapping that comes or goes.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include "vhost-user/mapping.h"
#include "vhost-user/session.h"
#include "virtio-devices/util.h"

#define PER_BLOCK 64

/**
 * struct vhu_mapping - an entry
 * @taken:    it belongs to somebody
 * @sequence: odd while what follows changes
 * @base:     where the mapping is; 0 if there is none
 * @size:     its length
 * @lender:   or NULL
 * @before:   bytes before what was asked for; for the owner only
 */
struct vhu_mapping {
	_Atomic(bool) taken;
	_Atomic(unsigned int) sequence;
	_Atomic(uintptr_t) base;
	_Atomic(size_t) size;
	_Atomic(struct vhu_lender *) lender;
	size_t before;
};

struct block {
	_Atomic(struct block *) next;
	struct vhu_mapping entries[PER_BLOCK];
};

static struct block first_block;

/* What SIGBUS meant before it was ours. */
static struct sigaction previous;

/* A page of a file that is empty: whoever reads it has a bus error. */
static const volatile char *missing_page;

static struct vhu_mapping *take_from(struct block *block)
{
	for (size_t i = 0; i < PER_BLOCK; i++) {
		if (!atomic_exchange(&block->entries[i].taken, true))
			return &block->entries[i];
	}

	return NULL;
}

/* The block after this one; a new one, if this was the last. */
static struct block *block_after(struct block *block)
{
	struct block *next = atomic_load(&block->next);
	struct block *fresh;

	if (next)
		return next;

	fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return NULL;
	if (atomic_compare_exchange_strong(&block->next, &next, fresh))
		return fresh;

	/* Another thread was faster. */
	free(fresh);

	return next;
}

static struct vhu_mapping *entry_take(void)
{
	struct block *block = &first_block;
	struct vhu_mapping *entry;

	while (!(entry = take_from(block))) {
		block = block_after(block);
		if (!block)
			return NULL;
	}

	return entry;
}

static void entry_set(struct vhu_mapping *entry, void *base, size_t size)
{
	atomic_fetch_add(&entry->sequence, 1);
	atomic_store(&entry->base, (uintptr_t)base);
	atomic_store(&entry->size, size);
	atomic_store(&entry->lender, NULL);
	atomic_fetch_add(&entry->sequence, 1);
}

/**
 * struct pages - whole pages of a file; they may be huge
 * @offset: of the first one
 * @size:   of all of them
 * @before: bytes in them before what is wanted
 */
struct pages {
	off_t offset;
	size_t size;
	size_t before;
};

/*
 * Whoever touches a page of a file may have to wait for its file system.  If that
 * is a program, or at the other end of a network, we would wait for somebody else,
 * and perhaps forever.  What is memory has seals, although there may be none that
 * can be set; file systems on disks know of files that dump(8) leaves out, which
 * FUSE, NFS and 9P do not.  (That they know of immutable ones, too, is no sign:
 * overlayfs says so, whatever it is on top of, and leaves the former to that.)
 * Neither question gets as far as a server.
 */
static bool is_local(int fd, const struct statx *file)
{
	return file->stx_attributes_mask & STATX_ATTR_NODUMP ||
	       fcntl(fd, F_GET_SEALS) >= 0;
}

static int examine(int fd, struct statx *ret)
{
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_TYPE | STATX_SIZE, ret) < 0)
		return -errno;
	if (!S_ISREG(ret->stx_mode))
		return -EINVAL;

	return is_local(fd, ret) ? 0 : -EOPNOTSUPP;
}

/*
 * Huge pages are the blocks of their files.  Blocks of other files can be of any
 * size, that of a RAID's stripes for one.
 */
static size_t page_size(const struct statx *file)
{
	size_t block = file->stx_blksize, page = (size_t)sysconf(_SC_PAGESIZE);

	return block & (block - 1) ? page : VD_MAX(block, page);
}

/* Touching what lies beyond the end of a file is a bus error. */
static int find_pages(int fd, uint64_t offset, uint64_t size, struct pages *ret)
{
	struct statx file;
	size_t page;
	int r;

	r = examine(fd, &file);
	if (r < 0)
		return r;

	page = page_size(&file);
	if (size == 0 || offset > file.stx_size ||
	    size > file.stx_size - offset || size > SIZE_MAX - 2 * page)
		return -EINVAL;

	ret->before = offset & (page - 1);
	ret->offset = (off_t)(offset - ret->before);
	ret->size = (ret->before + size + page - 1) & ~(page - 1);

	return 0;
}

int vhu_mapping_new(int fd, uint64_t offset, uint64_t size,
		    struct vhu_mapping **ret)
{
	struct vhu_mapping *entry;
	struct pages pages = { 0 };
	void *base;
	int r;

	r = find_pages(fd, offset, size, &pages);
	if (r < 0)
		return r;

	entry = entry_take();
	if (!entry)
		return -ENOMEM;

	base = mmap(NULL, pages.size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, fd, pages.offset);
	if (base == MAP_FAILED) {
		atomic_store(&entry->taken, false);
		return -errno;
	}
	madvise(base, pages.size, MADV_DONTDUMP);
	entry_set(entry, base, pages.size);
	entry->before = pages.before;

	*ret = entry;
	return 0;
}

void vhu_mapping_free(struct vhu_mapping *mapping)
{
	void *base;
	size_t size;
	int r;

	if (!mapping)
		return;

	base = (void *)atomic_load(&mapping->base);
	size = atomic_load(&mapping->size);
	entry_set(mapping, NULL, 0);
	r = munmap(base, size);
	assert(r == 0);
	(void)r;
	atomic_store(&mapping->taken, false);
}

void *vhu_mapping_base(const struct vhu_mapping *mapping)
{
	return (char *)atomic_load(&mapping->base) + mapping->before;
}

void vhu_mapping_set_lender(struct vhu_mapping *mapping,
			    struct vhu_lender *lender)
{
	atomic_store(&mapping->lender, lender);
}

/* --- in a signal handler -------------------------------------------------- */

static bool covers(struct vhu_mapping *entry, uintptr_t at)
{
	unsigned int sequence = atomic_load(&entry->sequence);
	uintptr_t base = atomic_load(&entry->base);
	size_t size = atomic_load(&entry->size);

	if (sequence % 2 || sequence != atomic_load(&entry->sequence))
		return false;

	return base && at >= base && at - base < size;
}

static struct vhu_mapping *find(uintptr_t at)
{
	struct block *block;

	for (block = &first_block; block; block = atomic_load(&block->next)) {
		for (size_t i = 0; i < PER_BLOCK; i++) {
			if (covers(&block->entries[i], at))
				return &block->entries[i];
		}
	}

	return NULL;
}

/*
 * All of it, so that this is the only fault, whatever the size of its pages.
 * False if there is no room, under strict overcommit.
 */
static bool replace(struct vhu_mapping *mapping)
{
	void *base = (void *)atomic_load(&mapping->base);

	return mmap(base, atomic_load(&mapping->size), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		    0) != MAP_FAILED;
}

static void blame(struct vhu_lender *lender)
{
	if (!lender)
		return;

	atomic_store(&lender->failed, true);
	if (lender->socket >= 0)
		(void)shutdown(lender->socket, SHUT_RDWR);
}

/*
 * The access fails again after this handler, and a bus error that is blocked then
 * ends the process, whatever handler there is.  That takes no system call, which
 * might be forbidden.
 */
static void let_it_end(void *context)
{
	ucontext_t *interrupted = context;

	sigaddset(&interrupted->uc_sigmask, SIGBUS);
}

/*
 * A signal that was sent does not come a second time, so that a bus error is
 * made.  The signal is blocked here, and that takes no system call either.
 */
static void end_now(void)
{
	(void)missing_page[0];
}

static void pass_on(int signal, siginfo_t *info, void *context)
{
	bool sent = info->si_code <= 0;

	if (previous.sa_flags & SA_SIGINFO)
		previous.sa_sigaction(signal, info, context);
	else if (previous.sa_handler != SIG_DFL &&
		 previous.sa_handler != SIG_IGN)
		previous.sa_handler(signal);
	else if (!sent)
		let_it_end(context);
	else if (previous.sa_handler == SIG_DFL)
		end_now();
}

static void bus_error(int signal, siginfo_t *info, void *context)
{
	int saved = errno;
	struct vhu_mapping *mapping = NULL;

	/* Others are from another process, and have no address. */
	if (info->si_code > 0)
		mapping = find((uintptr_t)info->si_addr);

	if (mapping && replace(mapping))
		blame(atomic_load(&mapping->lender));
	else
		pass_on(signal, info, context);

	errno = saved;
}

static int map_missing_page(void)
{
	int fd = memfd_create("empty", MFD_CLOEXEC);
	void *page;
	int r = 0;

	if (fd < 0)
		return -errno;

	page = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		r = -errno;
	else
		missing_page = page;
	close(fd);

	return r;
}

int vhu_catch_bus_errors(void)
{
	struct sigaction action = {
		.sa_sigaction = bus_error,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART,
	};
	struct sigaction before;
	int r;

	if (sigaction(SIGBUS, NULL, &before) < 0)
		return -errno;
	if (before.sa_flags & SA_SIGINFO && before.sa_sigaction == bus_error)
		return 0;

	r = missing_page ? 0 : map_missing_page();
	if (r < 0)
		return r;
	previous = before;

	return sigaction(SIGBUS, &action, NULL) < 0 ? -errno : 0;
}

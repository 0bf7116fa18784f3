/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages for whoever runs the program, on stderr.  Where that is the
 * journal, each line begins with its priority, see sd-daemon(3).
 *
 * A message names the guest that it is about, and says whose fault it is: the
 * driver's in the guest, the front-end's, the host's, or the user's.  Whatever
 * a guest or a front-end can cause goes through a limit, or they could fill
 * the host's disk.
 */

#ifndef DAEMONS_LOG_H
#define DAEMONS_LOG_H

#include <stdint.h>

#include "virtio-devices/token-bucket.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* The names of the levels, for an options table; NULL after the last. */
extern const char *const log_level_names[];

/**
 * log_init() - say who we are, and find out whether the journal listens
 * @program: kept; begins each line that does not go to the journal
 *
 * To be called before any descriptor is made: standard streams that are closed
 * lead to /dev/null from then on.
 */
void log_init(const char *program);

/**
 * log_set_level() - leave out what is less important
 * @level: the last level that is written; at first LOG_LEVEL_INFO
 */
void log_set_level(enum log_level level);

/**
 * log_message() - write a line
 * @level:   how important it is
 * @subject: the guest, socket or file that it is about, or NULL
 * @format:  as for printf(); no line break
 *
 * Can be called from any thread; a line is written in one piece.
 */
__attribute__((format(printf, 3, 4))) void
log_message(enum log_level level, const char *subject, const char *format, ...);

#define log_error(...) log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)

/**
 * struct log_limit - how much one guest may have written
 * @bucket:  lines that may still be written
 * @dropped: lines that were not
 *
 * Belongs to one thread.
 */
struct log_limit {
	struct vd_token_bucket bucket;
	uint64_t dropped;
};

/**
 * log_limit_init() - begin with a whole burst
 * @limit: the limit
 */
void log_limit_init(struct log_limit *limit);

/**
 * log_limited() - write a line, unless there were too many
 * @limit:   counts
 * @now:     the time, in nanoseconds on a monotonic clock
 * @level:   as for log_message()
 * @subject: likewise
 * @text:    the message
 *
 * How many lines were left out is written before the next one that is not.
 */
void log_limited(struct log_limit *limit, uint64_t now, enum log_level level,
		 const char *subject, const char *text);

#endif

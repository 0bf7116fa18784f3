/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How often a daemon was killed, and how long its guest waited each time.
 */

#ifndef TESTS_CRASH_FIGURES_H
#define TESTS_CRASH_FIGURES_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct crash_figures - what is known of the kills
 * @begun:  when the last one was, in microseconds
 * @usecs:  from each to the first answer of the next process
 * @n:      how many there were
 * @room:   for so many
 */
struct crash_figures {
	uint64_t begun;
	uint64_t *usecs;
	size_t n;
	size_t room;
};

/* Returns how many there are to be: 10, or what KILLS says. */
unsigned int crash_figures_init(struct crash_figures *figures);

/* The process is about to be killed. */
void crash_figures_begin(struct crash_figures *figures);

/* The next one has answered. */
void crash_figures_end(struct crash_figures *figures);

/* Say so in the test's log, with what else there is to be said. */
void crash_figures_print(struct crash_figures *figures, const char *name,
			 const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void crash_figures_fini(struct crash_figures *figures);

#endif

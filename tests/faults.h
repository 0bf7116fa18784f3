/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Calls that fail for lack of something: the program is linked with --wrap for
 * each function (see faults.mk), so that those of our own objects come here.
 */

#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>

/**
 * struct faults - which call fails; shared by processes
 * @armed: some do
 * @at:    the first that does, counted from 0
 * @stays: and all after it, rather than none
 * @name:  of the first that does; the same in all processes, which are forked
 * @calls: how many there were since @armed
 * @live:  allocations that were not freed, at any time
 */
struct faults {
	_Atomic(bool) armed;
	_Atomic(unsigned int) at;
	_Atomic(bool) stays;
	_Atomic(const char *) name;
	_Atomic(unsigned int) calls;
	_Atomic(int) live;
};

extern struct faults *faults;

/* Make @faults; from now on, children share it. */
void faults_init(void);

/* Calls of this process may fail. */
void faults_apply_here(void);

/* Have a call fail, see struct faults. */
void faults_arm(unsigned int at, bool stays);

/* Have none fail; returns whether any did. */
bool faults_disarm(void);

/* Is this the call that fails?  For those who wrap further functions. */
bool faults_fail(const char *name);

/* There are so many pieces of memory more. */
void faults_count(int n);

#endif

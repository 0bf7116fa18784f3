/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_SANDBOX_H
#define DAEMONS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * DOC: What a daemon can still do once it has front-ends
 *
 * All that a daemon opens it opens before it reads the first byte of a
 * front-end.  After that it works with what it has: whoever takes it over
 * through a bug finds a process that can start no program, open no file, make
 * no socket and no thread, and has no privilege.
 *
 * That happens in two steps: sandbox_restrict() before threads are made, since
 * they inherit it, and sandbox_filter() afterwards, which is for all threads
 * and forbids to make more.
 *
 * What the kernel does not have is left out.
 */

/**
 * enum sandbox_mode - the value of --sandbox
 * @SANDBOX_ON:  all that there is
 * @SANDBOX_LOG: system calls are not forbidden, but those that would be are
 *               recorded in the kernel's log or by auditd
 * @SANDBOX_OFF: nothing
 */
enum sandbox_mode {
	SANDBOX_ON,
	SANDBOX_LOG,
	SANDBOX_OFF,
};

/* The names of the modes, for an options table; NULL after the last. */
extern const char *const sandbox_mode_names[];

/*
 * Programs that are instrumented do at their end what no sandbox would allow:
 * they search their memory for leaks, or write down which lines ran.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define SANDBOX_DEFAULT "off"
#endif
#endif
#if !defined(SANDBOX_DEFAULT) && \
	(defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	 defined(COUNT_COVERAGE))
#define SANDBOX_DEFAULT "off"
#endif
#ifndef SANDBOX_DEFAULT
#define SANDBOX_DEFAULT "on"
#endif

/**
 * enum sandbox_rule - when a system call is allowed
 * @SANDBOX_ALWAYS:    that is, at any time
 * @SANDBOX_ELSEWHERE: likewise; but not every machine needs it: another
 *                     processor, C library or kernel does, or some hardware
 * @SANDBOX_IF_EQUAL:  if an argument is a certain value
 * @SANDBOX_IF_CLEAR:  if certain bits of an argument are not set
 * @SANDBOX_MISSING:   never, but who calls it is told that there is no such
 *                     call, and goes on without
 */
enum sandbox_rule {
	SANDBOX_ALWAYS,
	SANDBOX_ELSEWHERE,
	SANDBOX_IF_EQUAL,
	SANDBOX_IF_CLEAR,
	SANDBOX_MISSING,
};

/**
 * struct sandbox_call - a system call that is allowed
 * @name:  as in the manual; a processor that has no such call needs none.
 *         NULL after the last of a table
 * @rule:  when
 * @arg:   for a rule about an argument: which, the first is 0
 * @value: likewise: the value, or the bits
 *
 * A name may be there several times; then any of the rules will do.
 */
struct sandbox_call {
	const char *name;
	enum sandbox_rule rule;
	unsigned int arg;
	uint64_t value;
};

/**
 * sandbox_twin() - what some processors have beside a system call
 * @name: of the call, as in a table
 *
 * It is allowed wherever the call is, and in no table.
 *
 * Return: its name, or NULL if there is none.
 */
const char *sandbox_twin(const char *name);

/* What any daemon needs; it may need more, see struct daemon. */
extern const struct sandbox_call sandbox_common_calls[];

/**
 * sandbox_allow() - these options need further system calls
 * @calls: they; as for sandbox_filter(), before which this has to be
 */
void sandbox_allow(const struct sandbox_call *calls);

/**
 * sandbox_keep_override() - there will be sockets that are somebody else's
 *
 * Root may connect to them, and removes files from the directories of others,
 * by CAP_DAC_OVERRIDE.  Before sandbox_restrict().
 */
void sandbox_keep_override(void);

/**
 * sandbox_keep_file() - a file is to be removed at the end
 * @path: of the file.  Others in the same directory can be removed, too, and
 *        nothing else can be done with any file
 *
 * Nothing happens after sandbox_restrict().
 */
void sandbox_keep_file(const char *path);

/**
 * sandbox_keep_config() - a file is to be read again, and names sockets
 * @path: of the file.  Others in the same directory can be read, too, and
 *        sockets can be made, and files removed, anywhere
 *
 * Before sandbox_restrict().
 */
void sandbox_keep_config(const char *path);

/**
 * sandbox_keep_input() - a file is to be read, or read again
 * @path: of the file, or of a directory: then of all that is in it.  What is
 *        not there yet cannot be read later
 *
 * Before sandbox_restrict().
 */
void sandbox_keep_input(const char *path);

/**
 * sandbox_keep_output() - files are to be made, or written from their beginning
 * @path: of one; others in the same directory can be made, too
 *
 * Before sandbox_restrict().
 */
void sandbox_keep_output(const char *path);

/**
 * sandbox_restrict() - give up privileges, files and resources
 * @mode: how much of it
 *
 * Before there are threads; and nothing new can be opened after this.
 */
void sandbox_restrict(enum sandbox_mode mode);

/**
 * sandbox_filter() - allow no system calls but these
 * @mode:  how much of it
 * @calls: beside sandbox_common_calls; or NULL
 *
 * For all threads of the process, and nobody can make more.  One that makes
 * another call ends the process with SIGSYS, after a message that names the
 * call by its number.  Calls that are newer than Linux 5.1 fail with ENOSYS
 * instead, because the C library tries them before older ones; and so do those
 * that are allowed, but not with these arguments.
 *
 * Return: 0, or a negative errno; it has been logged.  A kernel without such
 *         filters is no error, but there is a warning.
 */
int sandbox_filter(enum sandbox_mode mode, const struct sandbox_call *calls);

/**
 * sandbox_needs_override() - are there files of somebody else?
 *
 * Root uses them by CAP_DAC_OVERRIDE.
 */
bool sandbox_needs_override(void);

/**
 * sandbox_seal_paths() - Landlock: what was kept is all that can be done with
 *                        files from now on
 *
 * Also, no connection can be made over TCP, and no process outside can be
 * signalled or reached at an abstract socket.
 *
 * Return: whether the kernel does that.
 */
bool sandbox_seal_paths(void);

#endif

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a test writes to standard error.
 */

#ifndef TESTS_CAPTURED_H
#define TESTS_CAPTURED_H

/* From now on standard error is a file in memory, and not the journal's. */
void capture_stderr(void);

/* What was written, ever since.  Gives standard error back: assertions use it. */
const char *captured(void);

#endif

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef CRITERION_LOGGING_H
#define CRITERION_LOGGING_H

#include <stdio.h>

#define cr_log_info(...) (printf("# " __VA_ARGS__), printf("\n"))

#endif

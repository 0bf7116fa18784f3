/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef CRITERION_PARAMETERIZED_H
#define CRITERION_PARAMETERIZED_H

#include <criterion/criterion.h>

#endif

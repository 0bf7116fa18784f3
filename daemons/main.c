/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Every daemon is this file and its own.
 */

#include "daemons/daemon.h"

int main(int argc, char **argv)
{
	(void)argc;

	return daemon_main(&program, argv);
}

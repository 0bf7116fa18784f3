/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <fcntl.h>
#include <sys/time.h>

#include "daemons/probe-alarm.h"

volatile sig_atomic_t probe_alarmed;

static void on_alarm(int number)
{
	(void)number;
	probe_alarmed = 1;
}

static void set_timer(suseconds_t period)
{
	const struct itimerval timer = {
		.it_interval.tv_usec = period,
		.it_value.tv_usec = period,
	};

	setitimer(ITIMER_REAL, &timer, NULL);
}

void probe_alarm_begin(int fd, unsigned int period)
{
	/* Without SA_RESTART, so that it interrupts a read(). */
	const struct sigaction action = { .sa_handler = on_alarm };

	/* Back-ends make it non-blocking: the open file is theirs, too. */
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	sigaction(SIGALRM, &action, NULL);
	set_timer(1000 * (suseconds_t)period);
}

void probe_alarm_end(void)
{
	set_timer(0);
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A line is put together in a buffer and written with one system call, so that
 * those of several threads, and of several processes, do not mix.
 */

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemons/log.h"
#include "virtio-devices/util.h"

/* Room for a socket's path, and for a sentence or two. */
#define MAX_LINE 1024

/* A guest may cause a burst of lines, and then one each second. */
#define BURST 10
#define BURST_PERIOD 10000

const char *const log_level_names[] = { "error", "warning", "info", "debug",
					NULL };

/* Priorities of syslog(3). */
static const int priorities[] = { 3, 4, 6, 7 };

static const char *program_name = "vhost-device";
static bool journal;
static _Atomic(enum log_level) last_level = LOG_LEVEL_INFO;

/* systemd names the journal's socket by device and inode. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2)
		return false;

	return fstat(fd, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

/*
 * Who starts us may have closed them.  Then a socket or the memory of a guest
 * would get the number that messages are written to.
 */
static void occupy_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

void log_init(const char *program)
{
	occupy_standard_streams();
	program_name = program;
	journal = is_journal(STDERR_FILENO);
}

void log_set_level(enum log_level level)
{
	atomic_store(&last_level, level);
}

static size_t begin_line(char *line, size_t size, enum log_level level,
			 const char *subject)
{
	const char *colon = subject ? ": " : "";
	int n;

	subject = subject ? subject : "";
	if (journal)
		n = snprintf(line, size, "<%d>%s%s", priorities[level], subject,
			     colon);
	else if (level <= LOG_LEVEL_WARNING)
		n = snprintf(line, size, "%s: %s: %s%s", program_name,
			     log_level_names[level], subject, colon);
	else
		n = snprintf(line, size, "%s: %s%s", program_name, subject,
			     colon);

	return VD_MIN((size_t)n, size - 1);
}

/* A path may contain anything, but a message is one line of plain text. */
static void neutralise(char *line)
{
	for (; *line; line++) {
		if ((unsigned char)*line < ' ' || *line == '\177')
			*line = '?';
	}
}

void log_message(enum log_level level, const char *subject, const char *format,
		 ...)
{
	char line[MAX_LINE];
	size_t len;
	va_list args;
	ssize_t n;

	if (level > atomic_load(&last_level))
		return;

	/* The last byte is for the line break. */
	len = begin_line(line, sizeof(line) - 1, level, subject);
	va_start(args, format);
	vsnprintf(line + len, sizeof(line) - 1 - len, format, args);
	va_end(args);

	neutralise(line);
	len = strlen(line);
	line[len++] = '\n';

	/* There is nobody to tell if it fails. */
	n = write(STDERR_FILENO, line, len);
	(void)n;
}

void log_limit_init(struct log_limit *limit)
{
	vd_token_bucket_init(&limit->bucket, BURST, BURST_PERIOD);
	limit->dropped = 0;
}

void log_limited(struct log_limit *limit, uint64_t now, enum log_level level,
		 const char *subject, const char *text)
{
	if (level > atomic_load(&last_level))
		return;

	if (!vd_token_bucket_available(&limit->bucket, now)) {
		limit->dropped++;
		return;
	}
	vd_token_bucket_take(&limit->bucket, 1);

	if (limit->dropped) {
		log_message(level, subject, "%llu messages were left out",
			    (unsigned long long)limit->dropped);
		limit->dropped = 0;
	}
	log_message(level, subject, "%s", text);
}

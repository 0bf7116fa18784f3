/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sees that the position of a stream goes on evenly while it is played.
 *
 *   position STATUS PERIOD
 *
 * STATUS is ALSA's file about the stream, and PERIOD its period: 480 frames of a
 * 48000th of a second.  In less than half of one, the position must not go on by
 * more than two.
 *
 * Only looks count between which no more time can have passed than that, on a busy
 * machine as well; a third of what is played has to be between such.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RATE 48000

/**
 * struct look - what the file says
 * @at:     how many frames have been played
 * @before: we looked after this time, in microseconds
 * @after:  and before that
 */
struct look {
	int64_t at;
	int64_t before;
	int64_t after;
};

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

/* Returns false if nothing is played. */
static bool look_at(int fd, struct look *ret)
{
	static const char key[] = "\nhw_ptr";
	const char *line, *colon;
	char text[1024];
	ssize_t n;

	ret->before = now();
	n = pread(fd, text, sizeof(text) - 1, 0);
	ret->after = now();
	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, key);
	colon = line ? strchr(line, ':') : NULL;
	if (colon)
		ret->at = strtoll(colon + 1, NULL, 10);

	return colon;
}

/**
 * struct result - of many looks
 * @n:      how many there were
 * @frames: played meanwhile
 * @seen:   of these, between looks that say something
 * @most:   at once
 */
struct result {
	unsigned long n;
	int64_t frames;
	int64_t seen;
	int64_t most;
};

static void compare(struct result *result, const struct look *last,
		    const struct look *look, int64_t period)
{
	int64_t step = look->at - last->at;

	/* A stream that begins anew goes back. */
	result->n++;
	if (step <= 0)
		return;
	result->frames += step;
	if (look->after - last->before >= period * 1000000 / RATE / 2)
		return;
	result->seen += step;
	if (step > result->most)
		result->most = step;
}

/* The player has to have its turn, too. */
static void rest(void)
{
	const struct timespec millisecond = { .tv_nsec = 1000000 };

	nanosleep(&millisecond, NULL);
}

static struct result watch(int fd, int64_t period)
{
	struct result result = { 0 };
	struct look last, look;

	while (!look_at(fd, &last))
		rest();
	while (look_at(fd, &look)) {
		compare(&result, &last, &look, period);
		last = look;
		rest();
	}

	return result;
}

int main(int argc, char **argv)
{
	int64_t period = argc == 3 ? strtoll(argv[2], NULL, 10) : 0;
	struct result result;
	int fd;

	if (period <= 0) {
		fprintf(stderr, "usage: position STATUS PERIOD\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "position: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}

	result = watch(fd, period);
	close(fd);
	printf("%lu looks at %" PRId64 " frames; of %" PRId64 ", %" PRId64
	       " at once at most\n",
	       result.n, result.frames, result.seen, result.most);

	return result.most > 2 * period || result.seen < result.frames / 3 ||
	       result.seen < RATE / 3;
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Makes tones, and tells what has become of them.
 *
 *   tone make HZ SECONDS >SAMPLES
 *   tone check HZ SECONDS [SEGMENTS] <SAMPLES
 *   tone find SAMPLES <RECORDING
 *
 * Samples are little-endian 16-bit integers of two channels at 48000 Hz.
 *
 * "check" wants a tone of this frequency, in so many segments with silence
 * between them (1 if left out), all together of this length.  Within a segment
 * the tone has to go on without a gap, and with its frequency within 0.1 %.
 * Other tones may sound, too, if their frequencies are multiples of 40 Hz.
 *
 * "find" wants these samples in the recording, bit by bit and without a gap.
 */

#include <complex.h>
#include <endian.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RATE 48000
#define CHANNELS 2
#define LEVEL 8000

/* 25 ms: all multiples of 40 Hz have whole periods in it. */
#define WINDOW 1200

/* Windows of the longest recording: ten minutes. */
#define MAX_WINDOWS 24000

/* Of the frequency, as said above. */
#define TOLERANCE 0.001

/* Of the phase from one window to the next, in turns: a gap of 0.1 ms. */
#define MAX_STEP 0.045

/* Of the loudness from one window to the next. */
#define MAX_CHANGE 0.05

static int make(double hz, double seconds)
{
	long n = lround(seconds * RATE);

	for (long i = 0; i < n; i++) {
		double value = LEVEL * sin(2 * M_PI * hz * (double)i / RATE);
		uint16_t sample = htole16((uint16_t)(int16_t)lround(value));
		const uint16_t frame[CHANNELS] = { sample, sample };

		if (fwrite(frame, sizeof(frame), 1, stdout) != 1)
			return 1;
	}

	return fflush(stdout) != 0;
}

/* How loud the tone is in each window, and in which phase. */
static size_t analyse(double hz, double complex *windows)
{
	int16_t frames[WINDOW][CHANNELS];
	size_t n = 0;

	while (n < MAX_WINDOWS &&
	       fread(frames, sizeof(frames), 1, stdin) == 1) {
		double complex sum = 0;

		for (size_t i = 0; i < WINDOW; i++) {
			double t = (double)(n * WINDOW + i) / RATE;
			int16_t sample =
				(int16_t)le16toh((uint16_t)frames[i][0]);

			sum += sample * cexp(-2 * M_PI * I * hz * t);
		}
		windows[n++] = 2 * sum / WINDOW;
	}

	return n;
}

static double turns(double complex a, double complex b)
{
	return carg(b / a) / (2 * M_PI);
}

/**
 * struct segment - a part of the recording in which the tone sounds
 * @n:      windows that are filled by it
 * @hz:     its frequency
 * @step:   the greatest change of its phase that is not due to that, in turns
 * @change: the greatest change of its loudness
 */
struct segment {
	size_t n;
	double hz;
	double step;
	double change;
};

static struct segment measure(double hz, const double complex *windows,
			      size_t n)
{
	struct segment segment = { .n = n };
	double total = 0, mean;

	for (size_t i = 1; i < n; i++)
		total += turns(windows[i - 1], windows[i]);
	mean = total / (double)(n - 1);
	segment.hz = hz + mean * RATE / WINDOW;
	for (size_t i = 1; i < n; i++) {
		double step = turns(windows[i - 1], windows[i]) - mean;
		double change = cabs(windows[i]) / cabs(windows[i - 1]) - 1;

		segment.step = fmax(segment.step, fabs(step));
		segment.change = fmax(segment.change, fabs(change));
	}

	return segment;
}

static bool judge(double hz, const struct segment *segment)
{
	bool good = fabs(segment->hz - hz) <= hz * TOLERANCE &&
		    segment->step <= MAX_STEP && segment->change <= MAX_CHANGE;

	printf("%.3f Hz for %.2f s, phase within %.4f turns, loudness within "
	       "%.1f %%%s\n",
	       segment->hz, (double)(segment->n * WINDOW) / RATE, segment->step,
	       segment->change * 100, good ? "" : ": BAD");

	return good;
}

static double loudest(const double complex *windows, size_t n)
{
	double max = 0;

	for (size_t i = 0; i < n; i++)
		max = fmax(max, cabs(windows[i]));

	return max;
}

static int check(double hz, double seconds, size_t n_expected)
{
	static double complex windows[MAX_WINDOWS];
	size_t n = analyse(hz, windows), n_segments = 0;
	double threshold = loudest(windows, n) * 0.9, sum = 0;
	bool good = true;

	for (size_t i = 0, begin; i < n; i++) {
		struct segment segment;

		for (begin = i; i < n && cabs(windows[i]) > threshold;)
			i++;
		if (i - begin < 2)
			continue;
		segment = measure(hz, windows + begin, i - begin);
		good = judge(hz, &segment) && good;
		sum += (double)(segment.n * WINDOW) / RATE;
		n_segments++;
	}

	if (n_segments != n_expected) {
		printf("%zu segments, not %zu\n", n_segments, n_expected);
		good = false;
	}
	/* The windows at both ends of a segment are not counted. */
	if (sum > seconds || sum < seconds - 0.05 * (double)n_expected) {
		printf("%.3f s in all, not %.3f\n", sum, seconds);
		good = false;
	}

	return good ? 0 : 1;
}

static const char *map(int fd, size_t *len)
{
	struct stat st = { 0 };
	void *bytes = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED,
			     fd, 0);
	if (bytes == MAP_FAILED) {
		fprintf(stderr, "tone: there are no samples\n");
		exit(1);
	}
	*len = (size_t)st.st_size;

	return bytes;
}

static int find(const char *path)
{
	size_t len, recorded_len;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *samples = map(fd, &len);
	const char *recorded = map(STDIN_FILENO, &recorded_len);
	const char *at = memmem(recorded, recorded_len, samples, len);

	close(fd);
	if (!at) {
		printf("the recording has not all samples of %s\n", path);
		return 1;
	}
	printf("all samples of %s begin at frame %zu\n", path,
	       (size_t)(at - recorded) / sizeof(int16_t) / CHANNELS);

	return 0;
}

int main(int argc, char **argv)
{
	double hz, seconds;

	if (argc == 3 && !strcmp(argv[1], "find"))
		return find(argv[2]);
	if (argc < 4) {
		fprintf(stderr, "usage: tone make|check HZ SECONDS\n"
				"       tone find SAMPLES\n");
		return 2;
	}
	hz = strtod(argv[2], NULL);
	seconds = strtod(argv[3], NULL);

	if (!strcmp(argv[1], "make"))
		return make(hz, seconds);

	return check(hz, seconds,
		     argc > 4 ? (size_t)strtoul(argv[4], NULL, 10) : 1);
}

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += tests/fake-sound-backend.h tests/sound-driver.h

check_PROGRAMS += tests/test-sound
tests_test_sound_SOURCES = \
	tests/test-sound-bursts.c \
	tests/test-sound-capture.c \
	tests/test-sound-clock.c \
	tests/test-sound-controls.c \
	tests/test-sound-host.c \
	tests/test-sound-info.c \
	tests/test-sound-kicks.c \
	tests/test-sound-pace.c \
	tests/test-sound-pcm.c \
	tests/test-sound-playback.c \
	tests/test-sound-queues.c \
	tests/test-sound-recovery.c \
	tests/test-sound-rings.c \
	tests/fake-driver.c tests/fake-malloc.c tests/fake-queue.c \
	tests/fake-sound-backend.c tests/sound-driver.c
tests_test_sound_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_sound_LDFLAGS = $(AM_LDFLAGS) $(wrap_malloc)
tests_test_sound_LDADD = virtio-devices/libdevices.la $(CRITERION_LIBS)
TESTS += tests/test-sound

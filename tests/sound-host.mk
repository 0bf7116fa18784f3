# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

check_PROGRAMS += tests/test-sound-convert
tests_test_sound_convert_SOURCES = tests/test-sound-convert.c
tests_test_sound_convert_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_sound_convert_LDADD = backends/libsound.la \
	virtio-devices/libdevices.la $(CRITERION_LIBS)
TESTS += tests/test-sound-convert

check_PROGRAMS += tests/test-sound-null
tests_test_sound_null_SOURCES = tests/test-sound-null.c
tests_test_sound_null_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_sound_null_LDADD = backends/libsound.la \
	virtio-devices/libdevices.la $(CRITERION_LIBS)
TESTS += tests/test-sound-null

if HAVE_SNDFILE
check_PROGRAMS += tests/test-sound-file
tests_test_sound_file_SOURCES = tests/test-sound-file.c
tests_test_sound_file_CFLAGS = \
	$(AM_CFLAGS) $(SNDFILE_CFLAGS) $(CRITERION_CFLAGS)
tests_test_sound_file_LDADD = \
	backends/libsound-file.la backends/libsound.la \
	virtio-devices/libdevices.la $(SNDFILE_LIBS) \
	$(CRITERION_LIBS)
TESTS += tests/test-sound-file
endif

# What becomes of a tone on its way through a guest.
check_PROGRAMS += tests/sound/tone
tests_sound_tone_SOURCES = tests/sound/tone.c
tests_sound_tone_LDADD = -lm

check_PROGRAMS += tests/sound/position
tests_sound_position_SOURCES = tests/sound/position.c

TESTS += tests/check-tone.sh
EXTRA_DIST += tests/check-tone.sh

if HAVE_PULSE
EXTRA_DIST += tests/fixture-pulse.h tests/pulse-driver.h tests/sound-player.h
check_PROGRAMS += tests/test-sound-pulse
tests_test_sound_pulse_SOURCES = \
	tests/test-sound-pulse.c tests/test-sound-pulse-bytes.c \
	tests/test-sound-pulse-volume.c \
	tests/fixture-pulse.c tests/pulse-driver.c
tests_test_sound_pulse_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_sound_pulse_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_sound_pulse_LDADD = \
	backends/libsound-pulse.la backends/libsound.la backends/libloop.la \
	virtio-devices/libdevices.la \
	$(CRITERION_LIBS) -lpthread
TESTS += tests/test-sound-pulse

check_PROGRAMS += tests/test-sound-pulse-end
tests_test_sound_pulse_end_SOURCES = tests/test-sound-pulse-end.c \
	tests/fixture-pulse.c tests/pulse-driver.c
tests_test_sound_pulse_end_CPPFLAGS = $(tests_test_sound_pulse_CPPFLAGS)
tests_test_sound_pulse_end_CFLAGS = $(tests_test_sound_pulse_CFLAGS)
tests_test_sound_pulse_end_LDADD = $(tests_test_sound_pulse_LDADD)
TESTS += tests/test-sound-pulse-end

check_PROGRAMS += tests/test-sound-daemon
tests_test_sound_daemon_SOURCES = tests/test-sound-daemon.c \
	tests/fixture-daemon.c tests/fixture-pulse.c tests/sound-player.c
tests_test_sound_daemon_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_sound_daemon_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_sound_daemon_LDADD = \
	daemons/libprobe.la $(CRITERION_LIBS) -lpthread
TESTS += tests/test-sound-daemon

check_PROGRAMS += tests/test-sound-options
tests_test_sound_options_SOURCES = tests/test-sound-options.c \
	tests/fixture-daemon.c tests/fixture-pulse.c tests/sound-player.c
tests_test_sound_options_CPPFLAGS = $(tests_test_sound_daemon_CPPFLAGS)
tests_test_sound_options_CFLAGS = $(tests_test_sound_daemon_CFLAGS)
tests_test_sound_options_LDADD = $(tests_test_sound_daemon_LDADD)
TESTS += tests/test-sound-options

check_PROGRAMS += tests/test-sound-time
tests_test_sound_time_SOURCES = tests/test-sound-time.c \
	tests/fixture-daemon.c tests/fixture-pulse.c
tests_test_sound_time_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_sound_time_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_sound_time_LDADD = \
	daemons/libprobe.la $(CRITERION_LIBS) -lpthread
TESTS += tests/test-sound-time

check_PROGRAMS += tests/test-sound-pulse-mainloop
tests_test_sound_pulse_mainloop_SOURCES = tests/test-sound-pulse-mainloop.c
tests_test_sound_pulse_mainloop_CFLAGS = \
	$(AM_CFLAGS) $(PULSE_CFLAGS) $(CRITERION_CFLAGS)
tests_test_sound_pulse_mainloop_LDADD = \
	backends/libsound-pulse.la backends/libloop.la $(CRITERION_LIBS)
TESTS += tests/test-sound-pulse-mainloop
endif

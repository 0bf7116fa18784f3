# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

check_PROGRAMS += tests/test-sound-convert
tests_test_sound_convert_SOURCES = tests/test-sound-convert.c
tests_test_sound_convert_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_sound_convert_LDADD = backends/libsound.la $(CRITERION_LIBS)
TESTS += tests/test-sound-convert

if HAVE_PULSE
check_PROGRAMS += tests/test-sound-pulse-mainloop
tests_test_sound_pulse_mainloop_SOURCES = tests/test-sound-pulse-mainloop.c
tests_test_sound_pulse_mainloop_CFLAGS = \
	$(AM_CFLAGS) $(PULSE_CFLAGS) $(CRITERION_CFLAGS)
tests_test_sound_pulse_mainloop_LDADD = \
	backends/libsound-pulse.la backends/libloop.la $(CRITERION_LIBS)
TESTS += tests/test-sound-pulse-mainloop
endif

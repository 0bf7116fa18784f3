# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# Sound.  What needs a library of the host is left out where that is missing.
noinst_HEADERS += \
	backends/pulse-connection.h \
	backends/pulse-mainloop.h \
	backends/pulse-private.h \
	backends/pulse-spec.h \
	backends/pulse-stream.h \
	backends/sound-convert.h \
	backends/sound-file.h \
	backends/sound-frames.h \
	backends/sound-null.h \
	backends/sound-pulse.h \
	backends/sound-streams.h \
	backends/sound-wav.h

noinst_LTLIBRARIES += backends/libsound.la
backends_libsound_la_SOURCES = \
	backends/sound-convert.c \
	backends/sound-frames.c \
	backends/sound-null.c \
	backends/sound-streams.c

sound_file_sources = backends/sound-file.c backends/sound-wav.c
if HAVE_SNDFILE
noinst_LTLIBRARIES += backends/libsound-file.la
backends_libsound_file_la_SOURCES = $(sound_file_sources)
backends_libsound_file_la_CFLAGS = $(AM_CFLAGS) $(SNDFILE_CFLAGS)
backends_libsound_file_la_LIBADD = $(SNDFILE_LIBS)
else
EXTRA_DIST += $(sound_file_sources)
endif

sound_pulse_sources = \
	backends/pulse-bytes.c \
	backends/pulse-connection.c \
	backends/pulse-mainloop.c \
	backends/pulse-spec.c \
	backends/pulse-stream.c \
	backends/pulse-volume.c \
	backends/sound-pulse.c
if HAVE_PULSE
noinst_LTLIBRARIES += backends/libsound-pulse.la
backends_libsound_pulse_la_SOURCES = $(sound_pulse_sources)
backends_libsound_pulse_la_CFLAGS = $(AM_CFLAGS) $(PULSE_CFLAGS)
backends_libsound_pulse_la_LIBADD = $(PULSE_LIBS)
else
EXTRA_DIST += $(sound_pulse_sources)
endif

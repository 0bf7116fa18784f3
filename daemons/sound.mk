# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += daemons/sound-host.h daemons/sound-sandbox.h
bin_PROGRAMS += daemons/vhost-device-sound
noinst_PROGRAMS += daemons/man-sound
dist_man_MANS += daemons/vhost-device-sound.1
EXTRA_DIST += daemons/vhost-device-sound.1.in
MAINTAINERCLEANFILES += daemons/vhost-device-sound.1
sound_sources = daemons/vhost-device-sound.c daemons/sound-host.c \
	daemons/sound-sandbox.c
sound_libs =
if HAVE_PULSE
sound_libs += backends/libsound-pulse.la
endif
if HAVE_SNDFILE
sound_libs += backends/libsound-file.la
endif
sound_libs += backends/libsound.la daemons/libdaemon.la
daemons_vhost_device_sound_SOURCES = $(sound_sources) daemons/main.c
daemons_vhost_device_sound_LDADD = $(sound_libs)
daemons_man_sound_SOURCES = $(sound_sources) daemons/man-page.c
daemons_man_sound_LDADD = $(sound_libs)

# Units of the user's own service manager.
sound_unit = daemons/vhost-device-sound@.service
EXTRA_DIST += $(sound_unit).in
CLEANFILES += $(sound_unit)
if HAVE_SYSTEMD
systemduserunit_DATA = $(sound_unit)
dist_systemduserunit_DATA = daemons/vhost-device-sound@.socket
endif

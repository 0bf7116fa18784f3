# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += \
	daemons/daemon.h \
	daemons/endpoints.h \
	daemons/guest.h \
	daemons/log.h \
	daemons/options.h \
	daemons/sockets.h \
	daemons/systemd.h \
	daemons/watchdog.h

# What all daemons share.
noinst_LTLIBRARIES += daemons/libdaemon.la
daemons_libdaemon_la_SOURCES = \
	daemons/common-options.c \
	daemons/daemon.c \
	daemons/endpoints.c \
	daemons/guest.c \
	daemons/log.c \
	daemons/options-help.c \
	daemons/options.c \
	daemons/sockets.c \
	daemons/systemd.c \
	daemons/watchdog.c
daemons_libdaemon_la_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS) -pthread
daemons_libdaemon_la_LIBADD = \
	vhost-user/libadapter.la backends/libloop.la \
	virtio-devices/libdevices.la $(SYSTEMD_LIBS) -lpthread

bin_PROGRAMS += daemons/vhost-device-rng
daemons_vhost_device_rng_SOURCES = daemons/vhost-device-rng.c daemons/main.c
daemons_vhost_device_rng_LDADD = backends/librng.la daemons/libdaemon.la

# Man pages.  The list of options comes from the program, so that the two agree.
# The result is in the tarball and newer than its sources there, so that its
# users do not make it again: the program that makes it is order-only.
noinst_PROGRAMS += daemons/man-rng
daemons_man_rng_SOURCES = daemons/vhost-device-rng.c daemons/man-page.c
daemons_man_rng_LDADD = $(daemons_vhost_device_rng_LDADD)

man_sources = \
	configure.ac daemons/common-options.c daemons/man-page.c \
	daemons/options-help.c

dist_man_MANS += daemons/vhost-device-rng.1
EXTRA_DIST += daemons/vhost-device-rng.1.in
MAINTAINERCLEANFILES = daemons/vhost-device-rng.1
daemons/vhost-device-rng.1: daemons/vhost-device-rng.1.in \
		daemons/vhost-device-rng.c $(man_sources) \
		| daemons/man-rng$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	daemons/man-rng$(EXEEXT) <$(srcdir)/$@.in >$@.tmp && mv $@.tmp $@

# Files that name the installed program.
SUFFIXES = .json.in .json .service.in .service
SUBSTITUTE = $(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) -e 's|@bindir[@]|$(bindir)|g' $< >$@.tmp && mv $@.tmp $@

.json.in.json:
	$(SUBSTITUTE)

.service.in.service:
	$(SUBSTITUTE)

qemudir = $(datadir)/qemu/vhost-user
qemu_DATA = daemons/60-vhost-device-rng.json
EXTRA_DIST += daemons/60-vhost-device-rng.json.in
CLEANFILES += daemons/60-vhost-device-rng.json

if HAVE_SYSTEMD
systemdsystemunit_DATA = daemons/vhost-device-rng@.service
dist_systemdsystemunit_DATA = daemons/vhost-device-rng@.socket
endif
EXTRA_DIST += daemons/vhost-device-rng@.service.in
CLEANFILES += daemons/vhost-device-rng@.service

include daemons/probe.mk

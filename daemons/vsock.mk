# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += \
	daemons/vsock-config.h \
	daemons/vsock-paths.h \
	daemons/vsock-ports.h \
	daemons/vsock-vm.h \
	daemons/vsock-yaml-lines.h \
	daemons/vsock-yaml.h

# What the guests are to be like; apart from the program for its tests' sake.
noinst_LTLIBRARIES += daemons/libvsock-config.la
daemons_libvsock_config_la_SOURCES = \
	daemons/vsock-config.c \
	daemons/vsock-paths.c \
	daemons/vsock-ports.c \
	daemons/vsock-vm.c \
	daemons/vsock-yaml.c
if HAVE_CYAML
daemons_libvsock_config_la_SOURCES += daemons/vsock-yaml-lines.c
else
EXTRA_DIST += daemons/vsock-yaml-lines.c
endif
daemons_libvsock_config_la_CFLAGS = $(AM_CFLAGS) $(CYAML_CFLAGS)
daemons_libvsock_config_la_LIBADD = $(CYAML_LIBS)

noinst_HEADERS += daemons/vsock-guest.h
bin_PROGRAMS += daemons/vhost-device-vsock
vsock_sources = daemons/vhost-device-vsock.c daemons/vsock-guest.c
daemons_vhost_device_vsock_SOURCES = $(vsock_sources) daemons/main.c
daemons_vhost_device_vsock_LDADD = \
	daemons/libvsock-config.la backends/libvsock.la daemons/libdaemon.la

noinst_PROGRAMS += daemons/man-vsock
dist_man_MANS += daemons/vhost-device-vsock.1
EXTRA_DIST += daemons/vhost-device-vsock.1.in
daemons_man_vsock_SOURCES = $(vsock_sources) daemons/man-page.c
daemons_man_vsock_LDADD = $(daemons_vhost_device_vsock_LDADD)

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += \
	daemons/probe-alarm.h \
	daemons/probe-figures.h \
	daemons/probe-gpio-driver.h \
	daemons/probe-i2c-driver.h \
	daemons/probe-i2c-messages.h \
	daemons/probe-load.h \
	daemons/probe-names.h \
	daemons/probe-sound-driver.h \
	daemons/probe-sound-wav.h \
	daemons/probe-vsock-connection.h \
	daemons/probe-vsock-device.h \
	daemons/probe-vsock-guest.h \
	daemons/probe-vsock-header.h \
	daemons/probe-vsock-load.h \
	daemons/probe-vsock-output.h \
	daemons/probe-vsock-pump.h \
	daemons/probe.h

# All but main(), which the program and its man page have each for themselves.
noinst_LTLIBRARIES += daemons/libprobe.la
daemons_libprobe_la_SOURCES = \
	daemons/probe-alarm.c \
	daemons/probe-arguments.c \
	daemons/probe-bench-vsock.c \
	daemons/probe-bench.c \
	daemons/probe-commands.c \
	daemons/probe-connection.c \
	daemons/probe-figures.c \
	daemons/probe-gpio-driver.c \
	daemons/probe-gpio.c \
	daemons/probe-i2c-driver.c \
	daemons/probe-i2c-messages.c \
	daemons/probe-i2c.c \
	daemons/probe-info.c \
	daemons/probe-load.c \
	daemons/probe-names.c \
	daemons/probe-rng.c \
	daemons/probe-sound-bench.c \
	daemons/probe-sound-driver.c \
	daemons/probe-sound-events.c \
	daemons/probe-sound-info.c \
	daemons/probe-sound-wav.c \
	daemons/probe-sound.c \
	daemons/probe-vsock-connection.c \
	daemons/probe-vsock-device.c \
	daemons/probe-vsock-guest.c \
	daemons/probe-vsock-header.c \
	daemons/probe-vsock-load.c \
	daemons/probe-vsock-output.c \
	daemons/probe-vsock-pump.c \
	daemons/probe-vsock-wait.c \
	daemons/probe-vsock.c
daemons_libprobe_la_LIBADD = daemons/libdaemon.la -lm

bin_PROGRAMS += daemons/vhost-device-probe
daemons_vhost_device_probe_SOURCES = daemons/probe.c
daemons_vhost_device_probe_LDADD = daemons/libprobe.la

# The list of options comes from the program, as with the daemons.
noinst_PROGRAMS += daemons/man-probe
daemons_man_probe_SOURCES = daemons/probe-man-page.c
daemons_man_probe_LDADD = daemons/libprobe.la

dist_man_MANS += daemons/vhost-device-probe.1
EXTRA_DIST += daemons/vhost-device-probe.1.in
MAINTAINERCLEANFILES += daemons/vhost-device-probe.1
daemons/vhost-device-probe.1: daemons/vhost-device-probe.1.in configure.ac \
		daemons/options-help.c daemons/probe-man-page.c \
		$(daemons_libprobe_la_SOURCES) | daemons/man-probe$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	daemons/man-probe$(EXEEXT) >$@.options && \
	$(SED) -e 's|@VERSION[@]|$(PACKAGE_VERSION)|' \
		-e '/^@OPTIONS[@]$$/r $@.options' -e '/^@OPTIONS[@]$$/d' \
		<$(srcdir)/$@.in >$@.tmp && \
	rm -f $@.options && mv $@.tmp $@

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += \
	daemons/daemon.h \
	daemons/endpoints.h \
	daemons/fd-keeper.h \
	daemons/fd-store.h \
	daemons/guest.h \
	daemons/log.h \
	daemons/options.h \
	daemons/sandbox.h \
	daemons/service.h \
	daemons/sockets.h \
	daemons/systemd.h \
	daemons/watchdog.h \
	daemons/worker.h

# What all daemons share.
noinst_LTLIBRARIES += daemons/libdaemon.la
daemons_libdaemon_la_SOURCES = \
	daemons/common-options.c \
	daemons/daemon.c \
	daemons/endpoints.c \
	daemons/fd-keeper.c \
	daemons/fd-store.c \
	daemons/guest.c \
	daemons/log.c \
	daemons/notify.c \
	daemons/options-help.c \
	daemons/options-words.c \
	daemons/options.c \
	daemons/sandbox-calls.c \
	daemons/sandbox-paths.c \
	daemons/sandbox.c \
	daemons/service.c \
	daemons/sockets.c \
	daemons/systemd.c \
	daemons/watchdog.c \
	daemons/worker.c
daemons_libdaemon_la_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS) $(SECCOMP_CFLAGS) -pthread
daemons_libdaemon_la_LIBADD = \
	vhost-user/libadapter.la backends/libloop.la \
	virtio-devices/libdevices.la $(SYSTEMD_LIBS) $(SECCOMP_LIBS) \
	-lpthread

# Each program comes with another one that prints its man page, from the same
# table of options, so that the two agree.
bin_PROGRAMS += daemons/vhost-device-rng
noinst_PROGRAMS += daemons/man-rng
dist_man_MANS += daemons/vhost-device-rng.1
EXTRA_DIST += daemons/vhost-device-rng.1.in
daemons_vhost_device_rng_SOURCES = daemons/vhost-device-rng.c daemons/main.c
daemons_vhost_device_rng_LDADD = backends/librng.la daemons/libdaemon.la
daemons_man_rng_SOURCES = daemons/vhost-device-rng.c daemons/man-page.c
daemons_man_rng_LDADD = $(daemons_vhost_device_rng_LDADD)

noinst_HEADERS += daemons/i2c-list.h
bin_PROGRAMS += daemons/vhost-device-i2c
noinst_PROGRAMS += daemons/man-i2c
dist_man_MANS += daemons/vhost-device-i2c.1
EXTRA_DIST += daemons/vhost-device-i2c.1.in
i2c_sources = daemons/vhost-device-i2c.c daemons/i2c-list.c
daemons_vhost_device_i2c_SOURCES = $(i2c_sources) daemons/main.c
daemons_vhost_device_i2c_LDADD = backends/libi2c.la daemons/libdaemon.la
daemons_man_i2c_SOURCES = $(i2c_sources) daemons/man-page.c
daemons_man_i2c_LDADD = $(daemons_vhost_device_i2c_LDADD)

noinst_HEADERS += daemons/gpio-control.h daemons/gpio-list.h
EXTRA_DIST += daemons/vhost-device-gpio.1.in
gpio_sources = \
	daemons/vhost-device-gpio.c \
	daemons/gpio-control.c \
	daemons/gpio-list.c
if HAVE_GPIOD
bin_PROGRAMS += daemons/vhost-device-gpio
noinst_PROGRAMS += daemons/man-gpio
dist_man_MANS += daemons/vhost-device-gpio.1
daemons_vhost_device_gpio_SOURCES = $(gpio_sources) daemons/main.c
daemons_vhost_device_gpio_LDADD = \
	backends/libgpiod.la backends/libgpio-sim.la daemons/libdaemon.la
daemons_man_gpio_SOURCES = $(gpio_sources) daemons/man-page.c
daemons_man_gpio_LDADD = $(daemons_vhost_device_gpio_LDADD)
else
EXTRA_DIST += $(gpio_sources)
endif

# The result is in the tarball and newer than its sources there, so that its
# users do not make it again: the program that makes it is order-only.
MAINTAINERCLEANFILES = \
	daemons/vhost-device-gpio.1 \
	daemons/vhost-device-i2c.1 \
	daemons/vhost-device-rng.1 \
	daemons/vhost-device-vsock.1
EXTRA_DIST += \
	daemons/common.1.in \
	daemons/units-system.1.in \
	daemons/units-user.1.in
man_sources = \
	configure.ac daemons/common-options.c daemons/common.1.in \
	daemons/units-system.1.in daemons/units-user.1.in \
	daemons/man-page.c daemons/options-help.c \
	daemons/sandbox-calls.c daemons/sound-sandbox.c
# Sound belongs to a user.
manager = $(if $(filter sound,$*),user,system)
daemons/vhost-device-%.1: daemons/vhost-device-%.1.in \
		daemons/vhost-device-%.c $(man_sources) | daemons/man-%$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) -e '/^@COMMON[@]$$/r $(srcdir)/daemons/common.1.in' \
		-e '/^@COMMON[@]$$/d' $(srcdir)/$@.in | \
	$(SED) -e '/^@UNITS[@]$$/r $(srcdir)/daemons/units-$(manager).1.in' \
		-e '/^@UNITS[@]$$/d' | \
	$(SED) -e 's|@TYPE[@]|$*|' | daemons/man-$*$(EXEEXT) >$@.tmp && \
	mv $@.tmp $@

# Files that name the installed program.
SUFFIXES = .json.in .json .service.in .service
SUBSTITUTE = $(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) -e 's|@bindir[@]|$(bindir)|g' \
	-e 's|@sysconfdir[@]|$(sysconfdir)|g' $< >$@.tmp && mv $@.tmp $@

.json.in.json:
	$(SUBSTITUTE)

.service.in.service:
	$(SUBSTITUTE)

qemudir = $(datadir)/qemu/vhost-user
qemu_DATA = \
	daemons/60-vhost-device-rng.json \
	daemons/60-vhost-device-vsock.json
EXTRA_DIST += $(qemu_DATA:.json=.json.in)
CLEANFILES += $(qemu_DATA)

unit_templates = \
	daemons/vhost-device-gpio@.service.in \
	daemons/vhost-device-i2c@.service.in \
	daemons/vhost-device-rng@.service.in \
	daemons/vhost-device-vsock@.service.in
EXTRA_DIST += $(unit_templates)
CLEANFILES += $(unit_templates:.in=)
if HAVE_SYSTEMD
systemdsystemunit_DATA = $(unit_templates:.in=)
dist_systemdsystemunit_DATA = \
	daemons/vhost-device-gpio@.socket \
	daemons/vhost-device-i2c@.socket \
	daemons/vhost-device-rng@.socket \
	daemons/vhost-device-vsock@.socket
endif

# Profiles for AppArmor, and what they have in common.
apparmordir = $(sysconfdir)/apparmor.d
apparmor_DATA = \
	daemons/apparmor/vhost-device-gpio \
	daemons/apparmor/vhost-device-i2c \
	daemons/apparmor/vhost-device-rng \
	daemons/apparmor/vhost-device-sound \
	daemons/apparmor/vhost-device-vsock
apparmorabstractionsdir = $(apparmordir)/abstractions
dist_apparmorabstractions_DATA = daemons/apparmor/vhost-device
EXTRA_DIST += $(apparmor_DATA:=.in)
CLEANFILES += $(apparmor_DATA)
$(apparmor_DATA): %: %.in
	$(SUBSTITUTE)

# Groups that may use the hardware, and the rules that give it to them.
sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = daemons/vhost-device.conf
udevrulesdir = $(prefix)/lib/udev/rules.d
dist_udevrules_DATA = daemons/70-vhost-device.rules

include daemons/probe.mk
include daemons/sound.mk
include daemons/vsock.mk

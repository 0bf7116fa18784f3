# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

vhost_user_headers = \
	backends/loop.h \
	vhost-user/keeper.h \
	vhost-user/message.h \
	vhost-user/server.h \
	vhost-user/session.h \
	vhost-user/wire.h

noinst_LTLIBRARIES += vhost-user/libadapter.la
vhost_user_libadapter_la_SOURCES = \
	vhost-user/device-state.c \
	vhost-user/dirty-log.c \
	vhost-user/inflight.c \
	vhost-user/kept-restore.c \
	vhost-user/kept.c \
	vhost-user/mapping.c \
	vhost-user/memory.c \
	vhost-user/message.c \
	vhost-user/notifier.c \
	vhost-user/requests-recovery.c \
	vhost-user/requests-vring.c \
	vhost-user/requests.c \
	vhost-user/sealed-file.c \
	vhost-user/server.c \
	vhost-user/session.c \
	vhost-user/session-rings.c \
	vhost-user/vring.c

noinst_HEADERS += \
	vhost-user/device-state.h \
	vhost-user/dirty-log.h \
	vhost-user/inflight.h \
	vhost-user/kept-private.h \
	vhost-user/kept.h \
	vhost-user/mapping.h \
	vhost-user/memory.h \
	vhost-user/notifier.h \
	vhost-user/requests.h \
	vhost-user/sealed-file.h \
	vhost-user/session-private.h \
	vhost-user/vring.h

include vhost-user/frontend.mk

nobase_include_HEADERS += $(vhost_user_headers)

lib_LTLIBRARIES += vhost-user/libvhost-user-adapter.la
vhost_user_libvhost_user_adapter_la_SOURCES =
vhost_user_libvhost_user_adapter_la_LIBADD = \
	vhost-user/libadapter.la backends/libloop.la \
	virtio-devices/libvirtio-devices.la
vhost_user_libvhost_user_adapter_la_LDFLAGS = $(AM_LDFLAGS) \
	-no-undefined -version-info 0:0:0 \
	-Wl,--version-script=vhost-user/libvhost-user-adapter.map
EXTRA_vhost_user_libvhost_user_adapter_la_DEPENDENCIES = \
	vhost-user/libvhost-user-adapter.map

pkgconfig_DATA += vhost-user/vhost-user-adapter.pc

CLEANFILES += vhost-user/libvhost-user-adapter.map
vhost-user/libvhost-user-adapter.map: $(vhost_user_headers) Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && name=VHOST_USER_ADAPTER_0 && \
	headers=`for header in $(vhost_user_headers); do \
		echo $(srcdir)/$$header; done` && $(export_map) >$@

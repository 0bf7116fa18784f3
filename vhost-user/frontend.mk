# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# The front-end's side of the protocol, for the probe and for tests.
vhost_user_headers += \
	vhost-user/driver-ring.h \
	vhost-user/frontend.h \
	vhost-user/guest-memory.h

noinst_HEADERS += \
	vhost-user/driver-ring-private.h \
	vhost-user/frontend-private.h

vhost_user_libadapter_la_SOURCES += \
	vhost-user/driver-ring.c \
	vhost-user/driver-ring-packed.c \
	vhost-user/driver-ring-split.c \
	vhost-user/frontend.c \
	vhost-user/frontend-inflight.c \
	vhost-user/frontend-log.c \
	vhost-user/frontend-queue.c \
	vhost-user/frontend-state.c \
	vhost-user/guest-memory.c

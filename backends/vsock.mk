# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += \
	backends/vsock-handshake.h \
	backends/vsock-listener.h \
	backends/vsock-pair.h \
	backends/vsock-policy.h \
	backends/vsock-sibling.h \
	backends/vsock-stream.h \
	backends/vsock-unix-private.h \
	backends/vsock-unix.h \
	backends/vsock-vsock.h

noinst_LTLIBRARIES += backends/libvsock.la
backends_libvsock_la_SOURCES = \
	backends/vsock-handshake.c \
	backends/vsock-listener.c \
	backends/vsock-pair.c \
	backends/vsock-policy.c \
	backends/vsock-sibling.c \
	backends/vsock-stream.c \
	backends/vsock-unix-accept.c \
	backends/vsock-unix-connect.c \
	backends/vsock-unix.c \
	backends/vsock-vsock.c

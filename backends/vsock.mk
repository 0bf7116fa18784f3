# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += \
	backends/vsock-policy.h

noinst_LTLIBRARIES += backends/libvsock.la
backends_libvsock_la_SOURCES = \
	backends/vsock-policy.c

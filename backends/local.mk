# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

nobase_include_HEADERS += backends/loop.h

noinst_LTLIBRARIES += backends/libloop.la
backends_libloop_la_SOURCES = backends/loop.c

noinst_HEADERS += \
	backends/rng-file.h \
	backends/rng-getrandom.h \
	backends/rng-retry.h

noinst_LTLIBRARIES += backends/librng.la
backends_librng_la_SOURCES = \
	backends/rng-file.c \
	backends/rng-getrandom.c \
	backends/rng-retry.c

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

nobase_include_HEADERS += backends/loop.h

noinst_LTLIBRARIES += backends/libloop.la
backends_libloop_la_SOURCES = backends/loop.c

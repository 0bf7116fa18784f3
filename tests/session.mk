# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

adapter_test_libs = vhost-user/libadapter.la backends/libloop.la \
	virtio-devices/libdevices.la $(CRITERION_LIBS)

check_PROGRAMS += tests/test-memory
tests_test_memory_SOURCES = tests/test-memory.c
tests_test_memory_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_memory_LDADD = $(adapter_test_libs)
TESTS += tests/test-memory

# Those that drive the real daemons.
EXTRA_DIST += tests/fixture-daemon.h
check_PROGRAMS += tests/test-protocol
tests_test_protocol_SOURCES = tests/test-protocol.c tests/fixture-daemon.c
tests_test_protocol_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_protocol_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_protocol_LDADD = $(adapter_test_libs)
TESTS += tests/test-protocol


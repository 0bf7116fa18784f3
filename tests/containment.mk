# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

EXTRA_DIST += tests/fixture-request.h

check_PROGRAMS += tests/test-mapping
tests_test_mapping_SOURCES = tests/test-mapping.c
tests_test_mapping_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_mapping_LDADD = $(adapter_test_libs) -lpthread
TESTS += tests/test-mapping

# Those that drive the real daemons.
daemon_fixture = \
	tests/fixture-daemon.c tests/fixture-request.c
daemon_fixture_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/tests
if HAVE_GPIOD
daemon_fixture_cppflags += -DHAVE_GPIOD
endif

check_PROGRAMS += tests/test-lost-memory
tests_test_lost_memory_SOURCES = tests/test-lost-memory.c $(daemon_fixture)
tests_test_lost_memory_CPPFLAGS = $(daemon_fixture_cppflags)
tests_test_lost_memory_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_lost_memory_LDADD = $(adapter_test_libs)
TESTS += tests/test-lost-memory

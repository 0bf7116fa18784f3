# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += tests/captured.h

check_PROGRAMS += tests/test-options
tests_test_options_SOURCES = tests/test-options.c
tests_test_options_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_options_LDADD = daemons/libdaemon.la $(CRITERION_LIBS)
TESTS += tests/test-options

check_PROGRAMS += tests/test-fd-keeper
tests_test_fd_keeper_SOURCES = tests/test-fd-keeper.c
tests_test_fd_keeper_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_fd_keeper_LDADD = daemons/libdaemon.la $(CRITERION_LIBS)
TESTS += tests/test-fd-keeper

check_PROGRAMS += tests/test-hung-thread
tests_test_hung_thread_SOURCES = \
	tests/test-hung-thread.c tests/captured.c tests/fixture-daemon.c
tests_test_hung_thread_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_hung_thread_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_hung_thread_LDADD = $(adapter_test_libs)
TESTS += tests/test-hung-thread

check_PROGRAMS += tests/test-log
tests_test_log_SOURCES = tests/test-log.c tests/captured.c
tests_test_log_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_log_LDADD = daemons/libdaemon.la $(CRITERION_LIBS)
TESTS += tests/test-log

check_PROGRAMS += tests/test-guest-log
tests_test_guest_log_SOURCES = tests/test-guest-log.c tests/captured.c
tests_test_guest_log_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_guest_log_LDADD = \
	backends/librng.la daemons/libdaemon.la $(CRITERION_LIBS)
TESTS += tests/test-guest-log

check_PROGRAMS += tests/test-sockets
tests_test_sockets_SOURCES = tests/test-sockets.c
tests_test_sockets_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_sockets_LDADD = daemons/libdaemon.la $(CRITERION_LIBS)
TESTS += tests/test-sockets

check_PROGRAMS += tests/test-rng-source
tests_test_rng_source_SOURCES = tests/test-rng-source.c
tests_test_rng_source_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_rng_source_LDADD = \
	backends/librng.la backends/libloop.la $(CRITERION_LIBS)
TESTS += tests/test-rng-source

# Without systemd there are no notifications to be tested.
if HAVE_SYSTEMD
check_PROGRAMS += tests/test-guest
tests_test_guest_SOURCES = tests/test-guest.c tests/captured.c
tests_test_guest_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_guest_LDADD = \
	backends/librng.la daemons/libdaemon.la $(CRITERION_LIBS)
TESTS += tests/test-guest
endif

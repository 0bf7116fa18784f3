# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

TESTS += tests/check-vsock.sh
EXTRA_DIST += tests/check-vsock.sh

check_PROGRAMS += tests/test-worker
tests_test_worker_SOURCES = tests/test-worker.c
tests_test_worker_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_worker_LDADD = daemons/libdaemon.la $(CRITERION_LIBS) -lpthread
TESTS += tests/test-worker

check_PROGRAMS += tests/test-vsock-config
tests_test_vsock_config_SOURCES = tests/test-vsock-config.c
tests_test_vsock_config_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_config_LDADD = \
	daemons/libvsock-config.la backends/libvsock.la daemons/libdaemon.la \
	$(CRITERION_LIBS)
TESTS += tests/test-vsock-config

if HAVE_CYAML
check_PROGRAMS += tests/test-vsock-yaml
tests_test_vsock_yaml_SOURCES = tests/test-vsock-yaml.c
tests_test_vsock_yaml_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_yaml_LDADD = $(tests_test_vsock_config_LDADD)
TESTS += tests/test-vsock-yaml
else
EXTRA_DIST += tests/test-vsock-yaml.c
endif

noinst_HEADERS += tests/vsock-unix-test.h tests/wait.h
vsock_unix_test_libs = \
	backends/libvsock.la backends/libloop.la \
	virtio-devices/libdevices.la $(CRITERION_LIBS)

check_PROGRAMS += tests/test-vsock-handshake
tests_test_vsock_handshake_SOURCES = \
	tests/test-vsock-handshake.c tests/fake-vsock-guest.c
tests_test_vsock_handshake_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_handshake_LDADD = $(vsock_unix_test_libs)
TESTS += tests/test-vsock-handshake

check_PROGRAMS += tests/test-vsock-unix
tests_test_vsock_unix_SOURCES = \
	tests/test-vsock-unix.c tests/fake-vsock-guest.c
tests_test_vsock_unix_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_unix_LDADD = $(vsock_unix_test_libs)
TESTS += tests/test-vsock-unix

check_PROGRAMS += tests/test-vsock-idle
tests_test_vsock_idle_SOURCES = \
	tests/test-vsock-idle.c tests/fake-vsock-guest.c
tests_test_vsock_idle_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_idle_LDADD = $(vsock_unix_test_libs)
TESTS += tests/test-vsock-idle

check_PROGRAMS += tests/test-vsock-switch
tests_test_vsock_switch_SOURCES = \
	tests/test-vsock-switch.c tests/fake-vsock-guest.c
tests_test_vsock_switch_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_switch_LDADD = $(vsock_unix_test_libs)
TESTS += tests/test-vsock-switch

# The daemon itself, with the probe's driver for a guest.
if HAVE_CYAML
noinst_HEADERS += tests/vsock-daemon-test.h tests/vsock-echo-guest.h
check_PROGRAMS += tests/test-vsock-daemon
tests_test_vsock_daemon_SOURCES = \
	tests/test-vsock-daemon-many.c tests/test-vsock-daemon.c \
	tests/fixture-daemon.c tests/vsock-echo-guest.c
tests_test_vsock_daemon_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_vsock_daemon_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_daemon_LDADD = daemons/libprobe.la $(CRITERION_LIBS)
TESTS += tests/test-vsock-daemon

check_PROGRAMS += tests/test-vsock-crash
tests_test_vsock_crash_SOURCES = \
	tests/test-vsock-crash.c tests/crash-figures.c \
	tests/fixture-daemon.c tests/vsock-echo-guest.c
tests_test_vsock_crash_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_vsock_crash_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_crash_LDADD = daemons/libprobe.la $(CRITERION_LIBS)
TESTS += tests/test-vsock-crash
else
EXTRA_DIST += \
	tests/test-vsock-crash.c tests/test-vsock-daemon.c \
	tests/vsock-echo-guest.c tests/vsock-echo-guest.h
endif

check_PROGRAMS += tests/test-vsock-bench
tests_test_vsock_bench_SOURCES = \
	tests/test-vsock-bench.c tests/fixture-daemon.c
tests_test_vsock_bench_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_vsock_bench_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_bench_LDADD = daemons/libprobe.la $(CRITERION_LIBS)
TESTS += tests/test-vsock-bench

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# The guest's side of vsock, which the probe has.
check_PROGRAMS += tests/test-probe-vsock-connection
tests_test_probe_vsock_connection_SOURCES = \
	tests/test-probe-vsock-connection.c
tests_test_probe_vsock_connection_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_probe_vsock_connection_LDADD = \
	daemons/libprobe.la $(CRITERION_LIBS)
TESTS += tests/test-probe-vsock-connection

check_PROGRAMS += tests/test-probe-vsock-guest
tests_test_probe_vsock_guest_SOURCES = tests/test-probe-vsock-guest.c
tests_test_probe_vsock_guest_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_probe_vsock_guest_LDADD = daemons/libprobe.la $(CRITERION_LIBS)
TESTS += tests/test-probe-vsock-guest

check_PROGRAMS += tests/test-probe-vsock-output
tests_test_probe_vsock_output_SOURCES = tests/test-probe-vsock-output.c
tests_test_probe_vsock_output_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_probe_vsock_output_LDADD = daemons/libprobe.la $(CRITERION_LIBS)
TESTS += tests/test-probe-vsock-output

TESTS += tests/check-probe-vsock.sh
EXTRA_DIST += tests/check-probe-vsock.sh

# For both ends of connections in tests/guest/suite.
check_PROGRAMS += tests/guest/messages
tests_guest_messages_SOURCES = tests/guest/messages.c

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

check_PROGRAMS += tests/test-driver-ring tests/test-frontend
TESTS += tests/test-driver-ring tests/test-frontend tests/check-probe.sh
EXTRA_DIST += tests/check-probe.sh

tests_test_driver_ring_SOURCES = \
	tests/test-driver-ring-refusals.c \
	tests/test-driver-ring.c
noinst_HEADERS += tests/driver-ring-test.h
tests_test_driver_ring_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_driver_ring_LDADD = \
	vhost-user/libadapter.la backends/libloop.la \
	virtio-devices/libdevices.la $(CRITERION_LIBS)

tests_test_frontend_SOURCES = tests/test-frontend.c
tests_test_frontend_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_frontend_LDADD = \
	vhost-user/libadapter.la backends/libloop.la \
	virtio-devices/libdevices.la $(CRITERION_LIBS) -lpthread

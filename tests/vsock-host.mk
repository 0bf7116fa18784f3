# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

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

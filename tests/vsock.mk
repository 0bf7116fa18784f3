# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# The core of the vsock device.
noinst_HEADERS += \
	tests/fake-vsock-guest.h \
	tests/fake-vsock-host.h \
	tests/fake-vsock-pair.h \
	tests/vsock-test.h

vsock_test_fakes = tests/fake-vsock-guest.c tests/fake-vsock-host.c

check_PROGRAMS += tests/test-vsock-states
tests_test_vsock_states_SOURCES = tests/test-vsock-states.c $(vsock_test_fakes)
tests_test_vsock_states_CFLAGS = $(device_test_cflags)
tests_test_vsock_states_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-states

check_PROGRAMS += tests/test-vsock
tests_test_vsock_SOURCES = tests/test-vsock.c $(vsock_test_fakes)
tests_test_vsock_CFLAGS = $(device_test_cflags)
tests_test_vsock_LDADD = $(device_test_libs)
TESTS += tests/test-vsock

check_PROGRAMS += tests/test-vsock-stream
tests_test_vsock_stream_SOURCES = tests/test-vsock-stream.c $(vsock_test_fakes)
tests_test_vsock_stream_CFLAGS = $(device_test_cflags)
tests_test_vsock_stream_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-stream

check_PROGRAMS += tests/test-vsock-gather
tests_test_vsock_gather_SOURCES = tests/test-vsock-gather.c $(vsock_test_fakes)
tests_test_vsock_gather_CFLAGS = $(device_test_cflags)
tests_test_vsock_gather_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-gather

check_PROGRAMS += tests/test-vsock-state
tests_test_vsock_state_SOURCES = tests/test-vsock-state.c $(vsock_test_fakes)
tests_test_vsock_state_CFLAGS = $(device_test_cflags)
tests_test_vsock_state_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-state

check_PROGRAMS += tests/test-vsock-connect
tests_test_vsock_connect_SOURCES = tests/test-vsock-connect.c \
	$(vsock_test_fakes)
tests_test_vsock_connect_CFLAGS = $(device_test_cflags)
tests_test_vsock_connect_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-connect

check_PROGRAMS += tests/test-vsock-rx
tests_test_vsock_rx_SOURCES = tests/test-vsock-rx.c $(vsock_test_fakes)
tests_test_vsock_rx_CFLAGS = $(device_test_cflags)
tests_test_vsock_rx_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-rx

check_PROGRAMS += tests/test-vsock-seqpacket
tests_test_vsock_seqpacket_SOURCES = tests/test-vsock-seqpacket.c \
	$(vsock_test_fakes)
tests_test_vsock_seqpacket_CFLAGS = $(device_test_cflags)
tests_test_vsock_seqpacket_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-seqpacket

check_PROGRAMS += tests/test-vsock-model
tests_test_vsock_model_SOURCES = tests/test-vsock-model.c $(vsock_test_fakes)
tests_test_vsock_model_CFLAGS = $(device_test_cflags)
tests_test_vsock_model_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-model

check_PROGRAMS += tests/test-vsock-spill
tests_test_vsock_spill_SOURCES = tests/test-vsock-spill.c
tests_test_vsock_spill_CFLAGS = $(device_test_cflags)
tests_test_vsock_spill_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-spill

check_PROGRAMS += tests/test-vsock-sibling
tests_test_vsock_sibling_SOURCES = tests/test-vsock-sibling.c \
	tests/fake-vsock-guest.c tests/fake-vsock-pair.c
tests_test_vsock_sibling_CFLAGS = $(device_test_cflags)
tests_test_vsock_sibling_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-sibling

check_PROGRAMS += tests/test-vsock-memory
tests_test_vsock_memory_SOURCES = tests/test-vsock-memory.c \
	tests/fake-malloc.c $(vsock_test_fakes)
tests_test_vsock_memory_CFLAGS = $(device_test_cflags)
tests_test_vsock_memory_LDFLAGS = $(AM_LDFLAGS) $(wrap_malloc)
tests_test_vsock_memory_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-memory

check_PROGRAMS += tests/test-vsock-end
tests_test_vsock_end_SOURCES = tests/test-vsock-end.c $(vsock_test_fakes)
tests_test_vsock_end_CFLAGS = $(device_test_cflags)
tests_test_vsock_end_LDADD = $(device_test_libs)
TESTS += tests/test-vsock-end

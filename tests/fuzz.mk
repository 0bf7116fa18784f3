# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# Fuzz targets, for clang's libFuzzer: configure --enable-fuzzing CC=clang.
# Their corpora are in the tree; what a run finds is kept beside the target.
EXTRA_DIST += tests/fuzz/corpus-device tests/fuzz/corpus-session \
	tests/fuzz/corpus-inflight tests/fuzz/corpus-state

if FUZZING
fuzz_cflags = $(AM_CFLAGS) -fsanitize=fuzzer
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer

check_PROGRAMS += tests/fuzz/fuzz-device
tests_fuzz_fuzz_device_SOURCES = \
	tests/fuzz/fuzz-device.c tests/fake-sound-backend.c \
	tests/fuzz/fuzz-vsock-host.c tests/fuzz/fuzz-vsock-host.h
tests_fuzz_fuzz_device_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_device_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_device_LDADD = \
	backends/libi2c.la backends/libgpio-sim.la \
	virtio-devices/libdevices.la

check_PROGRAMS += tests/fuzz/fuzz-session
tests_fuzz_fuzz_session_SOURCES = tests/fuzz/fuzz-session.c
tests_fuzz_fuzz_session_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_session_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_session_LDADD = \
	vhost-user/libadapter.la backends/libgpio-sim.la \
	backends/libloop.la virtio-devices/libdevices.la

check_PROGRAMS += tests/fuzz/fuzz-inflight
tests_fuzz_fuzz_inflight_SOURCES = tests/fuzz/fuzz-inflight.c
tests_fuzz_fuzz_inflight_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_inflight_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_inflight_LDADD = virtio-devices/libdevices.la

check_PROGRAMS += tests/fuzz/fuzz-state
tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz-state.c
tests_fuzz_fuzz_state_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_state_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_state_LDADD = \
	backends/libgpio-sim.la virtio-devices/libdevices.la

SECONDS_EACH = 60


fuzz: tests/fuzz/fuzz-device$(EXEEXT) tests/fuzz/fuzz-session$(EXEEXT) \
	tests/fuzz/fuzz-inflight$(EXEEXT) tests/fuzz/fuzz-state$(EXEEXT)
	for target in device session inflight state; do \
		$(MKDIR_P) tests/fuzz/found-$$target && \
		tests/fuzz/fuzz-$$target$(EXEEXT) -max_total_time=$(SECONDS_EACH) \
			-max_len=4096 -artifact_prefix=tests/fuzz/ -print_final_stats=1 \
			tests/fuzz/found-$$target $(srcdir)/tests/fuzz/corpus-$$target \
			|| exit 1; \
	done
endif

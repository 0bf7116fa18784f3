# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# Fuzz targets, for clang's libFuzzer: configure --enable-fuzzing CC=clang.
# Their corpora are in the tree; what a run finds is kept beside the target.
fuzz_targets = device requests session messages inflight state handshake
if HAVE_CYAML
fuzz_targets += yaml
endif

EXTRA_DIST += \
	tests/fuzz/corpus-device tests/fuzz/corpus-requests \
	tests/fuzz/corpus-session tests/fuzz/corpus-messages \
	tests/fuzz/corpus-inflight \
	tests/fuzz/corpus-state tests/fuzz/corpus-handshake \
	tests/fuzz/corpus-yaml
noinst_HEADERS += \
	tests/fuzz/fuzz-input.h tests/fuzz/fuzz-request.h \
	tests/fuzz/fuzz-types.h tests/fuzz/fuzz-vsock-host.h

if FUZZING
fuzz_cflags = $(AM_CFLAGS) -fsanitize=fuzzer
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer

# A device of each type.
fuzz_types = \
	tests/fuzz/fuzz-types.c tests/fuzz/fuzz-vsock-host.c \
	tests/fake-sound-backend.c
fuzz_type_libs = \
	backends/libi2c.la backends/libgpio-sim.la \
	virtio-devices/libdevices.la

check_PROGRAMS += tests/fuzz/fuzz-device
tests_fuzz_fuzz_device_SOURCES = tests/fuzz/fuzz-device.c $(fuzz_types)
tests_fuzz_fuzz_device_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_device_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_device_LDADD = $(fuzz_type_libs)

check_PROGRAMS += tests/fuzz/fuzz-requests
tests_fuzz_fuzz_requests_SOURCES = \
	tests/fuzz/fuzz-requests.c tests/fuzz/fuzz-request.c \
	tests/fake-driver.c $(fuzz_types)
tests_fuzz_fuzz_requests_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_requests_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_requests_LDADD = $(fuzz_type_libs)

check_PROGRAMS += tests/fuzz/fuzz-session
tests_fuzz_fuzz_session_SOURCES = tests/fuzz/fuzz-session.c
tests_fuzz_fuzz_session_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_session_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_session_LDADD = \
	vhost-user/libadapter.la backends/libgpio-sim.la \
	backends/libloop.la virtio-devices/libdevices.la

check_PROGRAMS += tests/fuzz/fuzz-messages
tests_fuzz_fuzz_messages_SOURCES = tests/fuzz/fuzz-messages.c $(fuzz_types)
tests_fuzz_fuzz_messages_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_messages_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_messages_LDADD = \
	vhost-user/libadapter.la backends/libi2c.la backends/libgpio-sim.la \
	backends/libloop.la virtio-devices/libdevices.la

check_PROGRAMS += tests/fuzz/fuzz-inflight
tests_fuzz_fuzz_inflight_SOURCES = tests/fuzz/fuzz-inflight.c
tests_fuzz_fuzz_inflight_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_inflight_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_inflight_LDADD = virtio-devices/libdevices.la

check_PROGRAMS += tests/fuzz/fuzz-state
tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz-state.c $(fuzz_types)
tests_fuzz_fuzz_state_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_state_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_state_LDADD = $(fuzz_type_libs)

check_PROGRAMS += tests/fuzz/fuzz-handshake
tests_fuzz_fuzz_handshake_SOURCES = tests/fuzz/fuzz-handshake.c
tests_fuzz_fuzz_handshake_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_handshake_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_handshake_LDADD = backends/libvsock.la

if HAVE_CYAML
check_PROGRAMS += tests/fuzz/fuzz-yaml
tests_fuzz_fuzz_yaml_SOURCES = tests/fuzz/fuzz-yaml.c
tests_fuzz_fuzz_yaml_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_yaml_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_yaml_LDADD = \
	daemons/libvsock-config.la backends/libvsock.la daemons/libdaemon.la
endif

SECONDS_EACH = 60

fuzz_programs = $(fuzz_targets:%=tests/fuzz/fuzz-%$(EXEEXT))

# Inputs that ended the target with what it said are beside it.
fuzz: $(fuzz_programs)
	for target in $(fuzz_targets); do \
		$(MKDIR_P) tests/fuzz/found-$$target && \
		tests/fuzz/fuzz-$$target$(EXEEXT) -max_total_time=$(SECONDS_EACH) \
			-max_len=4096 -artifact_prefix=tests/fuzz/ -print_final_stats=1 \
			tests/fuzz/found-$$target $(srcdir)/tests/fuzz/corpus-$$target \
			|| exit 1; \
	done

# All inputs of the corpora, and some more: for everybody who changes something.
RUNS_EACH = 2000
fuzz-check: $(fuzz_programs)
	for target in $(fuzz_targets); do \
		$(MKDIR_P) tests/fuzz/found-$$target && \
		if tests/fuzz/fuzz-$$target$(EXEEXT) -seed=1 -runs=$(RUNS_EACH) \
			-max_len=4096 -artifact_prefix=tests/fuzz/ -verbosity=0 \
			tests/fuzz/found-$$target $(srcdir)/tests/fuzz/corpus-$$target; \
		then echo "ok fuzz-$$target"; else echo "FAILED fuzz-$$target"; fi; \
	done

# What reaches further of what has been found, into the tree.
fuzz-merge: $(fuzz_programs)
	for target in $(fuzz_targets); do \
		tests/fuzz/fuzz-$$target$(EXEEXT) -merge=1 -use_counters=0 -max_len=4096 \
			$(srcdir)/tests/fuzz/corpus-$$target tests/fuzz/found-$$target \
			|| exit 1; \
	done
endif

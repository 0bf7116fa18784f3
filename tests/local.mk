# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# Criterion speaks TAP, so that each test case is a line of "make check", and a
# failing assertion is spelled out in that test's log.
AM_TESTS_ENVIRONMENT = \
	CRITERION_OUTPUTS=tap:/dev/stdout; export CRITERION_OUTPUTS; \
	srcdir='$(abs_top_srcdir)'; export srcdir; \
	builddir='$(abs_top_builddir)'; export builddir; \
	LSAN_OPTIONS='suppressions=$(abs_top_srcdir)/tests/lsan.supp'; \
	export LSAN_OPTIONS; \
	CC='$(CC)'; export CC; CFLAGS='$(CFLAGS)'; export CFLAGS;
EXTRA_DIST += tests/lsan.supp
LOG_DRIVER = $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
# A test that hangs is a failure, and not the end of everything.
LOG_COMPILER = timeout
AM_LOG_FLAGS = -k 5 300
TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = timeout
AM_SH_LOG_FLAGS = -k 5 300 bash

# Instead of Criterion where there is none, see HACKING.md.
EXTRA_DIST += \
	tests/plain/criterion/criterion.h \
	tests/plain/criterion/logging.h \
	tests/plain/criterion/parameterized.h

if HAVE_CRITERION
include tests/virtio-devices.mk
include tests/frontend.mk
include tests/daemons.mk
include tests/session.mk
include tests/gpio-i2c.mk
include tests/sound-host.mk
include tests/vsock.mk
include tests/vsock-host.mk
include tests/vsock-probe.mk
include tests/sound.mk
include tests/containment.mk
include tests/faults.mk
include tests/recovery.mk
endif

EXTRA_DIST += $(check_scripts) tests/daemon.sh
check_scripts = \
	tests/check-daemons.sh \
	tests/check-embed.sh \
	tests/check-layering.sh \
	tests/check-purity.sh
TESTS += $(check_scripts)
include tests/units.mk

.PHONY: bench fuzz fuzz-check fuzz-merge
include tests/bench.mk
include tests/fuzz.mk

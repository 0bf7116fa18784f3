# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# Migration, and what comes after a crash.
EXTRA_DIST += tests/traffic.h tests/crash-figures.h

check_PROGRAMS += tests/test-dirty-log
tests_test_dirty_log_SOURCES = tests/test-dirty-log.c
tests_test_dirty_log_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_dirty_log_LDADD = $(adapter_test_libs)
TESTS += tests/test-dirty-log

recovery_sources = tests/traffic.c tests/fixture-daemon.c
recovery_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/tests

# The drivers of GPIO lines need a daemon that can only be built with libgpiod.
if HAVE_GPIOD
check_PROGRAMS += tests/test-migration
noinst_HEADERS += tests/migration-test.h
tests_test_migration_SOURCES = \
	tests/test-migration-state.c tests/test-migration.c \
	$(recovery_sources)
tests_test_migration_CPPFLAGS = $(recovery_cppflags)
tests_test_migration_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_migration_LDADD = $(adapter_test_libs)
TESTS += tests/test-migration

check_PROGRAMS += tests/test-crash
tests_test_crash_SOURCES = \
	tests/test-crash.c tests/crash-figures.c $(recovery_sources)
tests_test_crash_CPPFLAGS = $(recovery_cppflags)
tests_test_crash_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_crash_LDADD = $(adapter_test_libs)
TESTS += tests/test-crash

check_PROGRAMS += tests/test-cycles
tests_test_cycles_SOURCES = tests/test-cycles.c $(recovery_sources)
tests_test_cycles_CPPFLAGS = $(recovery_cppflags)
tests_test_cycles_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_cycles_LDADD = $(adapter_test_libs)
TESTS += tests/test-cycles
endif

check_PROGRAMS += tests/test-kept
tests_test_kept_SOURCES = tests/test-kept.c tests/fake-entropy.c
tests_test_kept_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_kept_LDADD = $(adapter_test_libs)
TESTS += tests/test-kept

noinst_HEADERS += tests/inflight-test.h
check_PROGRAMS += tests/test-inflight
tests_test_inflight_SOURCES = \
	tests/test-inflight-records.c \
	tests/test-inflight.c
tests_test_inflight_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_inflight_LDADD = $(adapter_test_libs)
TESTS += tests/test-inflight

check_PROGRAMS += tests/test-state
tests_test_state_SOURCES = \
	tests/test-state.c tests/fake-entropy.c tests/fake-queue.c
tests_test_state_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_state_LDADD = backends/libgpio-sim.la $(device_test_libs)
TESTS += tests/test-state

# There is no store without systemd.
EXTRA_DIST += \
	tests/fake-manager.h tests/fake-store.h tests/check-systemd.sh
fake_manager = tests/fake-manager.c tests/fake-store.c
if HAVE_SYSTEMD
check_PROGRAMS += tests/steady-front-end
tests_steady_front_end_SOURCES = tests/steady-front-end.c
tests_steady_front_end_LDADD = vhost-user/libadapter.la \
	backends/libloop.la virtio-devices/libdevices.la
TESTS += tests/check-systemd.sh
endif
if HAVE_GPIOD
if HAVE_SYSTEMD
check_PROGRAMS += tests/test-fd-store
tests_test_fd_store_SOURCES = \
	tests/test-fd-store.c $(fake_manager) $(recovery_sources)
tests_test_fd_store_CPPFLAGS = $(recovery_cppflags)
tests_test_fd_store_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_fd_store_LDADD = $(adapter_test_libs) -lpthread
TESTS += tests/test-fd-store
endif
endif

if HAVE_CYAML
check_PROGRAMS += tests/test-vsock-cycles
tests_test_vsock_cycles_SOURCES = \
	tests/test-vsock-cycles.c tests/fixture-daemon.c \
	tests/vsock-echo-guest.c
tests_test_vsock_cycles_CPPFLAGS = $(recovery_cppflags)
tests_test_vsock_cycles_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_cycles_LDADD = daemons/libprobe.la $(CRITERION_LIBS)
TESTS += tests/test-vsock-cycles

check_PROGRAMS += tests/test-vsock-migration
tests_test_vsock_migration_SOURCES = \
	tests/test-vsock-migration.c tests/fixture-daemon.c \
	tests/vsock-echo-guest.c
tests_test_vsock_migration_CPPFLAGS = $(recovery_cppflags)
tests_test_vsock_migration_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_vsock_migration_LDADD = daemons/libprobe.la $(CRITERION_LIBS)
TESTS += tests/test-vsock-migration

if HAVE_SYSTEMD
check_PROGRAMS += tests/test-vsock-fd-store
tests_test_vsock_fd_store_SOURCES = \
	tests/test-vsock-fd-store.c $(fake_manager) \
	tests/fixture-daemon.c tests/vsock-echo-guest.c
tests_test_vsock_fd_store_CPPFLAGS = $(recovery_cppflags)
tests_test_vsock_fd_store_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_vsock_fd_store_LDADD = \
	daemons/libprobe.la $(CRITERION_LIBS) -lpthread
TESTS += tests/test-vsock-fd-store
endif
endif

if HAVE_PULSE
if HAVE_SYSTEMD
check_PROGRAMS += tests/test-sound-fd-store
tests_test_sound_fd_store_SOURCES = \
	tests/test-sound-fd-store.c $(fake_manager) \
	tests/fixture-daemon.c tests/fixture-pulse.c tests/sound-player.c
tests_test_sound_fd_store_CPPFLAGS = $(recovery_cppflags)
tests_test_sound_fd_store_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_sound_fd_store_LDADD = \
	daemons/libprobe.la $(CRITERION_LIBS) -lpthread
TESTS += tests/test-sound-fd-store
endif
endif

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

EXTRA_DIST += \
	tests/fixture-request.h tests/hostile-driver.h \
	tests/hostile-message.h tests/hostile-sound.h tests/hostile-vsock.h

check_PROGRAMS += tests/test-mapping
tests_test_mapping_SOURCES = \
	tests/test-mapping-files.c \
	tests/test-mapping.c
tests_test_mapping_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_mapping_LDADD = $(adapter_test_libs) -lpthread
TESTS += tests/test-mapping

check_PROGRAMS += tests/test-notifier
tests_test_notifier_SOURCES = tests/test-notifier.c
tests_test_notifier_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_notifier_LDADD = $(adapter_test_libs)
TESTS += tests/test-notifier

if HAVE_SECCOMP
check_PROGRAMS += tests/test-sandbox
noinst_HEADERS += tests/sandbox-test.h
tests_test_sandbox_SOURCES = \
	tests/test-sandbox-processors.c \
	tests/test-sandbox-rights.c \
	tests/test-sandbox.c
tests_test_sandbox_CFLAGS = \
	$(AM_CFLAGS) $(SECCOMP_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_sandbox_LDADD = \
	daemons/libdaemon.la $(SECCOMP_LIBS) $(CRITERION_LIBS) -lpthread
TESTS += tests/test-sandbox

EXTRA_DIST += tests/check-sandbox.sh
TESTS += tests/check-sandbox.sh
endif

# Those that drive the real daemons.
daemon_fixture = \
	tests/fixture-daemon.c tests/fixture-request.c
daemon_fixture_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/tests
if HAVE_GPIOD
daemon_fixture_cppflags += -DHAVE_GPIOD
endif
if HAVE_PULSE
daemon_fixture_cppflags += -DHAVE_PULSE
endif
if HAVE_SNDFILE
daemon_fixture_cppflags += -DHAVE_SNDFILE
endif

check_PROGRAMS += tests/test-hostile-messages
tests_test_hostile_messages_SOURCES = \
	tests/test-hostile-messages.c tests/hostile-message.c $(daemon_fixture)
tests_test_hostile_messages_CPPFLAGS = $(daemon_fixture_cppflags)
tests_test_hostile_messages_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_hostile_messages_LDADD = $(adapter_test_libs)
TESTS += tests/test-hostile-messages

hostile_driver = \
	tests/hostile-driver.c tests/hostile-message.c $(daemon_fixture)

check_PROGRAMS += tests/test-hostile-frontend
tests_test_hostile_frontend_SOURCES = \
	tests/test-hostile-frontend.c tests/test-hostile-notifiers.c \
	tests/test-hostile-state.c $(hostile_driver)
tests_test_hostile_frontend_CPPFLAGS = $(daemon_fixture_cppflags)
tests_test_hostile_frontend_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_hostile_frontend_LDADD = $(adapter_test_libs)
TESTS += tests/test-hostile-frontend

check_PROGRAMS += tests/test-hostile-guest
tests_test_hostile_guest_SOURCES = \
	tests/test-hostile-guest.c $(hostile_driver)
tests_test_hostile_guest_CPPFLAGS = $(daemon_fixture_cppflags)
tests_test_hostile_guest_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_hostile_guest_LDADD = $(adapter_test_libs)
TESTS += tests/test-hostile-guest

check_PROGRAMS += tests/test-hostile-requests
tests_test_hostile_requests_SOURCES = \
	tests/test-hostile-requests.c $(hostile_driver)
tests_test_hostile_requests_CPPFLAGS = $(daemon_fixture_cppflags)
tests_test_hostile_requests_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_hostile_requests_LDADD = $(adapter_test_libs) -lpthread
TESTS += tests/test-hostile-requests

check_PROGRAMS += tests/test-hostile-vsock
tests_test_hostile_vsock_SOURCES = \
	tests/test-hostile-vsock.c tests/test-hostile-vsock-load.c \
	tests/hostile-vsock.c $(hostile_driver)
tests_test_hostile_vsock_CPPFLAGS = $(daemon_fixture_cppflags)
tests_test_hostile_vsock_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_hostile_vsock_LDADD = $(adapter_test_libs) -lpthread
TESTS += tests/test-hostile-vsock

check_PROGRAMS += tests/test-hostile-sound
tests_test_hostile_sound_SOURCES = \
	tests/test-hostile-sound.c tests/test-hostile-sound-messages.c \
	tests/hostile-sound.c $(hostile_driver)
tests_test_hostile_sound_CPPFLAGS = $(daemon_fixture_cppflags)
tests_test_hostile_sound_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
tests_test_hostile_sound_LDADD = $(adapter_test_libs) -lpthread
TESTS += tests/test-hostile-sound

EXTRA_DIST += tests/check-sound-files.sh
if HAVE_SNDFILE
TESTS += tests/check-sound-files.sh
endif

check_PROGRAMS += tests/test-lost-memory
tests_test_lost_memory_SOURCES = \
	tests/test-lost-memory.c tests/test-lost-data.c \
	tests/hostile-sound.c tests/hostile-vsock.c $(hostile_driver)
tests_test_lost_memory_CPPFLAGS = $(daemon_fixture_cppflags)
tests_test_lost_memory_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_lost_memory_LDADD = $(adapter_test_libs)
TESTS += tests/test-lost-memory

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# What the tests put in the place of the other side of a seam.
noinst_HEADERS += \
	tests/fake-driver.h \
	tests/fake-entropy.h \
	tests/fake-malloc.h \
	tests/fake-device-host.h \
	tests/fake-queue.h \
	tests/loop-test.h \
	tests/ring-test.h \
	tests/rng-test.h

# So that fake-malloc.c sees the calls of our own objects, and no others.
wrap_malloc = -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc \
	-Wl,--wrap=free

device_test_cflags = $(AM_CFLAGS) $(CRITERION_CFLAGS)
device_test_libs = virtio-devices/libdevices.la $(CRITERION_LIBS)

check_PROGRAMS += tests/test-chain
tests_test_chain_SOURCES = tests/test-chain.c tests/fake-queue.c
tests_test_chain_CFLAGS = $(device_test_cflags)
tests_test_chain_LDADD = $(device_test_libs)
TESTS += tests/test-chain

check_PROGRAMS += tests/test-device
tests_test_device_SOURCES = tests/test-device.c tests/fake-queue.c
tests_test_device_CFLAGS = $(device_test_cflags)
tests_test_device_LDADD = $(device_test_libs)
TESTS += tests/test-device

check_PROGRAMS += tests/test-token-bucket
tests_test_token_bucket_SOURCES = tests/test-token-bucket.c
tests_test_token_bucket_CFLAGS = $(device_test_cflags)
tests_test_token_bucket_LDADD = $(device_test_libs)
TESTS += tests/test-token-bucket

check_PROGRAMS += tests/test-rng
tests_test_rng_SOURCES = \
	tests/test-rng-limit.c \
	tests/test-rng.c \
	tests/fake-entropy.c tests/fake-malloc.c tests/fake-queue.c
tests_test_rng_CFLAGS = $(device_test_cflags)
tests_test_rng_LDFLAGS = $(AM_LDFLAGS) $(wrap_malloc)
tests_test_rng_LDADD = $(device_test_libs)
TESTS += tests/test-rng

check_PROGRAMS += tests/test-virtqueue
tests_test_virtqueue_SOURCES = \
	tests/test-virtqueue-buffers.c \
	tests/test-virtqueue-log.c \
	tests/test-virtqueue-memory.c \
	tests/test-virtqueue.c \
	tests/fake-driver.c tests/fake-malloc.c
tests_test_virtqueue_CFLAGS = $(device_test_cflags)
tests_test_virtqueue_LDFLAGS = $(AM_LDFLAGS) $(wrap_malloc)
tests_test_virtqueue_LDADD = $(device_test_libs)
TESTS += tests/test-virtqueue

check_PROGRAMS += tests/test-virtqueue-split
tests_test_virtqueue_split_SOURCES = \
	tests/test-virtqueue-split.c tests/fake-driver.c
tests_test_virtqueue_split_CFLAGS = $(device_test_cflags)
tests_test_virtqueue_split_LDADD = $(device_test_libs)
TESTS += tests/test-virtqueue-split

check_PROGRAMS += tests/test-virtqueue-packed
tests_test_virtqueue_packed_SOURCES = \
	tests/test-virtqueue-packed.c tests/fake-driver.c
tests_test_virtqueue_packed_CFLAGS = $(device_test_cflags)
tests_test_virtqueue_packed_LDADD = $(device_test_libs)
TESTS += tests/test-virtqueue-packed

check_PROGRAMS += tests/test-virtqueue-hostile
tests_test_virtqueue_hostile_SOURCES = \
	tests/test-virtqueue-hostile.c \
	tests/test-virtqueue-race.c \
	tests/test-virtqueue-shapes.c \
	tests/fake-driver.c
tests_test_virtqueue_hostile_CFLAGS = $(device_test_cflags) -pthread
tests_test_virtqueue_hostile_LDADD = $(device_test_libs) -lpthread
TESTS += tests/test-virtqueue-hostile

check_PROGRAMS += tests/test-loop
tests_test_loop_SOURCES = \
	tests/test-loop-later.c \
	tests/test-loop-polling.c \
	tests/test-loop.c
tests_test_loop_CFLAGS = $(device_test_cflags) -pthread
tests_test_loop_LDADD = backends/libloop.la $(CRITERION_LIBS) -lpthread
TESTS += tests/test-loop

check_PROGRAMS += tests/test-message
tests_test_message_SOURCES = tests/test-message.c
tests_test_message_CFLAGS = $(device_test_cflags)
tests_test_message_LDADD = vhost-user/libadapter.la $(CRITERION_LIBS)
TESTS += tests/test-message

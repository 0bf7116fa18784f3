# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_HEADERS += \
	tests/fake-gpiod.h \
	tests/fake-smbus.h \
	tests/gpio-driver.h \
	tests/i2c-driver.h
gpio_test_helpers = tests/gpio-driver.c tests/fake-queue.c
i2c_test_helpers = tests/i2c-driver.c tests/fake-queue.c

check_PROGRAMS += tests/test-gpio
tests_test_gpio_SOURCES = tests/test-gpio.c $(gpio_test_helpers)
tests_test_gpio_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_gpio_LDADD = virtio-devices/libdevices.la $(CRITERION_LIBS)
TESTS += tests/test-gpio

check_PROGRAMS += tests/test-gpio-device
tests_test_gpio_device_SOURCES = tests/test-gpio-device.c $(gpio_test_helpers)
tests_test_gpio_device_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_gpio_device_LDADD = virtio-devices/libdevices.la $(CRITERION_LIBS)
TESTS += tests/test-gpio-device

check_PROGRAMS += tests/test-gpio-irq
tests_test_gpio_irq_SOURCES = tests/test-gpio-irq.c $(gpio_test_helpers)
tests_test_gpio_irq_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_gpio_irq_LDADD = virtio-devices/libdevices.la $(CRITERION_LIBS)
TESTS += tests/test-gpio-irq

check_PROGRAMS += tests/test-i2c
tests_test_i2c_SOURCES = tests/test-i2c.c $(i2c_test_helpers)
tests_test_i2c_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_i2c_LDADD = virtio-devices/libdevices.la $(CRITERION_LIBS)
TESTS += tests/test-i2c

check_PROGRAMS += tests/test-i2c-clients
tests_test_i2c_clients_SOURCES = tests/test-i2c-clients.c $(i2c_test_helpers)
tests_test_i2c_clients_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_i2c_clients_LDADD = virtio-devices/libdevices.la $(CRITERION_LIBS)
TESTS += tests/test-i2c-clients

check_PROGRAMS += tests/test-i2c-group
tests_test_i2c_group_SOURCES = tests/test-i2c-group.c $(i2c_test_helpers)
tests_test_i2c_group_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_i2c_group_LDADD = virtio-devices/libdevices.la $(CRITERION_LIBS)
TESTS += tests/test-i2c-group

check_PROGRAMS += tests/test-gpio-sim
tests_test_gpio_sim_SOURCES = tests/test-gpio-sim.c
tests_test_gpio_sim_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_gpio_sim_LDADD = backends/libgpio-sim.la $(CRITERION_LIBS)
TESTS += tests/test-gpio-sim

check_PROGRAMS += tests/test-i2c-sim
tests_test_i2c_sim_SOURCES = tests/test-i2c-sim.c
tests_test_i2c_sim_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_i2c_sim_LDADD = backends/libi2c.la $(CRITERION_LIBS)
TESTS += tests/test-i2c-sim

check_PROGRAMS += tests/test-i2c-smbus
tests_test_i2c_smbus_SOURCES = \
	tests/test-i2c-smbus-limits.c \
	tests/test-i2c-smbus-pec.c \
	tests/test-i2c-smbus.c \
	tests/fake-smbus.c
tests_test_i2c_smbus_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_i2c_smbus_LDADD = backends/libi2c.la $(CRITERION_LIBS)
TESTS += tests/test-i2c-smbus

check_PROGRAMS += tests/test-i2c-dev
tests_test_i2c_dev_SOURCES = tests/test-i2c-dev.c
tests_test_i2c_dev_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_i2c_dev_LDADD = backends/libi2c.la $(CRITERION_LIBS)
TESTS += tests/test-i2c-dev

check_PROGRAMS += tests/test-slow-bus
tests_test_slow_bus_SOURCES = tests/test-slow-bus.c tests/fixture-daemon.c
tests_test_slow_bus_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_slow_bus_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_slow_bus_LDADD = $(adapter_test_libs)
TESTS += tests/test-slow-bus

if HAVE_GPIOD
# What it has in place of libgpiod comes before that.
check_PROGRAMS += tests/test-gpiod
tests_test_gpiod_SOURCES = \
	tests/test-gpiod.c \
	tests/fake-gpiod-config.c \
	tests/fake-gpiod.c
tests_test_gpiod_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) $(GPIOD_CFLAGS)
tests_test_gpiod_LDADD = backends/libgpiod.la backends/libloop.la \
	$(CRITERION_LIBS)
TESTS += tests/test-gpiod

check_PROGRAMS += tests/test-gpio-control
tests_test_gpio_control_SOURCES = \
	tests/test-gpio-control.c tests/fixture-daemon.c
tests_test_gpio_control_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_test_gpio_control_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_gpio_control_LDADD = $(adapter_test_libs)
TESTS += tests/test-gpio-control
endif

# Lists are part of the daemons, and in no library.
check_PROGRAMS += tests/test-device-lists
tests_test_device_lists_SOURCES = tests/test-device-lists.c \
	daemons/gpio-list.c daemons/i2c-list.c
tests_test_device_lists_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_test_device_lists_LDADD = daemons/libdaemon.la $(CRITERION_LIBS)
TESTS += tests/test-device-lists

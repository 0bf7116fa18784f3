# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

noinst_LTLIBRARIES += backends/libloop.la
noinst_HEADERS += backends/loop-private.h
backends_libloop_la_SOURCES = backends/loop-poll.c backends/loop.c

noinst_HEADERS += \
	backends/rng-file.h \
	backends/rng-getrandom.h \
	backends/rng-retry.h

noinst_LTLIBRARIES += backends/librng.la
backends_librng_la_SOURCES = \
	backends/rng-file.c \
	backends/rng-getrandom.c \
	backends/rng-retry.c

noinst_HEADERS += \
	backends/i2c-dev.h \
	backends/i2c-sim.h \
	backends/i2c-smbus.h

noinst_LTLIBRARIES += backends/libi2c.la
backends_libi2c_la_SOURCES = \
	backends/i2c-dev.c \
	backends/i2c-sim.c \
	backends/i2c-smbus.c

noinst_HEADERS += \
	backends/gpio-sim.h \
	backends/gpiod-chip.h \
	backends/gpiod-line.h \
	backends/gpiod.h

noinst_LTLIBRARIES += backends/libgpio-sim.la
backends_libgpio_sim_la_SOURCES = backends/gpio-sim.c

if HAVE_GPIOD
noinst_LTLIBRARIES += backends/libgpiod.la
backends_libgpiod_la_SOURCES = \
	backends/gpiod-chip.c \
	backends/gpiod-line.c \
	backends/gpiod.c
backends_libgpiod_la_CFLAGS = $(AM_CFLAGS) $(GPIOD_CFLAGS)
backends_libgpiod_la_LIBADD = $(GPIOD_LIBS)
endif

include backends/sound.mk
include backends/vsock.mk

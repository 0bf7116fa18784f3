# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# Figures, next to what the machine can do.  It takes half a minute, and is no
# test: it depends on what else the machine does.
noinst_HEADERS += \
	tests/bench/bench.h \
	tests/bench/requests.h \
	tests/bench/sound-handover.h \
	tests/bench/sound-server.h \
	tests/bench/table.h \
	tests/bench/vsock.h

# What the programs share.
bench_sources = \
	tests/bench/daemon.c \
	tests/bench/floor.c \
	tests/bench/table.c

check_PROGRAMS += tests/bench/bench
tests_bench_bench_SOURCES = tests/bench/bench.c $(bench_sources)
tests_bench_bench_LDADD = daemons/libprobe.la

bench_targets = bench-rng

.PHONY: bench-rng
bench-rng: tests/bench/bench$(EXEEXT) daemons/vhost-device-rng$(EXEEXT)
	tests/bench/bench$(EXEEXT) daemons/vhost-device-rng$(EXEEXT) $(TURNS)

check_PROGRAMS += tests/bench/lines-and-buses
tests_bench_lines_and_buses_SOURCES = \
	tests/bench/edge.c \
	tests/bench/lines-and-buses.c \
	tests/bench/requests.c \
	$(bench_sources)
tests_bench_lines_and_buses_LDADD = daemons/libprobe.la

# Without libgpiod there are no lines.
if HAVE_GPIOD
bench_targets += bench-lines-and-buses
endif

# And without libpulse there is no server to play into.
if HAVE_PULSE
bench_targets += bench-sound
endif
bench: $(bench_targets)

if HAVE_PULSE
check_PROGRAMS += tests/bench/sound
tests_bench_sound_SOURCES = tests/bench/sound.c \
	tests/bench/sound-handover.c tests/bench/sound-server.c \
	$(bench_sources)
tests_bench_sound_LDADD = backends/libsound-pulse.la backends/libsound.la \
	daemons/libprobe.la
endif

.PHONY: bench-sound
bench-sound: tests/bench/sound$(EXEEXT) daemons/vhost-device-sound$(EXEEXT)
	tests/bench/sound$(EXEEXT) daemons/vhost-device-sound$(EXEEXT) $(TURNS)

.PHONY: bench-lines-and-buses
lines_and_buses = \
	daemons/vhost-device-gpio$(EXEEXT) daemons/vhost-device-i2c$(EXEEXT)
bench-lines-and-buses: tests/bench/lines-and-buses$(EXEEXT) $(lines_and_buses)
	tests/bench/lines-and-buses$(EXEEXT) $(lines_and_buses) $(TURNS)

check_PROGRAMS += tests/bench/vsock
tests_bench_vsock_SOURCES = \
	tests/bench/vsock-app.c \
	tests/bench/vsock-guest.c \
	tests/bench/vsock.c \
	$(bench_sources)
tests_bench_vsock_LDADD = daemons/libprobe.la

bench_targets += bench-vsock

.PHONY: bench-vsock
bench-vsock: tests/bench/vsock$(EXEEXT) daemons/vhost-device-vsock$(EXEEXT)
	tests/bench/vsock$(EXEEXT) daemons/vhost-device-vsock$(EXEEXT) $(TURNS)

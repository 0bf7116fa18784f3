# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# Figures, next to what the machine can do.  It takes half a minute, and is no
# test: it depends on what else the machine does.
noinst_HEADERS += tests/bench/bench.h

check_PROGRAMS += tests/bench/bench
tests_bench_bench_SOURCES = \
	tests/bench/bench.c \
	tests/bench/daemon.c \
	tests/bench/floor.c
tests_bench_bench_LDADD = daemons/libprobe.la


bench: tests/bench/bench$(EXEEXT) daemons/vhost-device-rng$(EXEEXT)
	tests/bench/bench$(EXEEXT) daemons/vhost-device-rng$(EXEEXT) $(TURNS)

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Panic while entropy is being read, so that the VMM vanishes without a farewell.

cat /dev/hwrng >/dev/null &
head -c 4096 /dev/hwrng | wc -c
sync
echo c >/proc/sysrq-trigger

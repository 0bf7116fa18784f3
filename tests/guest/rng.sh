#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# What a user does with an entropy device.

set -e

echo "kernel $(uname -r)"
echo "sources: $(cat /sys/class/misc/hw_random/rng_available)"
echo "current: $(cat /sys/class/misc/hw_random/rng_current)"
case $(cat /sys/class/misc/hw_random/rng_current) in
virtio_rng.*) ;;
*) echo "the entropy does not come from virtio_rng"; exit 1 ;;
esac

# Sixteen bytes to look at.
head -c 16 /dev/hwrng | od -An -tx1

# 64 KiB in several block sizes.  Random bytes do not get smaller, and no two
# blocks of 64, which is what the driver asks for at a time, are alike.
for bs in 1 16 64 4096; do
	dd if=/dev/hwrng bs=$bs count=$((16384 / bs)) iflag=fullblock 2>/dev/null
done >/run/random
test "$(wc -c </run/random)" -eq 65536
test "$(gzip -c /run/random | wc -c)" -gt 65536
test "$(od -An -v -tx1 -w64 /run/random | sort -u | wc -l)" -eq 1024
echo "64 KiB read, all of them random"

# The driver can go and come back.
cd /sys/bus/virtio/drivers/virtio_rng
device=$(ls -d virtio*)
for _ in 1 2 3; do
	echo "$device" >unbind
	echo "$device" >bind
	test "$(head -c 64 /dev/hwrng | wc -c)" -eq 64
done
echo "unbound and bound three times"

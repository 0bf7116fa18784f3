#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Record two seconds, for the host to look at.

set -e

# There may be others: the virtio card is called like this.
card=$(sed -n 's/^ *\([0-9]*\) \[SoundCard .*/\1/p' /proc/asound/cards)

arecord -D hw:$card -t raw -f S16_LE -r 48000 -c 2 --period-time=10000 --buffer-time=160000 \
	-s 96000 /run/share/recorded

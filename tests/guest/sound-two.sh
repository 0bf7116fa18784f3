#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Play two tones at once, each with a program of its own.

set -e

# There may be others: the virtio card is called like this.
card=$(sed -n 's/^ *\([0-9]*\) \[SoundCard .*/\1/p' /proc/asound/cards)

aplay -D hw:$card -t raw -f S16_LE -r 48000 -c 2 --period-time=10000 --buffer-time=160000 \
	/run/share/tone &
first=$!
aplay -D hw:$card -t raw -f S16_LE -r 48000 -c 2 --period-time=10000 --buffer-time=160000 \
	/run/share/tone2
wait $first

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Turn the volume down to -12 dB, and play until somebody on the host has turned
# it up to -10 dB.  A step is half a decibel, and -60 dB is the first.

set -e

# There may be others: the virtio card is called like this.
card=$(sed -n 's/^ *\([0-9]*\) \[SoundCard .*/\1/p' /proc/asound/cards)

volume() { amixer -c "$card" "$@" "name='PCM Playback Volume'"; }
is() { volume cget | grep -q ": values=$1$"; }

volume cget
is 120
amixer -q -c "$card" cset "name='PCM Playback Volume'" 96
n=0
until is 100; do
	n=$((n + 1))
	test $n -lt 50
	aplay -q -D "hw:$card" -t raw -f S16_LE -r 48000 -c 2 /run/share/tone
done
volume cget

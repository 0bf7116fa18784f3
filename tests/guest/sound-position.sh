#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Play what the host has left for us, and see that the position goes on evenly:
# by no more than two periods beyond what the time since the last look explains.
# A machine that is busy may have kept us, the device or the server waiting, and
# then it is tried again.

set -e

# There may be others: the virtio card is called like this.
card=$(sed -n 's/^ *\([0-9]*\) \[SoundCard .*/\1/p' /proc/asound/cards)

status=/proc/asound/card$card/pcm0p/sub0/status

# Sets $now, in microseconds, and $at, in frames; false if nothing is played.
look() {
	at=
	while IFS=' :' read -r key value; do
		case $key in
		tstamp)
			fraction=${value#*.}
			now=$((${value%.*} * 1000000 + 1$fraction / 1000 - 1000000))
			;;
		hw_ptr) at=$value ;;
		esac
	done <"$status"
	test -n "$at"
}

# Sets $most, in microseconds.
play() {
	aplay -D hw:$card -t raw -f S16_LE -r 48000 -c 2 --period-time=10000 --buffer-time=160000 \
		/run/share/tone &
	player=$!
	# Before the first period, no time belongs to the position.
	until look && test "$at" -gt 0; do kill -0 $player; done
	looks=0
	most=0
	while last_now=$now last_at=$at && look; do
		ahead=$(((at - last_at) * 1000000 / 48000 - (now - last_now)))
		test $ahead -le $most || most=$ahead
		looks=$((looks + 1))
	done
	wait $player
	echo "in $looks looks, the position was ahead of the time by $most us at most"
	test $looks -ge 100
}

for _ in 1 2 3 4; do
	play
	test $most -gt 20000 || exit 0
done
exit 1

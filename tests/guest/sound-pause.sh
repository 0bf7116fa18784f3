#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Play, and pause after a second.  aplay wants a terminal for that.

set -e

# There may be others: the virtio card is called like this.
card=$(sed -n 's/^ *\([0-9]*\) \[SoundCard .*/\1/p' /proc/asound/cards)

status=/proc/asound/card$card/pcm0p/sub0/status

wait_for() {
	n=0
	until "$@"; do
		n=$((n + 1))
		test $n -lt 1000
		sleep 0.02
	done
}
is() { grep -q "^state: $1" $status; }
has_played() { test "$(sed -n 's/^hw_ptr *: //p' $status)" -ge "$1"; }

mkfifo /run/keys
script -q -c "aplay -D hw:$card -i -t raw -f S16_LE -r 48000 -c 2 \
	--period-time=10000 --buffer-time=160000 /run/share/tone" /run/typescript </run/keys >/run/output &
player=$!
exec 3>/run/keys
wait_for is RUNNING
wait_for has_played 48000
printf ' ' >&3
wait_for is PAUSED
before=$(sed -n 's/^hw_ptr *: //p' $status)
sleep 0.5
test "$(sed -n 's/^hw_ptr *: //p' $status)" -eq "$before"
printf ' ' >&3
wait_for is RUNNING
exec 3>&-
wait $player || true
cat /run/output
echo "paused after $before frames"

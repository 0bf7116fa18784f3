# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# What a user does with eight lines, of which each odd one follows the even one
# before it.

set -e

wait_for() {
	n=0
	until "$@"; do
		n=$((n + 1))
		test $n -lt 3000
		sleep 0.02
	done
}

chip=$(gpiodetect | sed -n 's/^\(gpiochip[0-9]*\) .*virtio.*/\1/p')
gpiodetect
gpioinfo -c "$chip" | tee /run/info
test "$(grep -c 'sim[0-7]' /run/info)" -eq 8

# The value that a line drives is seen on the other one, and is there until the
# line is given back.
for value in 1 0 1; do
	gpioset -c "$chip" -t 0 0=$value
done
gpioset -c "$chip" 0=1 &
setter=$!
is() { test "$(gpioget -c "$chip" --numeric "$1")" = "$2"; }
wait_for is 1 1
kill $setter
wait $setter || true
wait_for is 1 0

# edges KIND N: N edges of line 3, while line 2 goes up and down and up and down.
edges() {
	gpiomon -c "$chip" -n "$2" -e "$1" --format '%e' 3 >/run/events &
	monitor=$!
	wait_for is_watched
	gpioset -c "$chip" -t 20ms,20ms,20ms,20ms,0 2=0
	wait $monitor
	echo $(cat /run/events)
}
is_watched() { gpioinfo -c "$chip" 3 | grep -q gpiomon; }

# 1 is a rising edge, 2 a falling one.
test "$(edges rising 2)" = "1 1"
test "$(edges falling 2)" = "2 2"
test "$(edges both 4)" = "1 2 1 2"
echo "values and edges are as they should be"

# Levels, where there is a driver that waits for them: line 5 as line 4 is.
[ -e "$MODULES/gpio-irq.ko" ] || exit 0
. "$(dirname "$0")/gpio-levels.sh"

drive() {
	[ -z "$setter" ] || { kill $setter; wait $setter || true; } 2>/dev/null
	gpioset -c "$chip" 4=$1 &
	setter=$!
	wait_for is_driven
}
setter=
is_driven() { gpioinfo -c "$chip" 4 | grep -q gpioset; }
check_levels "$(gpiodetect | sed -n "s/^$chip \\[\\(.*\\)\\].*/\\1/p")" 5 drive
echo "levels are as they should be"

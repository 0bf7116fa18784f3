# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# What hardware-host.sh runs in its guest: line 0 is its LED, line 1 its button.

set -e

wait_for() {
	n=0
	until "$@"; do
		n=$((n + 1))
		test $n -lt 3000 || { echo "guest: waited in vain for: $*"; exit 1; }
		sleep 0.02
	done
}

# ask WHAT: of our host, who does it before it takes the question away
ask() {
	echo "$1" >/run/share/ask
	wait_for test ! -e /run/share/ask
}

chip=$(gpiodetect | sed -n 's/^\(gpiochip[0-9]*\) .*virtio.*/\1/p')
gpioinfo -c "$chip" | tee /run/info
test "$(grep -c line /run/info)" -ge 3
grep -q 'line *0:.*led' /run/info
grep -q 'line *1:.*button' /run/info

# Interrupts, from the kernel below through libgpiod and the daemon to here.
# edges KIND EVENT...: while the button is pressed twice
edges() {
	kind=$1
	shift
	stdbuf -oL gpiomon -c "$chip" -n $# -e "$kind" --format %e 1 >/run/events &
	monitor=$!
	wait_for is_watched
	for pull in up down up down; do
		ask pull-$pull
		wait_for has_seen $pull
	done
	wait $monitor
	test "$(echo $(cat /run/events))" = "$*"
}
is_watched() { gpioinfo -c "$chip" 1 | grep -q gpiomon; }
# Before the next edge comes: a line remembers one.
has_seen() {
	case $kind-$1 in
	rising-down | falling-up) ;;
	*) test "$(wc -l </run/events)" -gt "$n_seen" || return ;;
	esac
	n_seen=$(wc -l </run/events)
}
for edges in "both 1 2 1 2" "rising 1 1" "falling 2 2"; do
	n_seen=0
	edges $edges
done

# Levels, where there is a driver that waits for them.
if [ -e "$MODULES/gpio-irq.ko" ]; then
	. "$(dirname "$0")/gpio-levels.sh"
	press() { if [ "$1" = 1 ]; then ask pull-up; else ask pull-down; fi; }
	check_levels "$(gpiodetect | sed -n "s/^$chip \[\(.*\)\].*/\1/p")" 1 press
	echo "levels are as they should be"
fi

# Values, both ways.
for pull in up down; do
	ask pull-$pull
	value=0
	[ $pull = down ] || value=1
	test "$(gpioget -c "$chip" --numeric 1)" = $value
done
gpioset -c "$chip" 0=1 &
setter=$!
ask look
kill $setter
wait $setter || true

bus=$(i2cdetect -l | sed -n 's/^i2c-\([0-9]*\).*[Vv]irtio.*/\1/p')
i2cset -y "$bus" 0x50 0x10 0xab
test "$(i2cget -y "$bus" 0x50 0x10)" = 0xab
i2cset -y "$bus" 0x50 0x12 0xbeef w
test "$(i2cget -y "$bus" 0x50 0x12 w)" = 0xbeef
i2ctransfer -y "$bus" w3@0x51 0x20 0xcd 0xef
test "$(i2ctransfer -y "$bus" w1@0x51 0x20 r2)" = "0xcd 0xef"
echo "lines, interrupts and both buses are as they should be"

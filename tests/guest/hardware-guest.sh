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

gpioinfo
test "$(gpioinfo -c 0 | grep -c line)" -ge 3
gpioinfo -c 0 0 | grep -q led
gpioinfo -c 0 1 | grep -q button

# Interrupts, from the kernel below through libgpiod and the daemon to here.
stdbuf -oL gpiomon -c 0 -n 4 -e both --format %e 1 >/run/share/events &
monitor=$!
is_watched() { gpioinfo -c 0 1 | grep -q gpiomon; }
wait_for is_watched
touch /run/share/watching
wait $monitor
test "$(echo $(cat /run/share/events))" = "1 2 1 2"

gpioset -c 0 0=1 &
setter=$!
touch /run/share/lit
wait_for test -e /run/share/seen
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

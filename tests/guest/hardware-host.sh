# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# A guest that plays the host: it has GPIO and I2C hardware, simulated by its
# kernel, and runs the daemons of $BUILD on them.  $GUEST_SCRIPT runs in a guest
# of its own, which uses the hardware through the daemons.

set -e

wait_for() {
	n=0
	until "$@"; do
		n=$((n + 1))
		test $n -lt 3000 || { echo "host: waited in vain for: $*"; exit 1; }
		sleep 0.02
	done
}

# Sockets and shared files cannot be on the host's own file system.
mount -t tmpfs tmpfs /mnt
mount -o remount,size=600M /dev/shm
mkdir /mnt/share

# Eight lines, of which two have names.
sim=/sys/kernel/config/gpio-sim/host
mkdir -p $sim/bank0/line0 $sim/bank0/line3
echo 8 >$sim/bank0/num_lines
echo bank-a >$sim/bank0/label
echo button >$sim/bank0/line0/name
echo led >$sim/bank0/line3/name
echo 1 >$sim/live
lines=/sys/devices/platform/$(cat $sim/dev_name)/$(cat $sim/bank0/chip_name)

# Two buses: one that knows SMBus only, and one for any transfer.
busybox insmod "$MODULES/i2c-stub.ko" chip_addr=0x50
busybox insmod "$MODULES/i2c-plain.ko" chip_addr=0x51
i2cdetect -l

"$BUILD/daemons/vhost-device-gpio" -s /mnt/gpio -l 'bank-a[3,0,1]' &
gpio=$!
"$BUILD/daemons/vhost-device-i2c" -s /mnt/i2c -l '0:0x50,plain I2C simulator:0x51' &
i2c=$!
wait_for test -S /mnt/gpio0
wait_for test -S /mnt/i2c0

# The guest asks for a button to be pressed, and for the LED to be looked at.
has_seen() { test "$(wc -l </mnt/share/events)" -eq "$1"; }
{
	wait_for test -e /mnt/share/watching
	seen=0
	for pull in up down up down; do
		echo pull-$pull >$lines/sim_gpio0/pull
		seen=$((seen + 1))
		wait_for has_seen $seen
	done
	wait_for test -e /mnt/share/lit
	wait_for grep -q 1 $lines/sim_gpio3/value
	touch /mnt/share/seen
} &

"$HERE/run-guest" --mem 96M --share /mnt/share --device gpio=/mnt/gpio0 \
	--device i2c=/mnt/i2c0 "$HERE/hardware-guest.sh"

# The guest has written to both buses, and given its lines back.
test "$(i2cget -y 0 0x50 0x10)" = 0xab
test "$(i2ctransfer -y 1 w1@0x51 0x20 r2)" = "0xcd 0xef"
gpioinfo -c 0 3 | grep -v consumer

kill $gpio $i2c
wait $gpio
wait $i2c

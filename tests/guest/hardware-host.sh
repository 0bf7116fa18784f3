# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# A guest that plays the host: it has GPIO and I2C hardware, simulated by its
# kernel, and runs the daemons of $BUILD on them.  hardware-guest.sh runs in a
# guest of its own, in $VMM, which uses the hardware through the daemons.

set -e
. "$HERE/hardware.sh"

mount -o remount,size=600M /dev/shm
mkdir /mnt/share
make_lines
make_buses
i2cdetect -l

"$BUILD/daemons/vhost-device-gpio" -s /mnt/gpio -l 'bank-a[3,0,1]' &
gpio=$!
"$BUILD/daemons/vhost-device-i2c" -s /mnt/i2c -l '0:0x50,plain I2C simulator:0x51' &
i2c=$!
wait_for test -S /mnt/gpio0
wait_for test -S /mnt/i2c0

# The guest asks for a button to be pressed, and for the LED to be looked at.
do_as_asked() {
	case $1 in
	pull-*) pull 0 "$1" ;;
	look) wait_for shows 3 1 ;;
	esac
}
while wait_for_long test -s /mnt/share/ask; do
	do_as_asked "$(cat /mnt/share/ask)"
	rm /mnt/share/ask
done &

"$HERE/run-guest" --vmm "$VMM" --mem 96M --share /mnt/share \
	--device gpio=/mnt/gpio0 --device i2c=/mnt/i2c0 "$HERE/hardware-guest.sh"

# The guest has written to both buses, and given its lines back.
test "$(i2cget -y 0 0x50 0x10)" = 0xab
test "$(i2ctransfer -y 1 w1@0x51 0x20 r2)" = "0xcd 0xef"
gpioinfo -c 0 3 | grep -v consumer

kill $gpio $i2c
wait $gpio
wait $i2c

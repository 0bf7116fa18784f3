# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# vhost-device-gpio on lines of this guest's kernel: how they are found, and what
# can go wrong with them.  The probe plays the guest.

set -e
. "$HERE/hardware.sh"
make_lines

# monitor OPTION...: events of the guest's line 1, the button
monitor() {
	"$BUILD/daemons/vhost-device-probe" gpio monitor 1 "$@" -s /mnt/gpio0 >/mnt/events &
	monitor=$!
}

# A chip by its number, name, label and path.
for chip in 0 gpiochip0 bank-a /dev/gpiochip0; do
	start gpio "$chip"
	probe gpio info | grep -q '^lines: 8$'
	stop
done
refused gpio 7 'there is no such chip'
refused gpio bank-b 'there is no such chip'
refused gpio /dev/null 'this is no GPIO chip'
refused gpio '0[3,8]' 'the chip has no such line'

# Another chip with the same label.
twin=/sys/kernel/config/gpio-sim/twin
mkdir -p $twin/bank0
echo bank-a >$twin/bank0/label
echo 1 >$twin/live
refused gpio bank-a 'several chips have this label'
echo 0 >$twin/live
rmdir $twin/bank0 $twin

# Values, and names of those lines that the guest has, in its order.
start gpio 'bank-a[3,0]'
probe gpio info | grep -q '^ *0  led '
probe gpio info | grep -q '^ *1  button '
pull 0 pull-up
test "$(probe gpio get 1)" = 1
pull 0 pull-down
test "$(probe gpio get 1)" = 0
test "$(probe gpio set 0 1 --read 0)" = 1

# (A daemon that has just been started has not said too much yet.)
stop
start gpio 'bank-a[3,0]'

# A line that somebody else has: the guest is refused, and we say who it is.
gpioset -C somebody -c 0 3=0 &
other=$!
is_taken() { gpioinfo -c 0 3 | grep -q somebody; }
wait_for is_taken
probe gpio set 0 1 2>&1 | grep 'the device has refused'
logged "line 3 is in use by 'somebody'"
kill $other
wait $other || true
test "$(probe gpio set 0 1 --read 0)" = 1

# A level that lasts is reported again and again, and one that comes later, once
# it is there.
pull 0 pull-up
test "$(probe gpio monitor 1 --edges high -n 3)" = "$(yes 'line 1: event, now 1' | head -n 3)"
monitor --edges low -n 2
is_watched() { gpioinfo -c 0 0 | grep -q 'edges='; }
wait_for is_watched
pull 0 pull-down
wait $monitor
test "$(cat /mnt/events)" = "$(yes 'line 1: event, now 0' | head -n 2)"

# More edges than the kernel keeps while the daemon does not look: the guest hears
# of some, and of what comes later.
monitor
wait_for is_watched
has_seen() { test "$(wc -l </mnt/events)" -ge "$1"; }
pull 0 pull-up
wait_for has_seen 1
kill -STOP $daemon
for i in $(seq 50); do
	pull 0 pull-down
	pull 0 pull-up
done
kill -CONT $daemon
wait_for has_seen 2
pull 0 pull-down
ends_low() { tail -n 1 /mnt/events | grep -q 'now 0'; }
wait_for ends_low
kill $monitor
wait $monitor || true

stop
start gpio 'bank-a[3,0]'

# The chip goes away while it is used: the guest is told nothing but errors, and
# we say so.
monitor
wait_for is_watched
echo 0 >$sim/live
has_logged() { grep -q 'line 0 tells of no more edges; has its chip gone' $log; }
wait_for has_logged
kill $monitor
wait $monitor || true
probe gpio get 1 2>&1 | grep 'the device has refused'
is_idle() {
	before=$(cut -d ' ' -f 14,15 /proc/$daemon/stat)
	sleep 0.2
	test "$before" = "$(cut -d ' ' -f 14,15 /proc/$daemon/stat)"
}
wait_for is_idle
stop
echo "lines are found, and lost, as they should be"

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Level interrupts in a guest, with the driver gpio-irq.  Belongs to a script that
# has wait_for.

seen() { test "$(cat /sys/module/gpio_irq/parameters/seen)" = "$1"; }
handled() { echo >/sys/module/gpio_irq/parameters/handled; }

# check_level CHIP LINE LEVEL DRIVE: "DRIVE 0" and "DRIVE 1" change the line, from
# outside.  "seen" says what it was at each interrupt.
check_level() {
	on=$3
	off=$((1 - $3))

	$4 $off
	busybox insmod "$MODULES/gpio-irq.ko" chip="$1" line="$2" level=$on
	seen ""

	# It is delivered, and while it lasts, again as soon as it was handled.
	$4 $on
	wait_for seen $on
	handled
	wait_for seen $on$on

	# Whatever happens while it is masked, what counts is how it is then.
	$4 $off
	$4 $on
	$4 $off
	handled
	$4 $on
	wait_for seen $on$on$on
	$4 $off
	busybox rmmod gpio_irq

	# An interrupt that is due when it is enabled is delivered at once.
	$4 $on
	busybox insmod "$MODULES/gpio-irq.ko" chip="$1" line="$2" level=$on
	wait_for seen $on
	$4 $off
	handled
	busybox rmmod gpio_irq
}

check_levels() {
	check_level "$1" "$2" 1 "$3"
	check_level "$1" "$2" 0 "$3"
}

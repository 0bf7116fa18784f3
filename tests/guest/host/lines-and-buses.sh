# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Guests with an I2C adapter or a GPIO controller.
# Part of ../suite, which has what tests are made of.

i2c() {
	start i2c --device-list sim:0x50:0x20:0x51r && guest 0 i2c i2c && stop
}

gpio() { start gpio --device-list s8=loop && guest 0 gpio gpio && stop; }

# Real devices of a kernel, which a guest in User-Mode Linux has that plays the
# host: host_with_hardware SCRIPT ARGUMENT...
host_with_hardware() {
	local cache=${XDG_CACHE_HOME:-~/.cache} modules

	modules=$(dirname "${VHOST_DEVICE_UML:-$cache/vhost-device/linux}")/modules
	[ -e "$modules/i2c-plain.ko" ] && [ -e "$modules/i2c-stub.ko" ] || {
		echo "no simulated hardware in $modules; ./dev guest-kernel makes it"
		return 77
	}
	"$here/run-guest" $show --mem 1G --arg "BUILD=$build" --arg "MODULES=$modules" \
		--arg "HERE=$here" "${@:2}" "$here/$1.sh"
}

# The daemons, with the probe as a front-end.
gpio_of_a_kernel() { host_with_hardware hardware-gpio; }
i2c_of_a_kernel() { host_with_hardware hardware-i2c; }

# And a guest in it that uses them.
hardware_in_a_guest() {
	local khz

	khz=$(awk '/cpu MHz/ { printf "%d", $4 * 1000; exit }' /proc/cpuinfo)
	GUEST_LIMIT=${GUEST_LIMIT:-400} host_with_hardware hardware-host \
		--arg "VMM=$vmm" --arg "VHOST_DEVICE_UML=${VHOST_DEVICE_UML-}" \
		--arg "XDG_CACHE_HOME=${XDG_CACHE_HOME:-$(echo ~/.cache)}" --arg "GUEST_TSC_KHZ=$khz"
}

# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Guests whose driver goes and comes back.
# Part of ../suite, which has what tests are made of.

# allocated: memory of the daemon, in KiB; 0 if AddressSanitizer keeps what was freed
allocated() {
	if grep -q libasan "/proc/$daemon/maps"; then
		echo 0
	else
		awk '/^RssAnon/ { print $2 }' "/proc/$daemon/status"
	fi
}

# descriptors: how many it has open; 0 if it is not for us to know
descriptors() { find "/proc/$daemon/fd" -type l 2>/dev/null | wc -l; }

# rebinding DEVICE ID: the daemon was started.  After a first guest, the next
# costs nothing, however often its driver goes and comes back.
rebinding() {
	local cycles=${CYCLES:-50} memory fds

	mkdir -p "$dir/share0"
	echo "$2" >"$dir/share0/id"
	fds=$(descriptors)
	echo 20 >"$dir/share0/cycles"
	guest 0 "$1" rebind || return 1
	memory=$(allocated)
	echo "$cycles" >"$dir/share0/cycles"
	guest 0 "$1" rebind || return 1
	echo "$1: bound $cycles times, $memory KiB before and $(allocated) KiB after"
	[ "$(allocated)" -le $((memory + 128)) ] || { echo "that is too much"; return 1; }
	wait_for [ "$(descriptors)" -eq "$fds" ] || return 1
	stop
}

rng_of_a_driver_that_comes_and_goes() { start rng && rebinding rng 4; }
i2c_of_a_driver_that_comes_and_goes() { start i2c --device-list sim:80 && rebinding i2c 34; }
gpio_of_a_driver_that_comes_and_goes() { start gpio --device-list s8 && rebinding gpio 41; }
sound_of_a_driver_that_comes_and_goes() { start sound --backend null && rebinding sound 25; }
vsock_of_a_driver_that_comes_and_goes() {
	start_vsock --socket "$dir/socket0" --uds-path "$dir/uds0" && rebinding vsock 19
}

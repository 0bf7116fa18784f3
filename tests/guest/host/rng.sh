# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Guests with an entropy device.
# Part of ../suite, which has what tests are made of.

rng() { start rng && guest 0 rng rng && stop; }

# 4 KiB at once, and then 40 KiB a second: 64 KiB take a second and a half.
rng_with_a_rate_limit() {
	local before=${EPOCHREALTIME/[.,]/} after

	start rng --max-bytes 4096 --period 100 && guest 0 rng rng-copy && stop || return 1
	after=${EPOCHREALTIME/[.,]/}
	[ $((after - before)) -ge 1400000 ] || { echo "that was too fast"; return 1; }
}

# A guest gets what is in the file, and in the order in which it is there.
rng_from_a_file() {
	seq -f %015.0f 262144 >"$dir/numbers"
	start rng --filename "$dir/numbers" && guest 0 rng rng-copy && stop || return 1
	if grep -qvxE '[0-9]{15}' "$dir/share0/random" || ! sort -uc "$dir/share0/random"; then
		echo "the guest's bytes are not those of the file:"
		head -n 10 "$dir/share0/random"
		return 1
	fi
}

rng_of_two_guests() {
	local first rc=0

	start rng --socket-count 2 || return 1
	guest 0 rng rng-copy &
	first=$!
	guest 1 rng rng-copy || rc=1
	wait "$first" || rc=1
	cmp -s "$dir"/share?/random
	[ $? -eq 1 ] || { echo "both guests read the same"; rc=1; }
	stop && return $rc
}

rng_after_a_guest_has_gone() {
	start rng && guest 0 rng rng && guest 0 rng rng && stop
}

rng_after_a_guest_has_crashed() {
	local rc=0

	start rng || return 1
	guest 0 rng rng-crash || rc=$?
	[ "$rc" -eq 99 ] || { echo "this guest was to panic, but ended with $rc"; return 1; }
	guest 0 rng rng && stop
}

rng_across_a_reboot() { start rng && guest 0 rng rng-reboot --reboot && stop; }

rng_with_a_packed_ring() { start rng --packed-ring=on && guest 0 rng rng && stop; }

rng_with_in_band_notifications() { start rng --in-band && guest 0 rng rng && stop; }

rng_while_polling() { start rng --poll-us 50 && guest 0 rng rng && stop; }

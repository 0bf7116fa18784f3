# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Guests with a socket device, and those on the host who talk to them.
# Part of ../suite, which has what tests are made of.

# A message has its own line, so that a list of them is one of words.
lengths=(1 2 3 1000 4096 65536 65537 100000)
messages=$build/tests/guest/messages

# ask_guest PORT: standard input to a port of the guest, and back; it is tried
# until somebody listens there
ask_guest() {
	local out=$dir/answer$1

	cat >"$out.in"
	try_guest() {
		{ echo "CONNECT $1"; cat "$out.in"; } |
			socat -t 30 - "UNIX-CONNECT:$dir/uds0" >"$out" 2>/dev/null &&
			head -n 1 "$out" | grep -qa '^OK '
	}
	wait_for try_guest "$1" && tail -n +2 "$out"
}

same_bytes() { cmp "$1" "$2" && [ -s "$1" ]; }

# The host's part of vsock.sh.
talk_to_guest() {
	local share=$dir/share0

	wait_for_long test -e "$share/listening" || return 1
	[ "$(head -c 1234567 /dev/zero | ask_guest 6000)" -eq 1234567 ] || return 1
	ask_guest 6001 </dev/null >"$dir/down" && same_bytes "$share/download" "$dir/down" || return 1
	touch "$share/counted"
	wait_for_long test -e "$share/echoing" || return 1
	wait_for "$messages" check "unix:$dir/uds0_seqpacket:6002" "${lengths[@]}"
}

vsock() {
	local rc=0

	start_vsock --guest-cid 3 --socket "$dir/socket0" --uds-path "$dir/uds0" || return 1
	mkdir -p "$dir/share0"
	cp "$messages" "$dir/share0"
	head -c 3456789 /dev/urandom >"$dir/share0/download"
	helper socat -u -b 65536 "UNIX-LISTEN:$dir/uds0_5000" "CREATE:$dir/upload"
	helper socat -U -b 65536 "UNIX-LISTEN:$dir/uds0_5001,fork" "OPEN:$dir/share0/download"
	helper socat "UNIX-LISTEN:$dir/uds0_5002" SYSTEM:'wc -c'
	helper "$messages" echo "unix-listen:$dir/uds0_5003"

	meanwhile talk_to_guest
	guest 0 vsock vsock || rc=1
	and_meanwhile || rc=1
	same_bytes "$dir/share0/download" "$dir/upload" || rc=1
	end_helpers
	stop && return $rc
}

vsock_siblings() {
	local first rc=0

	start_vsock --vm "guest-cid=3,socket=$dir/socket0,uds-path=$dir/uds0" \
		--vm "guest-cid=4,socket=$dir/socket1,uds-path=$dir/uds1" || return 1
	mkdir -p "$dir/share0" "$dir/share1"
	head -c 3456789 /dev/urandom | tee "$dir/share0/download" >"$dir/share1/download"
	cp "$messages" "$dir/share0"
	cp "$messages" "$dir/share1"
	touch "$dir/share0/listens"

	guest 0 vsock vsock-sibling &
	first=$!
	guest 1 vsock vsock-sibling || rc=1
	wait_for has_gone "$first" || kill "$first"
	wait "$first" || rc=1
	stop && return $rc
}

# Says when a connection begins and ends.
watch_connections() {
	local n=0

	while n=$((n + 1)); do
		socat "UNIX-LISTEN:$dir/uds0_5000,unlink-early" \
			SYSTEM:"echo begun $n >>$dir/share0/seen; cat >/dev/null"
		echo "ended $n" >>"$dir/share0/seen"
	done
}

# vsock_interrupted SCRIPT OPTION...: it does that to connections
vsock_interrupted() {
	local rc=0

	start_vsock --socket "$dir/socket0" --uds-path "$dir/uds0" || return 1
	mkdir -p "$dir/share0"
	helper watch_connections
	helper socat -U "UNIX-LISTEN:$dir/uds0_5001,fork" SYSTEM:'echo word'
	guest 0 vsock "$@" || rc=1
	end_helpers
	stop && return $rc
}

vsock_without_a_driver() { vsock_interrupted vsock-rebind; }

vsock_across_a_reboot() { vsock_interrupted vsock-reboot --reboot; }

# A kernel that has AF_VSOCK within the machine plays the host.
vsock_forwarding() {
	"$here/run-guest" $show --mem 1G --arg "BUILD=$build" --arg "HERE=$here" \
		--arg "VMM=$vmm" --arg "VHOST_DEVICE_UML=${VHOST_DEVICE_UML-}" \
		"$here/vsock-forward-host.sh"
}

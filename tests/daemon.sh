# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# What the scripts have in common that run daemons: one at a time, $daemon, whose
# messages are in $dir/log, and whose sockets are in $dir, too.

# shellcheck disable=SC2154,SC2034 # the Makefile exports it, and scripts use it
bin=$builddir/daemons
dir=$(mktemp -d) || exit 1
daemon=
failed=0
: >"$dir/log"

cleanup() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT

# shellcheck disable=SC2034 # scripts exit with it
fail() {
	echo "FAILED: $1"
	sed "s/^/  /" "$dir/out" "$dir/log"
	failed=1
}

# expect STATUS PATTERN DEVICE ARGUMENT...: a daemon that ends by itself
expect() {
	local want=$1 pattern=$2 device=$3 status=0
	shift 3

	timeout 20 "$bin/vhost-device-$device" "$@" >"$dir/out" 2>&1 || status=$?
	[ $status -eq "$want" ] || fail "$device $*: exit status $status, not $want"
	grep -q -e "$pattern" "$dir/out" || fail "$device $*: no '$pattern'"
	[ "$(grep -c ': error: ' "$dir/out")" -le 1 ] || fail "$device $*: one mistake, several errors"
}

wait_for() {
	local n=0

	until "$@"; do
		n=$((n + 1))
		[ $n -lt 1000 ] || { fail "waited in vain for: $*"; return 1; }
		sleep 0.02
	done
}

# launch PATTERN DEVICE ARGUMENT...: a daemon that goes on, once it has said that
launch() {
	local pattern=$1 device=$2
	shift 2

	# What the last one said must not be taken for this one's.
	: >"$dir/log"
	"$bin/vhost-device-$device" "$@" >"$dir/log" 2>&1 &
	daemon=$!
	wait_for grep -q "$pattern" "$dir/log"
}

# stop [SIGNAL]: it has to end in good order
stop() {
	local status=0

	kill -"${1:-TERM}" "$daemon"
	wait "$daemon" || status=$?
	daemon=
	[ $status -eq 0 ] || fail "ended with $status after SIG${1:-TERM}"
	[ -z "$(find "$dir" -type s)" ] || fail "a socket was left"
}

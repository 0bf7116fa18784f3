#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# The probe as a user runs it, against the entropy daemon: what it prints, its
# exit status, and whether it says what is wrong.

set -u

# shellcheck disable=SC2154 # the Makefile exports it
probe=$builddir/daemons/vhost-device-probe
dir=$(mktemp -d) || exit 1
failed=0

cleanup() {
	kill "$daemon" 2>/dev/null && wait "$daemon"
	rm -rf "$dir"
}
daemon=
trap cleanup EXIT

fail() {
	echo "FAILED: $1"
	sed 's/^/  /' "$dir/out" "$dir/err"
	failed=1
}

# expect STATUS PATTERN PROBE-ARGUMENT...: PATTERN is in its output or message
expect() {
	want=$1 pattern=$2
	shift 2

	"$probe" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status -eq "$want" ] || fail "$*: exit status $status, not $want"
	cat "$dir/out" "$dir/err" | grep -q -e "$pattern" ||
		fail "$*: no '$pattern'"
}

start_daemon() {
	"$builddir/daemons/vhost-device-rng" -s "$dir/rng" "$@" \
		2>"$dir/log" &
	daemon=$!
	n=0
	until [ -S "$dir/rng0" ]; do
		n=$((n + 1))
		[ $n -lt 100 ] || { cat "$dir/log"; exit 1; }
		sleep 0.1
	done
}

stop_daemon() {
	kill "$daemon"
	wait "$daemon"
}

# The command line.
expect 2 'a command is needed'
expect 2 'no command .frobnicate.' frobnicate
expect 2 'no command .bench.' bench
expect 2 'the command comes first' --socket-path "$dir/rng0" info
expect 2 'is needed, to find the back-end' info
expect 2 'is needed, to find the back-end' info -s "$dir/rng0" --fd 3
expect 2 'no option .--frobnicate.' rng --frobnicate
expect 2 'needs a number' rng -n 0 -s "$dir/rng0"
expect 0 'bench rng' --help
expect 0 '--socket-path PATH' bench rng --help
expect 0 'vhost-device-probe [0-9]' --version

# No back-end.
expect 1 'no such socket; start the back-end' info -s "$dir/rng0"
expect 1 'it is not a socket' info -s "$dir/out"
expect 1 'it is not a socket' info --fd 0 </dev/null

start_daemon
expect 1 'there is one with a 0 appended' info -s "$dir/rng"
expect 0 'type: rng' info -s "$dir/rng0"
expect 0 'queues: 1' info -s "$dir/rng0"
expect 0 '32  VERSION_1' info -s "$dir/rng0"
expect 0 'configuration space: none' info --type=rng -s "$dir/rng0"
expect 0 '200000 bytes in 4 answers' rng --count -n 200000 -s "$dir/rng0"
expect 0 'requests .* of 64 bytes' bench rng --duration=20 -s "$dir/rng0"
expect 0 'latency' bench rng --spin --depth 4 --duration=20 -s "$dir/rng0"
expect 1 'does not offer packed rings' rng --packed-ring -s "$dir/rng0"

"$probe" rng -n 4321 -s "$dir/rng0" >"$dir/out" 2>"$dir/err"
[ "$(wc -c <"$dir/out")" -eq 4321 ] || fail "not 4321 bytes"
"$probe" rng -s "$dir/rng0" >/dev/full 2>"$dir/err" &&
	fail "output was lost, and nobody knows"

stop_daemon
start_daemon --packed-ring=on
expect 0 '34  RING_PACKED' info -s "$dir/rng0"
expect 0 '200000 bytes' rng --packed-ring --count -n 200000 -s "$dir/rng0"
expect 0 '200000 bytes' rng --count -n 200000 -s "$dir/rng0"

exit $failed

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# The vsock commands of the probe as a user runs them, in two guests of the daemon
# that talk to each other.

set -u

# shellcheck disable=SC2154 # the Makefile exports it
probe=$builddir/daemons/vhost-device-probe
dir=$(mktemp -d) || exit 1
failed=0

cleanup() {
	kill "$daemon" $others 2>/dev/null && wait "$daemon"
	rm -rf "$dir"
}
daemon=
others=
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

	"$probe" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	[ $status -eq "$want" ] || fail "$*: exit status $status, not $want"
	cat "$dir/out" "$dir/err" | grep -q -e "$pattern" ||
		fail "$*: no '$pattern'"
}

wait_for() {
	n=0
	until "$@"; do
		n=$((n + 1))
		[ $n -lt 200 ] || { echo "waited in vain for: $*"; exit 1; }
		sleep 0.1
	done
}

# The command line.
expect 2 'no command .vsock.' vsock
expect 2 'a CID and a port are needed' vsock connect
expect 2 'a CID and a port are needed' vsock connect 2
expect 2 'a CID and a port are needed' vsock connect 2 3 4
expect 2 "'host' is no CID" vsock connect host 80
expect 2 "'4294967296' is no port" vsock connect 2 4294967296
expect 2 'is no port' vsock connect 2 80x
expect 2 'local-port' vsock connect 2 80 --local-port 4294967296
expect 2 'one port is needed' vsock listen
expect 2 'one port is needed' vsock listen 1 2
expect 2 'no option .--local-port' vsock listen 80 --local-port 1
expect 2 'is needed, to find the back-end' vsock listen 80
expect 2 'a CID and a port are needed' bench vsock send
expect 2 "'drop' cannot be measured" bench vsock drop 2 80
expect 2 'size' bench vsock send 2 80 --size 65537
expect 2 'rx-size' bench vsock receive 2 80 --rx-size 44
expect 0 'vsock connect CID PORT' vsock connect --help
expect 0 'seqpacket' vsock listen --help
expect 1 'no such socket' vsock listen 80 -s "$dir/socket"

# A device that is none.
"$builddir/daemons/vhost-device-rng" -s "$dir/rng" 2>"$dir/log" &
daemon=$!
wait_for test -S "$dir/rng0"
expect 1 'does not offer a configuration space' vsock listen 80 -s "$dir/rng0"
expect 1 'does not offer SEQPACKET' vsock listen 80 --seqpacket -s "$dir/rng0"
kill "$daemon"
wait "$daemon"

# Two guests, which can talk to each other.
start_daemon() {
	"$builddir/daemons/vhost-device-vsock" "$@" \
		--vm "guest-cid=3,socket=$dir/three,uds-path=$dir/uds3" \
		--vm "guest-cid=4,socket=$dir/four,uds-path=$dir/uds4" \
		2>"$dir/log" &
	daemon=$!
	wait_for test -S "$dir/four"
}
start_daemon

expect 1 'refused: nobody listens there' vsock connect 2 80 -s "$dir/three"
expect 1 'refused: nobody listens there' vsock connect 4 80 -s "$dir/three"
expect 1 'refused' vsock connect 2 80 --seqpacket -s "$dir/three"
expect 1 'refused' bench vsock echo 2 80 -s "$dir/three"

# Nothing, a word, and more than fits anywhere, both ways at once.
: >"$dir/nothing"
echo word >"$dir/word"
head -c 5000000 /dev/urandom >"$dir/much"

# exchange TO FRO OPTION...: between the guests, which send these files
exchange() {
	to=$1 fro=$2
	shift 2

	"$probe" vsock listen 80 "$@" -s "$dir/four" <"$dir/$fro" \
		>"$dir/got4" 2>"$dir/err" &
	listener=$!
	others=$listener
	# It may not listen yet.
	wait_for connects "$@" -s "$dir/three"
	wait $listener || fail "vsock listen $*: exit status $?"
	others=
	cmp "$dir/$to" "$dir/got4" || fail "$to $*: not the same bytes"
	cmp "$dir/$fro" "$dir/got3" || fail "$fro $*: not the same bytes back"
}
connects() {
	"$probe" vsock connect 4 80 "$@" <"$dir/$to" >"$dir/got3" 2>"$dir/out"
}

exchange word word
exchange nothing word
exchange word nothing
exchange nothing nothing
exchange much word
exchange word much
exchange much much
exchange word word --seqpacket
exchange nothing much --seqpacket
exchange much much --seqpacket

# A slow reader loses nothing.
"$probe" vsock listen 80 -s "$dir/four" <"$dir/nothing" 2>"$dir/err" |
	{ sleep 0.3; cat; } >"$dir/got4" &
others=$!
to=much
wait_for connects -s "$dir/three"
wait "$others"
others=
cmp "$dir/much" "$dir/got4" || fail "a slow reader has lost something"

# measure KIND INPUT OUTPUT PATTERN: with these at the other guest's end
measure() {
	"$probe" vsock listen 80 -s "$dir/four" <"$2" >"$3" 2>"$dir/got4" &
	others=$!
	wait_for measures "$1"
	grep -q -e "$4" "$dir/out" || fail "bench vsock $1: no '$4'"
	# Who is still sending is reset.
	wait "$others"
	others=
}
measures() {
	"$probe" bench vsock "$1" 4 80 --duration 50 -s "$dir/three" \
		>"$dir/out" 2>"$dir/err"
}
mkfifo "$dir/loop"
exec 4<>"$dir/loop"
measure send "$dir/nothing" /dev/null 'throughput .* MB/s'
measure receive /dev/zero /dev/null 'throughput .* MB/s'
measure echo "$dir/loop" "$dir/loop" 'latency  *p50'

# begin: a connection that stays open, from $client to $listener
begin() {
	printf word >&3
	"$probe" vsock listen 80 -s "$dir/four" <&3 >"$dir/got4" 2>"$dir/out" &
	listener=$!
	: >"$dir/got3"
	client=
	wait_for has_begun
	others="$client $listener"
}
has_begun() {
	[ -s "$dir/got3" ] && return 0
	[ -n "$client" ] && kill -0 "$client" 2>"$dir/out" && return 1
	"$probe" vsock connect 4 80 -s "$dir/three" </dev/null \
		>"$dir/got3" 2>"$dir/err" &
	client=$!
	return 1
}
# ends_with PATTERN PROCESS: it fails, and says that
ends_with() {
	wait "$2" && fail "it ended as if all was well"
	cat "$dir/out" "$dir/err" | grep -q -e "$1" || fail "no '$1'"
}
mkfifo "$dir/open"
exec 3<>"$dir/open"

# A guest goes without a farewell, and then the daemon does.
begin
kill -KILL "$listener"
ends_with 'reset by the other end' "$client"
begin
kill -KILL "$daemon"
ends_with 'has closed the vhost-user connection' "$client"
ends_with 'has closed the vhost-user connection' "$listener"
others=
rm -f "$dir/three" "$dir/four" "$dir"/uds*

start_daemon --packed-ring=on
exchange much much --packed-ring
expect 1 'refused' vsock connect 2 80 --packed-ring -s "$dir/three"

exit $failed

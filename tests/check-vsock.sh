#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# vhost-device-vsock as a user or a service manager runs it.

set -u

# shellcheck source=tests/daemon.sh disable=SC2154 # the Makefile exports it
. "$srcdir/tests/daemon.sh"
vsock=$bin/vhost-device-vsock

# start PATTERN ARGUMENT...: as launch
start() { launch "$1" vsock "${@:2}"; }

# The command line.
expect 0 '^Usage: vhost-device-vsock' vsock --help
expect 0 '^vhost-device-vsock [0-9]' vsock --version
expect 0 '"type": "vsock"' vsock --print-capabilities --no-such-option
expect 2 "no option '--no-such-option'" vsock --no-such-option
expect 2 "'--socket': missing" vsock --uds-path "$dir/v"
expect 2 "'--uds-path': missing" vsock --socket "$dir/s"
expect 2 "'--guest-cid': '2' is not" vsock --guest-cid 2 --socket "$dir/s" --uds-path "$dir/v"
expect 2 "exclude each other" vsock --vm "socket=$dir/s,uds-path=$dir/v" --config "$dir/c"
expect 2 "describe a guest completely" vsock --vm "socket=$dir/s" --guest-cid 3
expect 2 "give the key 'socket'" vsock --vm "socket=$dir/s,uds-path=$dir/v" -s "$dir/x"
expect 2 "'--socket' excludes" vsock --socket "$dir/s" --uds-path "$dir/v" -s "$dir/x"
expect 2 "use '--vm' for each" vsock -s "$dir/s" -c 2 --uds-path "$dir/v"
expect 2 "'--vm': there is no key 'colour'" vsock --vm colour=red
expect 2 "another guest has 3" vsock --vm "socket=$dir/s,uds-path=$dir/v" --vm "socket=$dir/t,uds-path=$dir/w"
expect 1 "the directory does not exist" vsock --socket "$dir/s" --uds-path "$dir/missing/v"
[ ! -e "$dir/s" ] || fail "a socket was left"

# One guest, in the two ways to say where.
start 's: ready' --socket "$dir/s" --uds-path "$dir/v"
for socket in s v v_seqpacket; do
	[ -S "$dir/$socket" ] || fail "no socket $socket"
done
expect 1 "another program listens there" vsock --socket "$dir/t" --uds-path "$dir/v"
stop
start 's0: ready' -s "$dir/s" --uds-path "$dir/v"
stop HUP

# One that was killed does not keep the next out.
start 's: ready' --socket "$dir/s" --uds-path "$dir/v"
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
start 's: ready' --socket "$dir/s" --uds-path "$dir/v"
stop INT

# Who may have more connections than descriptors is told.
(ulimit -n 256 && "$vsock" --socket "$dir/s" --uds-path "$dir/v") >"$dir/log" 2>&1 &
daemon=$!
wait_for grep -q 'LimitNOFILE=' "$dir/log"
wait_for grep -q 's: ready' "$dir/log"
stop

# Files.
if ! grep -q 'HAVE_CYAML 1' "$builddir/config.h"; then
	expect 1 'built without libcyaml' vsock --config /dev/null
	exit $failed
fi

guests() {
	echo "vms:"
	for cid in "$@"; do
		printf '  - guest-cid: %s\n    socket: %s/s%s\n    uds_path: %s/v%s\n' \
			"$cid" "$dir" "$cid" "$dir" "$cid"
	done
}

expect 1 'cannot read this file: No such file' vsock --config "$dir/missing"
guests 3 4 >"$dir/config"
expect 0 'guests: 2' vsock --config "$dir/config" --check-config
[ -z "$(find "$dir" -type s)" ] || fail "a check has made sockets"
guests 3 3 >"$dir/config"
expect 2 'config:5: guest-cid: another guest has 3' vsock --config "$dir/config" --check-config
echo 'vms: 3' >"$dir/config"
expect 2 'config:1: vms: a list of guests is needed' vsock --config "$dir/config"
mkfifo "$dir/fifo"
expect 2 'fifo: vms: missing' vsock --config "$dir/fifo"
guests 3 4 5 >"$dir/config"
# A pipe has to be read to its end, however long that takes.
cat "$dir/config" | expect 0 'guests: 3' vsock --config /dev/stdin --check-config

# Guests that come and go.
guests 3 4 >"$dir/config"
start 's4: ready' --config "$dir/config"
guests 3 5 >"$dir/config"
kill -HUP "$daemon"
wait_for grep -q 's5: ready' "$dir/log"
[ ! -e "$dir/s4" ] && [ ! -e "$dir/v4" ] || fail "a guest was not removed"
[ "$(grep -c 's3: ready' "$dir/log")" -eq 1 ] || fail "a guest that stays was disturbed"
echo nonsense >"$dir/config"
kill -HUP "$daemon"
wait_for grep -q 'all guests stay as they are' "$dir/log"
[ -S "$dir/v5" ] || fail "a file that is wrong has changed something"
stop

# Sockets of systemd: by their paths, or by their names.
if command -v systemd-socket-activate >/dev/null && ldd "$vsock" 2>/dev/null | grep -q libsystemd; then
	systemd-socket-activate -l "$dir/s3" -l "$dir/s4" --fdname=any:vhost-user-4 \
		"$vsock" --vm "socket=$dir/s3,uds-path=$dir/v3" --vm "guest-cid=4,uds-path=$dir/v4" \
		>"$dir/log" 2>&1 &
	daemon=$!
	wait_for grep -q "Listening on $dir/s4" "$dir/log"
	"$bin/vhost-device-probe" info --type vsock -s "$dir/s4" >"$dir/out" 2>&1 ||
		fail "socket activation does not work"
	wait_for grep -q 's3: ready' "$dir/log"
	kill "$daemon"
	wait "$daemon" || fail "the activated daemon ended with $?"
	daemon=
	rm -f "$dir"/s3 "$dir"/s4
fi

if command -v systemd-analyze >/dev/null; then
	systemd-analyze security --offline=true --threshold=3 --no-pager \
		"$bin/vhost-device-vsock@.service" >"$dir/out" 2>&1 ||
		fail "the unit is exposed too much"
fi

exit $failed

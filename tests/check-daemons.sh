#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# The daemons as a user or a service manager runs them: command lines, sockets,
# exit statuses, and whether they say what is wrong.

set -u

# shellcheck source=tests/daemon.sh disable=SC2154 # the Makefile exports it
. "$srcdir/tests/daemon.sh"
# start DEVICE ARGUMENT...: a daemon that goes on, at $dir/s0
start() {
	launch 's0: ready for a front-end' "$1" -s "$dir/s" "${@:2}"
}

probe() { "$bin/vhost-device-probe" "$@" 2>&1; }

devices="rng i2c sound"
[ ! -x "$bin/vhost-device-gpio" ] || devices="$devices gpio"

# What all of them have in common.
for device in $devices; do
	expect 0 "^Usage: vhost-device-$device" $device --help
	expect 0 "^vhost-device-$device [0-9]" $device --version
	expect 0 "\"type\": \"$device\"" $device --print-capabilities --no-such-option
	expect 2 'no option .--no-such-option' $device --no-such-option
	[ $device = sound ] ||
		expect 2 'no option .--socket.' $device --socket "$dir/s"
	expect 2 'exclude' $device -s "$dir/s" --fd 0
	expect 2 "'-c' needs a number" $device -s "$dir/s" -c 0
	expect 2 '--packed-ring' $device -s "$dir/s" --packed-ring=maybe
done

# rng
expect 2 'where are the guests' rng
expect 2 "'-p' needs a number" rng -s "$dir/s" -p 0
expect 2 "'-p' needs a number" rng -s "$dir/s" -p 65537
expect 2 'leaves nothing' rng -s "$dir/s" -c 2 -m 1
expect 2 'any other socket is for one' rng --fd 0 -c 2
expect 1 'cannot be a source' rng -s "$dir/s" -f "$dir"
expect 1 'cannot be a source' rng -s "$dir/s" -f "$dir/missing"
: >"$dir/empty"
expect 1 'it is empty' rng -s "$dir/s" -f "$dir/empty"
expect 1 "$dir/missing" rng -s "$dir/missing/s"

printf 0123456789abcdef >"$dir/source"
start rng -f="$dir/source" --max-bytes=1000000
[ "$(probe rng -s "$dir/s0" -n 16)" = 0123456789abcdef ] || fail "the file's bytes did not come"
stop

start rng
expect 1 'listens' rng -s "$dir/s"
[ "$(probe rng -s "$dir/s0" -n 100 | wc -c)" -eq 100 ] || fail "no random bytes"
stop INT

# One that was killed leaves its socket behind, and does not keep the next out.
start rng
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
start rng
stop

# What it writes to standard error, closed as that is, goes nowhere else.
"$bin/vhost-device-rng" -s "$dir/s" <&- >&- 2>&- &
daemon=$!
wait_for test -S "$dir/s0"
for fd in 0 1 2; do
	[ "$(readlink /proc/$daemon/fd/$fd)" = /dev/null ] ||
		fail "without standard streams, descriptor $fd is something else"
done
stop

# A file that is no socket is nobody's to remove.
echo precious >"$dir/s0"
expect 1 "$dir/s0" rng -s "$dir/s"
[ "$(cat "$dir/s0")" = precious ] || fail "a file was removed"
rm "$dir/s0"

# i2c
expect 2 'which clients' i2c -s "$dir/s"
expect 2 'no address' i2c -s "$dir/s" -l sim:banana
expect 2 'is there twice' i2c -s "$dir/s" -l sim:32:0x20
expect 1 'no such adapter' i2c -s "$dir/s" -l 9999:32
expect 1 'no such adapter' i2c -s "$dir/s" -l no-such-adapter:32
expect 1 'no I2C device' i2c -s "$dir/s" -l /dev/null:32
expect 1 "no such adapter" i2c -s "$dir/s" -l 9999
grep -q "9999: no client .* say '9999:ADDR'" "$dir/out" || fail "i2c does not say what is missing"
# A device that this user may not open.
unprivileged="setpriv --bounding-set=-all --inh-caps=-all"
mkdir -m 0 "$dir/closed"
if $unprivileged true 2>/dev/null && ! $unprivileged ls "$dir/closed" >/dev/null 2>&1; then
	$unprivileged "$bin/vhost-device-i2c" -s "$dir/s" -l "$dir/closed/i2c-0:32" >"$dir/out" 2>&1 &&
		fail "i2c serves what it may not open"
	grep -q "which mostly is 'i2c'" "$dir/out" || fail "i2c does not say who may open it"
fi
rmdir "$dir/closed"
start i2c -l sim
grep -q "say 'sim:ADDR'" "$dir/log" || fail "i2c does not say that a guest has nothing to talk to"
stop
start i2c -l sim:0x50:32r:0x2fft
probe info -s "$dir/s0" | grep -q 'ZERO_LENGTH_REQUEST\|RING_INDIRECT' || fail "i2c cannot be probed"
stop

# gpio
if [ -x "$bin/vhost-device-gpio" ]; then
	expect 2 'which lines' gpio -s "$dir/s"
	expect 2 'for 2 guests' gpio -s "$dir/s" -c 2 -l s8
	expect 2 'number of a chip whose label has a colon' gpio -s "$dir/s" -l INT34C5:00
	expect 2 'brackets are for chips' gpio -s "$dir/s" -l 's8[1]'
	expect 2 'is there twice' gpio -s "$dir/s" -c 2 -l 0:0
	expect 2 'brackets' gpio -s "$dir/s" -l '0[]'
	expect 1 'no such chip' gpio -s "$dir/s" -l no-such-chip
	expect 1 'cannot use this chip' gpio -s "$dir/s" -l /dev/null
	start gpio -c 2 -l s8=loop:s3
	probe info --type gpio -s "$dir/s0" | grep -q 8 || fail "gpio cannot be probed"
	stop
	start gpio -l s65535
	[ "$(probe gpio get 65534 -s "$dir/s0")" = 0 ] || fail "the last of as many lines as there can be is not in time"
	stop
fi

# sound
expect 2 'where are the guests' sound
expect 2 'excludes' sound --socket "$dir/s" --fd 0
expect 2 'excludes' sound --socket "$dir/s" --socket-fd 0
expect 2 'excludes' sound --socket "$dir/s" -s "$dir/s"
expect 2 "use 'pulse'" sound --socket "$dir/s" --backend alsa
expect 2 "use 'pulse'" sound --socket "$dir/s" --backend gstreamer
expect 2 "cannot be 'oss'" sound --socket "$dir/s" --backend oss
expect 2 "'--streams' cannot be" sound --socket "$dir/s" --backend null --streams 0
expect 2 "'--streams' cannot be" sound --socket "$dir/s" --backend null --streams 65
expect 2 "'--streams' cannot be" sound --socket "$dir/s" --backend null --streams 33
expect 2 "'--streams' cannot be" sound --socket "$dir/s" --backend null --streams 1,
expect 2 "'--streams' cannot be" sound --socket "$dir/s" --backend null --streams x
expect 2 "'--sink' is for" sound --socket "$dir/s" --backend null --sink x
expect 2 "'--controls' is for" sound --socket "$dir/s" --backend null --controls
if ! "$bin/vhost-device-sound" --socket "$dir/s" --sink x --fd 0 2>&1 | grep -q 'was built without'; then
	for server in tcp:10.0.0.1 '{123}tcp6:[::1]:4713' host; do
		expect 2 'is on a network' sound --socket "$dir/s" --sandbox on --pulse-server "$server"
	done
fi
expect 1 "$dir/missing" sound --socket "$dir/missing/s" --backend null
if ! "$bin/vhost-device-sound" --socket "$dir/s" --backend file: 2>&1 | grep -q 'was built without'; then
	expect 2 'needs a file' sound --socket "$dir/s" --backend file:
	expect 2 'leaves no stream' sound --socket "$dir/s" --backend "file:$dir/o" --streams 0,1
	expect 1 'cannot be used' sound --socket "$dir/s" --backend "file:$dir/missing/o"
	expect 1 'cannot be used' sound --socket "$dir/s" --backend "file:,$dir/missing"
fi
start sound --backend null --streams 2,1
probe sound info -s "$dir/s0" | grep -q '^streams: 3$' || fail "sound cannot be probed"
stop
start sound --backend null --streams 32,32
probe sound record "$dir/wav" --skip 31 --duration 50 -s "$dir/s0" ||
	fail "the last of as many streams as there can be does not record"
stop
launch 's0: ready for a front-end' sound --socket "$dir/s0" --backend null
probe info -s "$dir/s0" | grep -q 'type: sound' || fail "sound does not serve at exactly its path"
stop

# A socket that somebody else made: systemd's, which starts the daemon when a
# front-end comes, and stays after it.
if command -v systemd-socket-activate >/dev/null && "$bin/vhost-device-rng" --help | grep -q . &&
	ldd "$bin/vhost-device-rng" 2>/dev/null | grep -q libsystemd; then
	systemd-socket-activate --fdname=vhost-user -l "$dir/a" \
		"$bin/vhost-device-rng" >"$dir/log" 2>&1 &
	daemon=$!
	wait_for grep -q "Listening on $dir/a" "$dir/log"
	[ "$(probe rng -s "$dir/a" -n 50 | wc -c)" -eq 50 ] || fail "socket activation does not work"
	[ "$(probe rng -s "$dir/a" -n 50 | wc -c)" -eq 50 ] || fail "it works only once"
	kill "$daemon"
	wait "$daemon" || fail "the activated daemon ended with $?"
	daemon=

	# With a path of its own as well, those who come by systemd's would wait.
	: >"$dir/log"
	systemd-socket-activate --fdname=vhost-user -l "$dir/a" \
		"$bin/vhost-device-rng" -s "$dir/s" >"$dir/log" 2>&1 &
	daemon=$!
	wait_for grep -q "Listening on $dir/a" "$dir/log"
	probe info --timeout 200 -s "$dir/a" >"$dir/out" && fail "served at a socket that is not used"
	wait_for grep -q "warning: $dir/a: systemd listens there" "$dir/log"
	rm "$dir/a"
	stop
fi

# The units ask for no more than they need.  systemd-analyze takes that of sound,
# too, for one of root's; but it is a user's manager that runs it, always as that
# user, so it is measured as what it is.  (The manager would refuse the setting.)
if command -v systemd-analyze >/dev/null; then
	mkdir "$dir/units"
	cp "$bin"/vhost-device-*@.service "$dir/units"
	sed -i 's/^\[Service\]/&\nUser=somebody/' "$dir/units/vhost-device-sound@.service"
	for unit in rng:3 vsock:3 sound:3 i2c:5 gpio:5; do
		systemd-analyze security --offline=true --threshold="${unit#*:}" --no-pager \
			"$dir/units/vhost-device-${unit%:*}@.service" >"$dir/out" 2>&1 ||
			fail "the unit of ${unit%:*} is exposed too much"
	done
fi

# Each group that a unit or a rule of udev names is made.
if command -v systemd-sysusers >/dev/null; then
	mkdir -p "$dir/root/etc"
	systemd-sysusers --root="$dir/root" "$(realpath "$srcdir/daemons/vhost-device.conf")" >"$dir/out" 2>&1 ||
		fail "the groups cannot be made"
	for group in $(sed -n 's/.* GROUP="\([^"]*\)".*/\1/p' "$srcdir/daemons/70-vhost-device.rules") \
		$(sed -n 's/^\(SupplementaryGroups\|Group\)=//p' "$bin"/vhost-device-*@.service); do
		grep -q "^$group:" "$dir/root/etc/group" || fail "nobody makes the group $group"
	done
fi

# Profiles of AppArmor can be read, and name what is there.
parser=$(PATH=$PATH:/usr/sbin:/sbin command -v apparmor_parser)
if [ -n "$parser" ] && [ -d /etc/apparmor.d/abi ]; then
	mkdir -p "$dir/apparmor/abstractions"
	# shellcheck disable=SC2154 # the Makefile exports it
	cp "$srcdir/daemons/apparmor/vhost-device" "$dir/apparmor/abstractions"
	for device in rng i2c gpio sound vsock; do
		"$parser" --skip-kernel-load --skip-cache --base /etc/apparmor.d \
			--Include "$dir/apparmor" "$bin/apparmor/vhost-device-$device" >"$dir/out" 2>&1 ||
			fail "the AppArmor profile of $device is wrong"
		! grep -q '@bindir@' "$bin/apparmor/vhost-device-$device" ||
			fail "the AppArmor profile of $device names no program"
	done
fi

exit $failed

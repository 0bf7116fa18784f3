#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# systemd itself, the first process of namespaces of its own, with the units that
# are installed: "systemctl restart" and "systemctl kill" end a daemon under a
# front-end that cannot connect again, and that does not notice.

set -u

n_cycles=6

# shellcheck disable=SC2154 # the Makefile exports both
bin=$builddir/daemons
# shellcheck disable=SC2154
units=$srcdir/daemons
group=vhost-device-test-$$
manager=
front_end=

skip() {
	echo "skipped: $1"
	exit 77
}

fail() {
	echo "FAILED: $1"
	cat "$dir"/log "$dir"/*.log 2>/dev/null
	[ -z "$manager" ] || inside sh -c 'cat /run/log/*' 2>/dev/null
	exit 1
}

systemd=
for path in /usr/lib/systemd/systemd /lib/systemd/systemd; do
	[ ! -x "$path" ] || systemd=$path
done
[ "$(id -u)" = 0 ] || skip "only root can run a systemd of its own"
[ -n "$systemd" ] && command -v systemctl >/dev/null || skip "there is no systemd"
for tool in unshare nsenter pgrep; do
	command -v "$tool" >/dev/null || skip "there is no $tool"
done
"$bin/vhost-device-rng" --help | tr -s ' \n' ' ' | grep -q 'not forbidden. \[default: on\]' ||
	skip "an instrumented program does not run within the limits of its unit"

dir=$(mktemp -d) || exit 1

# Nothing is left of it: not even its control groups.
finish() {
	[ -z "$front_end" ] || kill "$front_end" 2>/dev/null
	[ -z "$manager" ] || kill -KILL "$manager" 2>/dev/null
	wait
	unshare --mount sh -c "mount -t cgroup2 none '$dir/groups' &&
		find '$dir/groups/$group' -depth -type d -exec rmdir {} +" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT

# What systemd may write to goes away with it.
cat >"$dir/boot" <<'END'
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mkdir -p /run/bin /run/units /run/log
cp "$bin/vhost-device-rng" "$bin/vhost-device-probe" "$builddir/tests/steady-front-end" /run/bin
for device in i2c gpio sound vsock; do
	[ ! -x "$bin/vhost-device-$device" ] || cp "$bin/vhost-device-$device" /run/bin
done
cp -r "$dir/units/." /run/units
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /var/tmp
mount -o remount,bind,ro /
exec env -i PATH="$PATH" container=test SYSTEMD_UNIT_PATH=/run/units \
	SYSTEMD_GENERATOR_PATH=/nonexistent SYSTEMD_LOG_TARGET=null \
	"$systemd" --system --unit=test.target --show-status=no
END

# add_unit DEVICE OPTION...: as it is installed, but for the program's path
add_unit() {
	local name=vhost-device-$1

	cp "$units/$name@.socket" "$dir/units"
	sed "s|^ExecStart=[^ ]*/$name|ExecStart=/run/bin/$name|" "$bin/$name@.service" >"$dir/units/$name@.service"
	mkdir "$dir/units/$name@.service.d"
	cat >"$dir/units/$name@.service.d/test.conf" <<-END
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		ExecStart=
		ExecStart=/run/bin/$*
		StandardError=append:/run/log/$name
	END
	sed -i 's|/run/bin/|&vhost-device-|' "$dir/units/$name@.service.d/test.conf"
}

# add_hardware DEVICE LIST: as add_unit, but which devices there are is told by a
# file, and there is no group that owns them
add_hardware() {
	[ -x "$bin/vhost-device-$1" ] || return 0
	# shellcheck disable=SC2016 # systemd replaces it
	add_unit "$1" --device-list '${DEVICE_LIST}'
	echo "DEVICE_LIST=$2" >"$dir/units/$1-test.conf"
	cat >>"$dir/units/vhost-device-$1@.service.d/test.conf" <<-END
		EnvironmentFile=
		EnvironmentFile=/run/units/$1-%i.conf
		SupplementaryGroups=
	END
}

mkdir "$dir/units" "$dir/groups"
for target in test sysinit basic sockets shutdown; do
	printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" >"$dir/units/$target.target"
done
add_unit rng --max-bytes 400000 --period 100
add_hardware i2c sim:80
add_hardware gpio s8
if [ -x "$bin/vhost-device-sound" ]; then add_unit sound --backend null; fi
if [ -x "$bin/vhost-device-vsock" ]; then add_unit vsock --uds-path %t/vhost-device-vsock/%i/vsock; fi

# Two minutes of it: 48,000 Hz, 16 bits, one channel.
{
	printf 'RIFF\x24\xd0\xaf\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0\2\0\x10\0data\0\xd0\xaf\0'
	head -c 11522048 /dev/zero
} >"$dir/units/silence.wav"

enter="timeout 60 nsenter --pid --mount --cgroup --ipc --uts"

inside() {
	$enter --target "$manager" -- "$@"
}

# eventually WHAT COMMAND...: wait for it
eventually() {
	local what=$1 i

	shift
	for ((i = 0; i < 1000; i++)); do
		! "$@" || return 0
		sleep 0.02
	done
	fail "$what"
}

export bin builddir dir systemd
unshare --mount --propagation private sh -c "
	mount -t cgroup2 none '$dir/groups' &&
	mkdir '$dir/groups/$group' &&
	echo \$\$ >'$dir/groups/$group/cgroup.procs' &&
	exec unshare --fork --kill-child --pid --mount --cgroup --ipc --uts bash '$dir/boot'" >"$dir/log" 2>&1 &
outer=$!

has_child() {
	manager=$(pgrep --parent "$outer" --exact systemd)
}

is_up() {
	kill -0 "$outer" 2>/dev/null || { cat "$dir/log"; manager=; skip "namespaces cannot be had here"; }
	has_child && inside systemctl is-active --quiet test.target 2>/dev/null
}

eventually "systemd does not start" is_up

# property NAME: of the unit
property() {
	inside systemctl show --property="$1" --value "$unit"
}

is_another() {
	local pid

	pid=$(property MainPID)
	[ "$pid" != 0 ] && [ "$pid" != "$before" ] && [ "$(property ActiveState)" = active ]
}

is_there() {
	kill -0 "$front_end" 2>/dev/null || fail "the front-end has ended"
}

goes_on() {
	is_there
	[ "$(stat -c %s "$dir/out")" -gt "$size" ]
}

keeps_some() {
	[ "$(property NFileDescriptorStore)" -gt 3 ]
}

# cycle WORD...: end the daemon in that way
cycle() {
	eventually "systemd keeps nothing" keeps_some
	before=$(property MainPID)
	inside systemctl "$@" "$unit" || fail "systemctl $* $unit"
	eventually "$unit does not come back after 'systemctl $*'" is_another
	is_there
}

# listen DEVICE: have its socket made; nothing is started until somebody connects
listen() {
	unit=vhost-device-$1@test.service
	socket=/run/vhost-device/$1-test.sock
	inside systemctl start "vhost-device-$1@test.socket" || fail "the socket of $unit"
	[ "$(property ActiveState)" = inactive ] || fail "$unit does not wait for a front-end"
}

# connect PROGRAM WORD...: a front-end
connect() {
	local program=/run/bin/$1

	shift
	$enter --target "$manager" -- "$program" "$@" >"$dir/out" 2>"$dir/front-end.log" &
	front_end=$!
}

# start_front_end DEVICE WORD...: the probe, connected to the unit of a device
start_front_end() {
	listen "$1"
	connect vhost-device-probe "$@" -s "$socket"
}

stop_front_end() {
	kill "$front_end"
	wait "$front_end"
	front_end=
}

# expect_more BYTES: what was answered before the cycle is less than that
expect_more() {
	size=$(($(stat -c %s "$dir/out") + $1))
	eventually "the guest is not served again" goes_on
}

# tell DEVICE
tell() {
	echo "# vhost-device-$1: restarted $n_cycles times and killed $n_cycles times by systemd, its front-end goes on"
}

# end_and_expect BYTES: end a daemon whose front-end prints something of each answer
end_and_expect() {
	local i

	for ((i = 0; i < n_cycles; i++)); do
		expect_more "$1"
		cycle restart
		expect_more "$1"
		cycle kill --signal=KILL
	done
	expect_more "$1"
	stop_front_end
}

start_front_end rng -n 1000000000
end_and_expect 65536
tell rng

# The value that the line was set to outlives the daemon; and a transfer that was
# under way when the daemon was killed is an error, once.
most_errors() {
	[ "$1" = gpio ] && echo 0 || echo $n_cycles
}

for device in gpio i2c; do
	[ -x "$bin/vhost-device-$device" ] || continue
	listen "$device"
	connect steady-front-end "$device" "$socket"
	end_and_expect 500
	n_errors=$(tr -cd E <"$dir/out" | wc -c)
	[ "$n_errors" -le "$(most_errors "$device")" ] ||
		fail "$n_errors answers of vhost-device-$device were wrong"
	tell "$device"
done

# The front-end takes a message that has failed for the end, so none may.
if [ -x "$bin/vhost-device-sound" ]; then
	start_front_end sound play /run/units/silence.wav
	for ((i = 0; i < n_cycles; i++)); do
		cycle restart
	done
	stop_front_end
	echo "# vhost-device-sound: restarted $n_cycles times by systemd, its stream goes on"
fi

# A program in the guest waits for a connection, which comes in the end.
say_hello() {
	printf 'CONNECT 1234\nhello' |
		inside socat -t 5 - UNIX-CONNECT:/run/vhost-device-vsock/test/vsock 2>/dev/null | grep -q '^OK'
}

if [ -x "$bin/vhost-device-vsock" ] && command -v socat >/dev/null; then
	start_front_end vsock listen 1234 </dev/null
	for ((i = 0; i < n_cycles; i++)); do
		cycle restart
		cycle kill --signal=KILL
	done
	eventually "nobody hears of the connection" say_hello
	wait "$front_end" || fail "the front-end has failed"
	front_end=
	grep -q hello "$dir/out" || fail "the guest got something else"
	tell vsock
fi

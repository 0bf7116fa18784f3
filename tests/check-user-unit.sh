#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# The unit of the sound daemon in the service manager that it is for: systemd as an
# ordinary user's, in namespaces and a control group of its own.  The unit is as it
# is installed, but for the program's path; the user has a sound server.

set -u

# shellcheck source=tests/daemon.sh disable=SC2154 # the Makefile exports it
. "$srcdir/tests/daemon.sh"
user=1000
group=vhost-device-test-$$
unit=vhost-device-sound@test
outer=
front_end=

skip() {
	echo "skipped: $1"
	exit 77
}

# Nothing is left of it: not even its control group.
finish() {
	{
		[ -z "$front_end" ] || kill "$front_end"
		[ -z "$outer" ] || pkill -KILL --parent "$outer"
		wait
		unshare --mount sh -c "mount -t cgroup2 none '$dir/groups' &&
			find '$dir/groups/$group' -depth -type d -exec rmdir {} +"
	} 2>/dev/null
	cleanup
}

systemd=
for path in /usr/lib/systemd/systemd /lib/systemd/systemd; do
	[ ! -x "$path" ] || systemd=$path
done
[ "$(id -u)" = 0 ] || skip "only root can make a control group for somebody else"
[ -n "$systemd" ] && command -v systemctl >/dev/null || skip "there is no systemd"
for tool in unshare nsenter setpriv pgrep; do
	command -v "$tool" >/dev/null || skip "there is no $tool"
done
"$bin/vhost-device-sound" --help | tr -s ' \n' ' ' | grep -q 'not forbidden. \[default: on\]' ||
	skip "an instrumented program does not run within the limits of its unit"
backend=null
if ldd "$bin/vhost-device-sound" | grep -q libpulse && command -v pulseaudio >/dev/null; then
	backend=pulse
fi
trap finish EXIT

mkdir "$dir/units" "$dir/groups"
for target in default basic sockets shutdown; do
	printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" >"$dir/units/$target.target"
done
cp "$srcdir/daemons/vhost-device-sound@.socket" "$dir/units"
sed 's|^ExecStart=[^ ]*/|ExecStart=/run/bin/|' "$bin/vhost-device-sound@.service" >"$dir/units/vhost-device-sound@.service"
mkdir "$dir/units/$unit.service.d"
cat >"$dir/units/$unit.service.d/test.conf" <<-END
	[Service]
	Environment="OPTIONS=--backend $backend"
	StandardError=append:%t/log
END
cat >"$dir/units/server.service" <<-END
	[Service]
	Type=notify
	ExecStart=/usr/bin/pulseaudio -n --exit-idle-time=-1 --daemonize=no \
		--high-priority=no --realtime=no \
		--load=module-null-sink --load=module-native-protocol-unix
END

# Two minutes of it: 48,000 Hz, 16 bits, one channel.
{
	printf 'RIFF\x24\xd0\xaf\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0\2\0\x10\0data\0\xd0\xaf\0'
	head -c 11522048 /dev/zero
} >"$dir/units/silence.wav"

# As a system is that systemd has booted, where some service has namespaces: a
# user's manager needs the directory that comes of those: unit-root, which newer
# versions call mount-rootfs.
cat >"$dir/boot" <<'END'
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/system /run/systemd/unit-root /run/systemd/mount-rootfs
mkdir -p /run/user /run/bin
mkdir -m 700 "/run/user/$user" /run/home
chown "$user:$user" "/run/user/$user" /run/home
cp "$bin/vhost-device-sound" "$bin/vhost-device-probe" /run/bin
cp -r "$dir/units" /run/units
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp

delegated=/sys/fs/cgroup/user
mkdir "$delegated"
chown "$user" "$delegated" "$delegated"/cgroup.{procs,threads,subtree_control}
echo $$ >"$delegated/cgroup.procs"
echo "set up"
setpriv --reuid "$user" --regid "$user" --clear-groups \
	env -i PATH="$PATH" HOME=/run/home XDG_RUNTIME_DIR="/run/user/$user" \
	SYSTEMD_UNIT_PATH=/run/units SYSTEMD_GENERATOR_PATH=/nonexistent \
	SYSTEMD_LOG_TARGET=console "$systemd" --user &
wait
END

export bin dir systemd user
unshare --mount --propagation private sh -c "
	mount -t cgroup2 none '$dir/groups' &&
	mkdir '$dir/groups/$group' &&
	echo \$\$ >'$dir/groups/$group/cgroup.procs' &&
	exec unshare --fork --kill-child --pid --mount --cgroup --ipc bash '$dir/boot'" >"$dir/log" 2>&1 &
outer=$!

# inside COMMAND...: as the user
inside() {
	timeout 60 nsenter --target "$init" --pid --mount --cgroup --ipc -- \
		setpriv --reuid "$user" --regid "$user" --clear-groups \
		env HOME=/run/home XDG_RUNTIME_DIR="/run/user/$user" "$@"
}
property() { inside systemctl --user show --property="$1" --value "$unit.service"; }

has_init() {
	if ! kill -0 "$outer" 2>/dev/null; then
		cat "$dir/log"
		grep -q '^set up$' "$dir/log" || skip "namespaces cannot be had here"
		give_up "the user's manager has ended"
	fi
	init=$(pgrep --parent "$outer" --exact bash)
}
is_up() { has_init && inside systemctl --user is-active --quiet default.target 2>/dev/null; }
log_has() { inside grep -q "$1" "/run/user/$user/log" 2>/dev/null; }
is_another() {
	local pid

	pid=$(property MainPID)
	[ "$pid" != 0 ] && [ "$pid" != "$before" ] && [ "$(property ActiveState)" = active ]
}

give_up() {
	{
		inside systemctl --user --no-pager status "$unit.service"
		inside cat "/run/user/$user/log"
	} >"$dir/out" 2>&1
	fail "$1"
	exit 1
}

wait_for is_up || exit 1
if [ $backend = pulse ]; then
	inside systemctl --user start server || give_up "there is no sound server"
fi
inside systemctl --user start "$unit.socket" || give_up "there is no socket"
inside /run/bin/vhost-device-probe sound play /run/units/silence.wav \
	-s "/run/user/$user/vhost-device/sound-test.sock" >"$dir/out" 2>&1 &
front_end=$!
wait_for log_has 'a driver is using the device' || give_up "the unit does not start"
if [ $backend = pulse ]; then
	wait_for log_has 'connected to the sound server' || give_up "it cannot reach the server"
	echo "# it reaches the user's sound server"
fi

# Nothing of what protects others has been left out.
mounted() {
	inside cat "/proc/$pid/mountinfo" | grep -qE "$1" || give_up "$2"
}
pid=$(property MainPID)
mounted ' /proc/sys ro,' "it can write to the kernel's parameters"
mounted '/inaccessible/[a-z]+ /proc/kmsg ' "it can read the kernel's log"
mounted '^([^ ]+ ){4}/ ro,' "it can write to the system"
for namespace in user mnt net ipc; do
	[ "$(inside readlink "/proc/$pid/ns/$namespace")" != "$(inside readlink "/proc/self/ns/$namespace")" ] ||
		give_up "it has no $namespace namespace of its own"
done
echo "# it is confined by namespaces"

before=$pid
inside systemctl --user restart "$unit.service" || give_up "it cannot be restarted"
wait_for is_another || give_up "it does not come back"
wait_for log_has 'has been taken over' || give_up "nothing was kept over a restart"
kill -0 "$front_end" 2>/dev/null || give_up "the front-end has ended"
echo "# restarted by the user's manager, its front-end goes on"

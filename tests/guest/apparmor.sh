# shellcheck shell=sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# The units and profiles that come with the daemons, where systemd and AppArmor
# are: everything works as it does elsewhere, nothing that is needed is denied, and
# what nobody needs is.  The probe plays the guests.
#
# /run/share/build names the build directory.

set -e
build=$(cat /run/share/build)
here=$(dirname "$SCRIPT")
daemons=$here/../../daemons
devices="rng i2c gpio vsock sound"
user=1000

wait_for() {
	n=0
	until "$@"; do
		n=$((n + 1))
		test $n -lt 2000 || { echo "waited in vain for: $*"; return 1; }
		sleep 0.02
	done
}
fails() { if "$@"; then return 1; fi; }

# --- as "make install" would leave it ----------------------------------------

# installed FILE PLACE: with the directories that there are here
installed() {
	sed "s|$bindir/|/usr/local/bin/|; s|$sysconfdir/|/usr/local/etc/|" "$1" >"$2"
}

install_all() {
	unit=$build/daemons/vhost-device-gpio@.service
	bindir=$(sed -n 's|^ExecStart=\(.*\)/vhost-device-gpio .*|\1|p' "$unit")
	sysconfdir=$(sed -n 's|^EnvironmentFile=\(.*\)/vhost-device/gpio-.*|\1|p' "$unit")

	mount -t tmpfs tmpfs /usr/local/bin
	mount -t tmpfs tmpfs /usr/local/etc
	mkdir -p /run/vhost-device /usr/local/etc/vhost-device /run/apparmor/abstractions /run/apparmor/local
	cp "$build/daemons/vhost-device-probe" /usr/local/bin
	cp "$daemons/apparmor/vhost-device" /run/apparmor/abstractions
	for device in $devices; do
		cp "$build/daemons/vhost-device-$device" /usr/local/bin
		installed "$build/daemons/apparmor/vhost-device-$device" "/run/apparmor/vhost-device-$device"
		cp "$daemons/vhost-device-$device@.socket" /run/units
		installed "$build/daemons/vhost-device-$device@.service" "/run/units/vhost-device-$device@.service"
	done
	{
		cat /etc/group
		awk '$1 == "g" { print $2 ":x:" 900 + NR ":" }' "$daemons/vhost-device.conf"
	} >/run/group
	mount --bind /run/group /etc/group
}

# Each denial is one that we hear of.
load_profiles() {
	echo 0 >/proc/sys/kernel/printk_ratelimit
	is_mounted /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
	echo '/home/sound/* rw,' >/run/apparmor/local/vhost-device-sound
	(cd /run/apparmor && apparmor_parser --replace --skip-cache --base /etc/apparmor.d \
		--Include /run/apparmor vhost-device-*)
	test "$(grep -c '^vhost-device-.* (enforce)$' /sys/kernel/security/apparmor/profiles)" = 5
}
is_mounted() { grep -q " $1 " /proc/mounts; }

# --- what is denied ----------------------------------------------------------

denials() { dmesg | grep 'apparmor="DENIED"' | tail -n +$((n_denials + 1)); }
n_denials=0

nothing_was_denied() {
	denials >/run/denials
	fails test -s /run/denials || { cat /run/denials; return 1; }
}

# refused FILE DEVICE OPTION...: nobody needs this file
refused() {
	file=$1 device=$2
	shift 2
	fails "/usr/local/bin/vhost-device-$device" "$@" 2>/run/log
	cat /run/log
	denials | grep -q "profile=\"vhost-device-$device\" name=\"$file\"" || {
		echo "AppArmor has not denied $file to $device"
		return 1
	}
	n_denials=$(dmesg | grep -c 'apparmor="DENIED"')
}

# confined PID DEVICE
confined() {
	grep -qxF "vhost-device-$2 (enforce)" "/proc/$1/attr/current" || {
		cat /run/log
		denials
		echo "vhost-device-$2 is not confined"
		return 1
	}
}

# --- daemons of somebody, with all that they have as options ------------------

# start SOCKET DEVICE OPTION...
start() {
	socket=$1 device=$2
	shift 2
	"/usr/local/bin/vhost-device-$device" --sandbox=on "$@" 2>/run/log &
	daemon=$!
	wait_for listens_or_has_ended
	test -S "$socket" || { cat /run/log; denials; return 1; }
	confined $daemon $device
}
listens_or_has_ended() { test -S $socket || fails kill -0 $daemon 2>/dev/null; }

# stop: the daemon must have survived, and must end as it should
stop() {
	kill $daemon
	wait $daemon || { cat /run/log; return 1; }
	nothing_was_denied
	echo "$device: works"
}

probe() { /usr/local/bin/vhost-device-probe "$@" --timeout 60000 -s "$socket"; }

by_hand() {
	start /tmp/rng0 rng -s /tmp/rng --filename /dev/urandom
	test "$(probe rng -n 64 | wc -c)" = 64
	stop

	start /run/i2c0 i2c -s /run/i2c -l sim:80
	probe i2c set 80 1 7
	test "$(probe i2c get 80 1)" = 0x07
	stop

	start /run/gpio0 gpio -s /run/gpio -l s8=loop --control-path /run/vhost-device/control
	test "$(probe gpio set 0 1 --read 1)" = 1
	echo 'get 0' | socat -t 10 - UNIX-CONNECT:/run/vhost-device/control0 | grep -q '^0 '
	stop

	# The file is read again, for a second guest.
	config=/root/.config/vhost-device/vsock.yaml
	mkdir -p ${config%/*}
	printf 'vms:\n  - guest_cid: 3\n    socket: /run/vsock3\n    uds_path: /run/uds3\n' >$config
	start /run/vsock3 vsock --config $config
	printf '  - guest_cid: 4\n    socket: /run/vsock4\n    uds_path: /run/uds4\n' >>$config
	kill -HUP $daemon
	wait_for test -S /run/vsock4
	probe info >/dev/null
	stop

	start /run/sound sound --socket /run/sound --backend file:/home/sound/out.wav,/home/sound/in.wav
	probe sound play /home/sound/in.wav
	test "$(stat -c %s /home/sound/out.wav)" -gt 9600
	probe sound record /home/sound/recorded.wav --channels 1 --duration 50
	stop
}

# A command of the user's begins with this.
as_user="setpriv --reuid $user --regid $user --clear-groups
	env HOME=/home/user XDG_RUNTIME_DIR=/run/user/$user"
has_server() { $as_user pactl info >/run/server 2>&1; }

with_a_sound_server() {
	mkdir -p /home/user /run/user/$user
	chown $user:$user /home/user /run/user/$user
	$as_user pulseaudio -n --exit-idle-time=-1 --daemonize=no --use-pid-file=no \
		--high-priority=no --realtime=no --load=module-null-sink \
		--load=module-native-protocol-unix >/run/pulse.log 2>&1 &
	server=$!
	wait_for has_server
	socket=/run/user/$user/sound device=sound
	$as_user /usr/local/bin/vhost-device-sound --sandbox=on --socket $socket --backend pulse 2>/run/log &
	daemon=$!
	wait_for test -S $socket
	confined $daemon sound
	$as_user /usr/local/bin/vhost-device-probe sound play /home/sound/in.wav --timeout 60000 -s $socket
	grep -q 'connected to the sound server' /run/log
	stop
	kill $server
}

# --- daemons of systemd --------------------------------------------------------

property() { systemctl show --property="$1" --value "$unit.service"; }
is_another() {
	pid=$(property MainPID)
	test "$pid" != 0 && test "$pid" != "$before" && test "$(property ActiveState)" = active
}
keeps_some() { test "$(property NFileDescriptorStore)" -gt 3; }
has_more() { test "$(stat -c %s /run/out)" -gt "$size"; }

# unit DEVICE: its socket waits for a front-end
unit() {
	device=$1 unit=vhost-device-$1@test socket=/run/vhost-device/$1-test.sock
	systemctl start $unit.socket
}

# unit_works: and had nothing denied
unit_works() {
	confined "$(property MainPID)" $device
	systemctl stop $unit.socket $unit.service
	nothing_was_denied
	echo "$device: works as a unit"
}

# cycle WORD...: its daemon ends in that way, and the front-end does not notice
cycle() {
	wait_for keeps_some
	before=$(property MainPID)
	systemctl "$@" $unit.service
	wait_for is_another
	confined "$pid" $device
	size=$(($(stat -c %s /run/out) + 65536))
	wait_for has_more
}

greets() { printf 'CONNECT 99\nhello' | socat -t 10 - UNIX-CONNECT:$host_socket 2>/dev/null | grep -q '^OK '; }

is_greeted() { test "$(probe vsock connect 2 98 2>/dev/null </dev/null)" = world; }

by_systemd() {
	unit rng
	/usr/local/bin/vhost-device-probe rng -n 1000000000 --timeout 60000 -s $socket >/run/out &
	front_end=$!
	cycle restart
	cycle kill --signal=KILL
	kill $front_end
	unit_works

	echo 'DEVICE_LIST=sim:80' >/usr/local/etc/vhost-device/i2c-test.conf
	unit i2c
	probe i2c detect | grep -q 50
	unit_works

	echo 'DEVICE_LIST=s8=loop' >/usr/local/etc/vhost-device/gpio-test.conf
	unit gpio
	test "$(probe gpio set 0 1 --read 1)" = 1
	unit_works

	# To the guest, and to a program of the group that listens for guests.
	host_socket=/run/vhost-device-vsock/test/vsock
	unit vsock
	probe vsock listen 99 </dev/null >/run/heard &
	front_end=$!
	wait_for greets
	wait $front_end
	test "$(cat /run/heard)" = hello
	echo world | socat -t 10 - UNIX-LISTEN:${host_socket}_98,umask=0007,group=vhost-vsock &
	wait_for is_greeted
	unit_works
}

# --- the run ---------------------------------------------------------------------

install_all
load_profiles

# From here on, the build directory may be hidden.
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs tmpfs /home
mount -t tmpfs tmpfs /root
export HOME=/root
mkdir /home/sound
cp /run/share/silence.wav /home/sound/in.wav
by_hand
with_a_sound_server
refused /etc/shadow rng -s /run/rng --filename /etc/shadow
refused /dev/mem i2c -s /run/i2c -l /dev/mem:80
refused /etc/shadow vsock --config /etc/shadow
refused /etc/shadow sound --socket /run/sound --backend file:,/etc/shadow
by_systemd

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# GPIO and I2C hardware that this guest's kernel simulates; for scripts that run
# daemons on it.

wait_for() {
	n=0
	until "$@"; do
		n=$((n + 1))
		test $n -lt "${patience:-3000}" || { echo "waited in vain for: $*"; return 1; }
		sleep 0.02
	done
}
wait_for_long() { patience=100000 wait_for "$@"; }

# Sockets and shared files cannot be on the host's own file system.
mount -t tmpfs tmpfs /mnt

# Eight lines, of which two have names.
make_lines() {
	sim=/sys/kernel/config/gpio-sim/host
	mkdir -p $sim/bank0/line0 $sim/bank0/line3
	echo 8 >$sim/bank0/num_lines
	echo bank-a >$sim/bank0/label
	echo button >$sim/bank0/line0/name
	echo led >$sim/bank0/line3/name
	echo 1 >$sim/live
	lines=/sys/devices/platform/$(cat $sim/dev_name)/$(cat $sim/bank0/chip_name)
}

# start DEVICE LIST OPTION...: a daemon that logs to $log, at /mnt/DEVICE0
start() {
	device=$1 list=$2 log=/mnt/$1.log
	shift 2
	"$BUILD/daemons/vhost-device-$device" -s "/mnt/$device" -l "$list" "$@" 2>"$log" &
	daemon=$!
	wait_for test -S "/mnt/${device}0"
}

# stop: the daemon must have survived, and must end as it should
stop() {
	kill $daemon
	wait $daemon
	daemon=
}

# probe WHAT...: the device of the same name
probe() { "$BUILD/daemons/vhost-device-probe" "$@" -s "/mnt/${1}0"; }

# refused DEVICE LIST REASON: the daemon does not start, and says why
refused() {
	fails "$BUILD/daemons/vhost-device-$1" -s /mnt/refused -l "$2" 2>/mnt/refused.log
	logged "$3" /mnt/refused.log
}

# fails COMMAND...
fails() { if "$@"; then return 1; fi; }

logged() { grep -q "$1" "${2-$log}" || { cat "${2-$log}"; echo "not logged: $1"; return 1; }; }

# pull LINE pull-up|pull-down
pull() { echo "$2" >"$lines/sim_gpio$1/pull"; }
shows() { grep -q "$2" "$lines/sim_gpio$1/value"; }

# Two buses: number 0 knows SMBus only, and number 1 any transfer.
make_buses() {
	busybox insmod "$MODULES/i2c-stub.ko" chip_addr=0x50
	busybox insmod "$MODULES/i2c-plain.ko" chip_addr=0x51
}

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Process 1 of a test guest, on the host's own root file system, which is
# read-only here.  Runs $SCRIPT as a user would, and says how it ended.

PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/run
export PATH TMPDIR

is_mounted() {
	grep -q " $1 " /proc/mounts 2>/dev/null
}

# The directory of the host that this guest may write to.  Newer programs than
# busybox take the path for a mount option's name.
mount_share() {
	mkdir /run/share
	if grep -q 'hostfs$' /proc/filesystems; then
		busybox mount -t hostfs -o "$SHARE" share /run/share
	else
		mount -t 9p -o trans=virtio,version=9p2000.L share /run/share
	fi
}

mount_all() {
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	is_mounted /dev || mount -t devtmpfs devtmpfs /dev
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /dev/shm /dev/pts
	mount -t tmpfs tmpfs /dev/shm
	mount -t devpts devpts /dev/pts
	mount -t configfs configfs /sys/kernel/config 2>/dev/null
}

# With $SYSTEMD, process 1 becomes systemd, which runs the rest of this.
if [ "$1" != mounted ]; then
	mount_all
	[ -z "$SYSTEMD" ] || . "${0%/*}/systemd.sh"
fi

if [ -z "$SHARE" ] || mount_share; then
	sh "$SCRIPT"
	rc=$?
else
	rc=97
fi

# What the kernel complained of counts, whatever the script thought; and what it
# complains of from here on shall be seen on its console.
if dmesg | grep -E 'WARNING:|BUG:|Oops|Call Trace|self-detected stall'; then
	rc=99
fi
dmesg -n 5

echo "@@RESULT rc=$rc"
exec busybox poweroff -f

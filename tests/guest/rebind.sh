# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# The driver of a device goes and comes back, as often as it says in
# /run/share/cycles; the device's number is in /run/share/id.

set -e

id=$(cat /run/share/id)
n=$(cat /run/share/cycles)
for path in /sys/bus/virtio/devices/*; do
	[ "$(($(cat "$path/device")))" != "$id" ] || device=$path
done

driver=$(readlink -f "$device/driver")
name=${device##*/}
i=0
while [ "$i" -lt "$n" ]; do
	echo "$name" >"$driver/unbind"
	echo "$name" >"$driver/bind"
	[ -e "$device/driver" ]
	i=$((i + 1))
done
echo "unbound and bound $n times"

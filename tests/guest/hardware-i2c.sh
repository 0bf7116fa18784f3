# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# vhost-device-i2c on buses of this guest's kernel: how they are found, which
# clients can be had, and what becomes of messages.  The probe plays the guest.

set -e
. "$HERE/hardware.sh"
make_buses

# An adapter by its number, name and path.
for bus in 1 'plain I2C simulator' /dev/i2c-1; do
	start i2c "$bus:0x51"
	probe i2c set 0x51 0x10 0xab
	test "$(probe i2c get 0x51 0x10)" = 0xab
	stop
done
refused i2c 7:0x50 'there is no such adapter'
refused i2c 'no such name:0x50' 'there is no such adapter'
refused i2c /dev/null:0x50 'this is no I2C device'
refused i2c '1:0x51,plain I2C simulator:0x50' "this is the same bus as '1'"
refused i2c '/dev/i2c-0:0x51,0:0x50' "this is the same bus as '/dev/i2c-0'"

# Several adapters with one name, and one that has none.
mkdir -p /mnt/devices/i2c-0 /mnt/devices/i2c-1 /mnt/devices/i2c-2 /mnt/devices/1-0051
for device in i2c-0 i2c-1 1-0051; do
	echo twin >/mnt/devices/$device/name
done
mount --bind /mnt/devices /sys/bus/i2c/devices
refused i2c twin:0x50 'several adapters have this name'
echo single >/mnt/devices/i2c-1/name
start i2c single:0x51
test "$(probe i2c get 0x51 0x10)" = 0xab
stop
umount /sys/bus/i2c/devices

# Clients that a driver of this kernel has, or that the adapter cannot address.
echo dummy 0x52 >/sys/bus/i2c/devices/i2c-1/new_device
refused i2c 1:0x52 "the address 0x52 is used by the host's driver dummy"
start i2c 1:0x52 --force
stop
echo dummy 0x50 >/sys/bus/i2c/devices/i2c-0/new_device
refused i2c 0:0x50 "the address 0x50 is used by the host's driver dummy"
start i2c 0:0x50 --force
probe i2c set 0x50 0x10 0xab
test "$(probe i2c get 0x50 0x10)" = 0xab
stop
echo 0x50 >/sys/bus/i2c/devices/i2c-0/delete_device
refused i2c 1:0x52t 'the adapter has no 10-bit addresses, such as 0x52'

# Any transfer, with repeated starts; and nothing for who is not in the list.
start i2c 1:0x51
probe i2c transfer w4@0x51 0x20 1 2 3
test "$(probe i2c transfer w1@0x51 0x21 r2)" = '0x02 0x03'
test "$(echo $(probe i2c transfer w2@0x51 0x30 9 w1 0x30 r1 w1 0x20 r1))" = '0x09 0x01'
fails probe i2c get 0x50

# Empty messages, alone and among others.
probe i2c transfer w0@0x51
probe i2c transfer r0@0x51
test "$(probe i2c transfer w0@0x51 w1 0x21 r1)" = 0x02

# As many messages as the kernel takes, and as many bytes; and no more.
test "$(probe i2c transfer $(yes r1@0x51 | head -n 42) | wc -l)" = 42
test "$(probe i2c transfer w1@0x51 0x20 r8192 | wc -w)" = 8192
probe i2c transfer w8192@0x51 0 0x5a=
test "$(probe i2c transfer w1@0x51 0x7f r2)" = '0x5a 0x5a'
stop

# On an adapter that knows SMBus only, what is like one of its commands.
start i2c 0:0x50
probe i2c transfer w2@0x50 0x10 0xab
test "$(probe i2c transfer w1@0x50 0x10 r1)" = 0xab
probe i2c transfer w3@0x50 0x12 0xef 0xbe
test "$(probe i2c transfer w1@0x50 0x12 r2)" = '0xef 0xbe'
probe i2c transfer w6@0x50 0x20 1 2 3 4 5
test "$(probe i2c transfer w1@0x50 0x20 r5)" = '0x01 0x02 0x03 0x04 0x05'
probe i2c transfer w1@0x50 0x11
test "$(probe i2c transfer r1@0x50)" = 0x00
probe i2c transfer w0@0x50

stop

# Blocks with their counts are commands of their own, for those who know no others.
busybox rmmod i2c-stub
busybox insmod "$MODULES/i2c-stub.ko" chip_addr=0x50 functionality=0x037f0000
smbus=$(i2cdetect -l | sed -n 's/^i2c-\([0-9]*\).*SMBus stub.*/\1/p')
start i2c "$smbus:0x50"
probe i2c transfer w7@0x50 0x40 5 1 2 3 4 5
test "$(probe i2c transfer w1@0x50 0x40 r6)" = '0x05 0x01 0x02 0x03 0x04 0x05'
fails probe i2c transfer w7@0x50 0x40 9 1 2 3 4 5
stop
busybox rmmod i2c-stub
busybox insmod "$MODULES/i2c-stub.ko" chip_addr=0x50

# What is like none of them is refused, and said once.
start i2c 0:0x50
fails probe i2c transfer w1@0x50 1 w1 2 r1
fails probe i2c transfer w2@0x50 1 2 r5
logged 'a transfer that the adapter /dev/i2c-0 cannot do'
test "$(grep -c 'cannot do' $log)" = 1
stop
echo "buses and clients are found, and used, as they should be"

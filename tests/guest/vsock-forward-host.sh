# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# A guest that plays the host: its kernel has AF_VSOCK within the machine
# (vsock_loopback), and vhost-device-vsock of $BUILD connects a guest of its own
# to it, in $VMM, that runs vsock-forward-guest.sh.

set -e

wait_for() {
	n=0
	until "$@"; do
		n=$((n + 1))
		test $n -lt "${patience:-3000}" || { echo "host: waited in vain for: $*"; return 1; }
		sleep 0.02
	done
}
wait_for_long() { patience=100000 wait_for "$@"; }
sum() { sha256sum | cut -d ' ' -f 1; }

# Sockets and shared files cannot be on the host's own file system.
mount -t tmpfs tmpfs /mnt
mount -o remount,size=600M /dev/shm
mkdir /mnt/share
cp "$BUILD/tests/guest/messages" /mnt/share
head -c 1234567 /dev/urandom >/mnt/share/download

"$BUILD/daemons/vhost-device-vsock" --socket /mnt/vsock --forward-cid 1 \
	--forward-listen 9000 &
vsock=$!
wait_for test -S /mnt/vsock

# Ports of this machine, which the guest takes for those of its host.
socat -u VSOCK-LISTEN:5000 - | sum >/mnt/received &
receiver=$!
socat -u -b 65536 OPEN:/mnt/share/download VSOCK-LISTEN:5001 &
socat VSOCK-LISTEN:5002 SYSTEM:'wc -c' &
/mnt/share/messages echo vsock-listen:5003 &
/mnt/share/messages echo vsock-listen:5004 &

# And a port of the guest, which is one of this machine, for streams.  The guest
# says that it listens when it is about to.
ask() {
	head -c 54321 /dev/zero | socat -t 20 - VSOCK-CONNECT:1:9000 >/mnt/counted 2>/dev/null
	test -s /mnt/counted
}
{
	wait_for_long test -e /mnt/share/listening
	wait_for ask
} &
talker=$!

"$HERE/run-guest" --vmm "$VMM" --mem 96M --share /mnt/share \
	--device vsock=/mnt/vsock "$HERE/vsock-forward-guest.sh"

wait $talker
wait $receiver
test "$(cat /mnt/counted)" -eq 54321
test "$(cat /mnt/received)" = "$(sum </mnt/share/download)"
kill $vsock
wait $vsock

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# The driver goes, and comes back, while a connection is open.  At the host's
# port 5000 there is somebody who says when a connection has ended, and at 5001
# somebody who sends a word.

set -e

wait_for() { until "$@"; do sleep 0.02; done; }

cd /sys/bus/virtio/drivers/vmw_vsock_virtio_transport
device=$(ls -d virtio*)
for n in 1 2 3; do
	socat PIPE:/run/pipe$n VSOCK-CONNECT:2:5000 &
	wait_for grep -qs "^begun $n$" /run/share/seen
	# Without a driver it could be a pause; the next one makes it an end.
	echo "$device" >unbind
	echo "$device" >bind
	wait_for grep -qs "^ended $n$" /run/share/seen
	test "$(socat -u VSOCK-CONNECT:2:5001 -)" = word
	wait $! || true
done
echo "unbound and bound three times"

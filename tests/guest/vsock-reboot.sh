# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Restart the machine while a connection is open, and make others.  At the host's
# ports there is the same as for vsock-rebind.sh.

set -e

wait_for() { until "$@"; do sleep 0.02; done; }

test "$(socat -u VSOCK-CONNECT:2:5001 -)" = word
if [ ! -e /run/share/restarted ]; then
	socat PIPE:/run/pipe VSOCK-CONNECT:2:5000 &
	wait_for grep -qs "^begun 1$" /run/share/seen
	touch /run/share/restarted
	echo "restarting"
	busybox reboot -f
	# It takes a moment, in which this script must not come to its end.
	exec tail -f /dev/null
fi
wait_for grep -q "^ended 1$" /run/share/seen

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Two guests that talk to each other: number 3 listens and number 4 connects.
# Which one this is, its share says.

set -e

share=/run/share
sum() { sha256sum | cut -d ' ' -f 1; }
wait_for() { until "$@"; do sleep 0.02; done; }

if [ -e $share/listens ]; then
	socat -u VSOCK-LISTEN:7000 - | sum >$share/received &
	receiver=$!
	socat -u -b 65536 OPEN:$share/download VSOCK-LISTEN:7001 &
	sender=$!
	socat VSOCK-LISTEN:7002 SYSTEM:'wc -c' &
	$share/messages echo vsock-listen:7003 &
	echo=$!
	touch $share/listening
	wait $receiver
	wait $sender
	wait $echo
	test "$(cat $share/received)" = "$(sum <$share/download)"
	exit 0
fi

# The other guest may not have got there yet, or may still be booting: then it is
# as if nobody listened.
connects() { "$@" 2>/run/error || { grep -q "reset by peer" /run/error; return 1; }; }
wait_for connects socat -u -b 65536 OPEN:$share/download VSOCK-CONNECT:3:7000
test "$(socat -u VSOCK-CONNECT:3:7001 - | sum)" = "$(sum <$share/download)"
test "$(head -c 54321 /dev/zero | socat -t 20 - VSOCK-CONNECT:3:7002)" -eq 54321
$share/messages check vsock:3:7003 1 2 3 1000 4096 65536 65537 100000
echo "guest 4 has talked to guest 3"

# There is no number 5, and number 3 is not the host.
for cid in 5 2; do
	if socat -u VSOCK-CONNECT:$cid:7000 - 2>/run/error; then
		echo "there was somebody at $cid"
		exit 1
	fi
done

# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# What vsock-forward-host.sh runs in its guest.

set -e

share=/run/share
sum() { sha256sum | cut -d ' ' -f 1; }

if socat -u VSOCK-CONNECT:2:5999 - 2>/run/refused; then
	echo "there was somebody at port 5999"
	exit 1
fi
grep -q "reset by peer" /run/refused

socat -u -b 65536 OPEN:$share/download VSOCK-CONNECT:2:5000
test "$(socat -u VSOCK-CONNECT:2:5001 - | sum)" = "$(sum <$share/download)"
test "$(head -c 54321 /dev/zero | socat -t 20 - VSOCK-CONNECT:2:5002)" -eq 54321
$share/messages check vsock:2:5003 1 1000 65536 100000
$share/messages records vsock:2:5004 1 1000 65536 100000
echo "the guest has talked to its host's host"

socat VSOCK-LISTEN:9000 SYSTEM:'wc -c' &
counter=$!
touch $share/listening
wait $counter
echo "and the other way round"

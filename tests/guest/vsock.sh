# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# What a user does with a vsock device.  At the host's ports 5000 to 5003 there
# are: somebody who keeps what he is sent, somebody who sends $SHARE/download,
# somebody who counts bytes, and somebody who sends messages back.  The host
# connects to this guest's ports from 6000 on.

set -e

share=/run/share
sum() { sha256sum | cut -d ' ' -f 1; }

# Nobody is at this port, which is known at once.
if socat -u VSOCK-CONNECT:2:5999 - 2>/run/refused; then
	echo "there was somebody at port 5999"
	exit 1
fi
grep -q "reset by peer" /run/refused

# From here to there, and from there to here, in pieces of any size.
test "$(socat -u VSOCK-CONNECT:2:5001 - | sum)" = "$(sum <$share/download)"
socat -u -b 65536 OPEN:$share/download VSOCK-CONNECT:2:5000
for size in 1000 4096 100000; do
	test "$(socat -u -b $size VSOCK-CONNECT:2:5001 - | sum)" = "$(sum <$share/download)"
done
echo "bytes get there, and here"

# The end of one direction is not the end of the other one.
test "$(head -c 54321 /dev/zero | socat -t 20 - VSOCK-CONNECT:2:5002)" -eq 54321

# The same from outside: each connection to port 6000 is a program that counts,
# those to port 6001 get the file.
socat VSOCK-LISTEN:6000,fork SYSTEM:'wc -c' &
counter=$!
socat -u -b 65536 OPEN:$share/download VSOCK-LISTEN:6001 &
sender=$!
touch $share/listening
wait $sender
while [ ! -e $share/counted ]; do sleep 0.02; done
kill $counter
echo "and so they do if the host connects"

# Messages stay what they are.
$share/messages check vsock:2:5003 1 2 3 1000 4096 65536 65537 100000
$share/messages echo vsock-listen:6002 &
echo=$!
touch $share/echoing
wait $echo
echo "messages, too"

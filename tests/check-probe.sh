#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# The probe as a user runs it, against the daemons with simulated devices: what
# it prints, its exit status, and whether it says what is wrong.

set -u

# shellcheck disable=SC2154 # the Makefile exports it
probe=$builddir/daemons/vhost-device-probe
dir=$(mktemp -d) || exit 1
failed=0

cleanup() {
	kill "$daemon" 2>/dev/null && wait "$daemon"
	rm -rf "$dir"
}
daemon=
trap cleanup EXIT

fail() {
	echo "FAILED: $1"
	sed 's/^/  /' "$dir/out" "$dir/err"
	failed=1
}

# expect STATUS PATTERN PROBE-ARGUMENT...: PATTERN is in its output or message
expect() {
	want=$1 pattern=$2
	shift 2

	"$probe" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status -eq "$want" ] || fail "$*: exit status $status, not $want"
	cat "$dir/out" "$dir/err" | grep -q -e "$pattern" ||
		fail "$*: no '$pattern'"
}

# expect_output TEXT PROBE-ARGUMENT...: its output is TEXT, and nothing else
expect_output() {
	text=$1
	shift

	"$probe" "$@" >"$dir/out" 2>"$dir/err" || fail "$*: exit status $?"
	[ "$(cat "$dir/out")" = "$text" ] || fail "$*: the output is not '$text'"
}

# start_daemon NAME ARGUMENT...: it listens at $dir/NAME0
start_daemon() {
	name=$1
	shift

	"$builddir/daemons/vhost-device-$name" -s "$dir/$name" "$@" \
		2>"$dir/log" &
	daemon=$!
	n=0
	until [ -S "$dir/${name}0" ]; do
		n=$((n + 1))
		[ $n -lt 100 ] || { cat "$dir/log"; exit 1; }
		sleep 0.1
	done
}

stop_daemon() {
	kill "$daemon"
	wait "$daemon"
}

# The command line.
expect 2 'a command is needed'
expect 2 'no command .frobnicate.' frobnicate
expect 2 'no command .bench.' bench
expect 2 'no command .bench i2c.' bench i2c
expect 2 'no command .frobnicate.' frobnicate 0x50
expect 2 'the command comes first' --socket-path "$dir/rng0" info
expect 2 'is needed, to find the back-end' info
expect 2 'is needed, to find the back-end' info -s "$dir/rng0" --fd 3
expect 2 'no option .--frobnicate.' rng --frobnicate
expect 2 'needs a number' rng -n 0 -s "$dir/rng0"
expect 0 'bench rng' --help
expect 0 '--socket-path PATH' bench rng --help
expect 0 'vhost-device-probe [0-9]' --version

# No back-end.
expect 1 'no such socket; start the back-end' info -s "$dir/rng0"
expect 1 'it is not a socket' info -s "$dir/out"
expect 1 'it is not a socket' info --fd 0 </dev/null

start_daemon rng
expect 1 'there is one with a 0 appended' info -s "$dir/rng"
expect 0 'type: rng' info -s "$dir/rng0"
expect 0 'queues: 1' info -s "$dir/rng0"
expect 0 '32  VERSION_1' info -s "$dir/rng0"
expect 0 'configuration space: none' info --type=rng -s "$dir/rng0"
expect 0 '200000 bytes in 4 answers' rng --count -n 200000 -s "$dir/rng0"
expect 0 'requests .* of 64 bytes' bench rng --duration=20 -s "$dir/rng0"
expect 0 'latency' bench rng --spin --depth 4 --duration=20 -s "$dir/rng0"
expect 1 'does not offer ZERO_LENGTH_REQUEST' i2c detect -s "$dir/rng0"
expect 1 'does not offer interrupts' gpio monitor 1 -s "$dir/rng0"
expect 1 'does not offer packed rings' rng --packed-ring -s "$dir/rng0"

"$probe" rng -n 4321 -s "$dir/rng0" >"$dir/out" 2>"$dir/err"
[ "$(wc -c <"$dir/out")" -eq 4321 ] || fail "not 4321 bytes"
"$probe" rng -s "$dir/rng0" >/dev/full 2>"$dir/err" &&
	fail "output was lost, and nobody knows"

stop_daemon
start_daemon rng --packed-ring=on
expect 0 '34  RING_PACKED' info -s "$dir/rng0"
expect 0 '200000 bytes' rng --packed-ring --count -n 200000 -s "$dir/rng0"
expect 0 '200000 bytes' rng --count -n 200000 -s "$dir/rng0"
stop_daemon

# The command line of "i2c": nobody needs to listen.
expect 2 'a message is needed' i2c transfer
expect 2 'is no message; each begins' i2c transfer x1@0x50
expect 2 'is no message; each begins' i2c transfer r1@0x50 7
expect 2 'needs an address' i2c transfer r1
expect 2 'needs a length' i2c transfer w@0x50
expect 2 'needs a length' i2c transfer r8193@0x50
expect 2 'needs a length' i2c transfer r-1@0x50
expect 2 'needs a length' i2c transfer r1x@0x50
expect 2 "'0x80' is no address" i2c transfer r1@0x80
expect 2 "'' is no address" i2c transfer r1@
expect 2 'length of 2, but the number of bytes after it is 1' i2c transfer w2@0x50 1
expect 2 "'256' is no byte" i2c transfer w1@0x50 256
expect 2 "'1\*' is no byte" i2c transfer w1@0x50 '1*'
expect 2 "'1==' is no byte" i2c transfer w1@0x50 '1=='
# shellcheck disable=SC2046 # 43 words
expect 2 'at most 42 messages' i2c transfer $(printf 'r1@8 %.0s' $(seq 43))
expect 2 'needs an address' i2c get
expect 2 'needs an address' i2c get 0x50 1 2
expect 2 "'0x100' is no byte" i2c get 0x50 0x100
expect 2 'a register and a value' i2c set 0x50 1
expect 2 'is no option' i2c detect 0x50
expect 0 'i2c transfer MESSAGE' i2c transfer --help
expect 2 'to find the back-end' i2c transfer r1@0x50

start_daemon i2c -l sim:0x50:0x20 --packed-ring=on
expect 0 '^20: 20 -- ' i2c detect -s "$dir/i2c0"
expect 0 '^50: 50 -- ' i2c detect -s "$dir/i2c0"
[ "$(tail -n +2 "$dir/out" | cut -d : -f 2 | tr -d ' \n-')" = 2050 ] ||
	fail 'i2c detect: not 0x20 and 0x50 only'
expect_output '0x01 0x02 0x03' \
	i2c transfer w4@0x50 0x20 1 2 3 w1 0x20 r3 -s "$dir/i2c0"
expect_output '0xfe 0xff 0x00
0x07' i2c transfer w4@0x50 0 254+ w1 0 r3 w2@0x20 1 7 w1 1 r1 -s "$dir/i2c0"
expect_output '0x07 0x07' i2c transfer w3@0x50 8 7= w1 8 r2 -s "$dir/i2c0"
expect_output '0x01 0x00 0xff' \
	i2c transfer w4@0x50 8 1- w1 8 r3 -s "$dir/i2c0"
expect_output '' i2c set 0x50 0x30 0xaa 0xbb -s "$dir/i2c0"
expect_output 0xbb i2c get 0x50 0x31 -s "$dir/i2c0"
expect_output 0xbb i2c get 0x50 0x31 --packed-ring -s "$dir/i2c0"
expect 0 '^0x..$' i2c get 0x50 -s "$dir/i2c0"
# shellcheck disable=SC2046 # 42 words
expect 0 '^0x..$' i2c transfer $(printf 'r1@0x50 %.0s' $(seq 42)) -s "$dir/i2c0"
expect 1 'at the write to 0x51 (message 1 of 2) or a later' \
	i2c transfer w1@0x51 0 r1 -s "$dir/i2c0"
expect 1 'at the read from 0x50 (message 1 of 2) or a later' \
	i2c transfer r1@0x50 r1@0x51 -s "$dir/i2c0"
[ -s "$dir/out" ] && fail 'i2c transfer: it failed, and printed bytes'
expect 1 'at the read from 0x51 (message 1 of 1);' i2c get 0x51 -s "$dir/i2c0"
expect 1 'does not offer a configuration space' gpio info -s "$dir/i2c0"
stop_daemon

# And that of "gpio".
expect 2 'one line is needed' gpio get
expect 2 "'x' is no line" gpio get x
expect 2 "'65536' is no line" gpio get 65536
expect 2 'a line and a value' gpio set 1
expect 2 "'2' is no value" gpio set 1 2
expect 2 'one line is needed' gpio monitor
expect 2 'edges' gpio monitor 1 --edges sharp

# It needs libgpiod to be built.
if [ -x "$builddir/daemons/vhost-device-gpio" ]; then
	start_daemon gpio -l s8=loop --packed-ring=on
	expect 0 '^lines: 8$' gpio info -s "$dir/gpio0"
	for line in 0 1 2 3 4 5 6 7; do
		grep -q "^ *$line  sim$line  *unused$" "$dir/out" ||
			fail "gpio info: no line $line"
	done
	expect_output 0 gpio get 1 -s "$dir/gpio0"
	expect_output '' gpio set 0 1 -s "$dir/gpio0"
	expect_output 1 gpio set 0 1 --read 0 -s "$dir/gpio0"
	expect_output 1 gpio set 0 1 --read 1 -s "$dir/gpio0"
	expect_output 0 gpio set 0 0 --read 1 -s "$dir/gpio0"
	expect_output 0 gpio set 0 1 --read 3 -s "$dir/gpio0"
	expect 1 'has 2 queues, and an I2C adapter has one' i2c detect -s "$dir/gpio0"
	expect 1 'no line 8; the lines are 0 to 7' gpio get 8 -s "$dir/gpio0"
	expect_output '' gpio monitor 1 -n 0 -s "$dir/gpio0"
	expect_output 'line 1: event, now 1
line 1: event, now 0' gpio monitor 1 -n 2 --toggle 0 -s "$dir/gpio0"
	expect_output 'line 1: event, now 1' \
		gpio monitor 1 -n 1 --edges rising --toggle 0 --packed-ring \
		-s "$dir/gpio0"
	expect_output 'line 1: event, now 0
line 1: event, now 0' gpio monitor 1 -n 2 --edges low -s "$dir/gpio0"
	expect_output 'line 1: event, now 1' \
		gpio monitor 1 -n 1 --edges high --toggle 0 -s "$dir/gpio0"
	stop_daemon
fi

# And that of "sound".
expect 2 'one WAV file is needed' sound play
expect 2 'one WAV file is needed' sound record a b
expect 2 'a WAV file cannot hold so much' \
	sound record x --rate 384000 --channels 32 --duration 3600000
expect 2 'needs a number' sound play x --period 0
expect 2 'needs a number' bench sound --streams 65

start_daemon sound --backend null --streams 2,1
expect 0 '^streams: 3$' sound info -s "$dir/sound0"
expect 0 '^channel map 9: capture, group 0: FL FR RL RR FC LFE SL SR$' \
	sound info -s "$dir/sound0"
expect 0 '^stream 2: capture, 1 to 8 channels' sound info -s "$dir/sound0"
expect 1 'has 4 queues, and a GPIO controller has two' gpio info -s "$dir/sound0"
[ -s "$dir/out" ] && fail 'gpio info: it is none, and something was printed'
expect 1 'No such file' sound play "$dir/missing.wav" -s "$dir/sound0"
echo 'not a WAV file at all' >"$dir/text"
expect 1 'it is no WAV file' sound play "$dir/text" -s "$dir/sound0"
{ printf 'RIFF\044\0\0\0WAVEfmt \020\0\0\0\001\0\041\0\200\273\0\0' &&
	printf '\0\376\067\0\102\0\020\0data\0\0\0\0'; } >"$dir/33.wav"
expect 1 'no channels, or more than 32' sound play "$dir/33.wav" -s "$dir/sound0"
{ printf 'RIFF\044\0\0\0WAVEfmt \020\0\0\0\001\0\001\0\0\0\0\200' &&
	printf '\0\0\0\0\002\0\020\0data\0\0\0\0'; } >"$dir/fast.wav"
expect 1 'no rate, or one above 384000' sound play "$dir/fast.wav" -s "$dir/sound0"
expect_output '' sound record "$dir/a.wav" --duration 120 --channels 1 -s "$dir/sound0"
[ "$(wc -c <"$dir/a.wav")" -eq $((44 + 2 * 5760)) ] || fail 'sound record: not 120 ms'
expect_output '' sound play "$dir/a.wav" -s "$dir/sound0"
expect_output '' sound play "$dir/a.wav" --skip 1 --periods 2 -s "$dir/sound0"
expect 1 'no (further) stream' sound play "$dir/a.wav" --skip 2 -s "$dir/sound0"
expect 1 'no (further) stream' sound record "$dir/b.wav" --channels 9 -s "$dir/sound0"
expect 0 '^pace ' bench sound --streams 2 --duration 100 -s "$dir/sound0"
stop_daemon
start_daemon rng
expect 1 'not offer a configuration space; is it a sound' sound info -s "$dir/rng0"
stop_daemon

exit $failed

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Sound files that were cut off, or never were any, or lie about themselves: the
# daemon says which file it is and why, and ends with 1; or it plays as much of the
# file as there is, and silence after it.  If the file becomes like that later, within
# the sandbox, the guest is told that it cannot record.

set -u

# shellcheck source=tests/daemon.sh disable=SC2154 # the Makefile exports it
. "$srcdir/tests/daemon.sh"

wav=$dir/in.wav

if "$bin/vhost-device-sound" --socket "$dir/s" --backend file: 2>&1 | grep -q 'was built without'; then
	echo "skipped: the daemon was built without files"
	exit 77
fi

# little BYTES NUMBER
little() {
	local i n=$2

	for ((i = 0; i < $1; i++, n >>= 8)); do
		printf '%b' "\\x$(printf %02x $((n & 255)))"
	done
}

# The fields of a header, and what they are if they are true: a second of one
# channel.
declare -A field
declare -A -r true=([riff]=96036 [fmt]=16 [format]=1 [channels]=1 [rate]=48000
	[bytes]=96000 [block]=2 [bits]=16 [data]=96000)

header() {
	printf RIFF
	little 4 "${field[riff]}"
	printf 'WAVEfmt '
	little 4 "${field[fmt]}"
	little 2 "${field[format]}"
	little 2 "${field[channels]}"
	little 4 "${field[rate]}"
	little 4 "${field[bytes]}"
	little 2 "${field[block]}"
	little 2 "${field[bits]}"
	printf data
	little 4 "${field[data]}"
}

# with FIELD=VALUE...: a file that says so
with() {
	local name

	for name in "${!true[@]}"; do field[$name]=${true[$name]}; done
	for name; do field[${name%%=*}]=${name#*=}; done
	{ header && head -c 96000 /dev/zero; } >"$wav"
}

ready() { grep -q ready "$dir/log"; }
over() { ready || ! kill -0 "$daemon" 2>/dev/null; }

# begin: start the daemon, which may refuse to
begin() {
	: >"$dir/log"
	"$bin/vhost-device-sound" --socket "$dir/s" --backend "file:,$wav" >"$dir/log" 2>&1 &
	daemon=$!
	wait_for over
}

# refused WHAT: status 1, and what is wrong with the file
refused() {
	local status=0

	begin
	ready && { fail "$1: the file is taken"; stop; return; }
	wait "$daemon" || status=$?
	daemon=
	[ $status -eq 1 ] || fail "$1: exit status $status"
	grep -q "error: .*$wav.*: ." "$dir/log" || fail "$1: nobody knows why"
	n_files=$((n_files + 1))
}

record() {
	timeout 20 "$bin/vhost-device-probe" sound record "$dir/out.wav" -s "$dir/s" --duration 50 --channels 1 \
		>"$dir/out" 2>&1
}

# played WHAT: and no guest comes to harm
played() {
	begin
	ready || { fail "$1: the file is refused"; daemon=; return; }
	record || fail "$1: nothing can be recorded"
	record || fail "$1: nothing can be recorded again"
	stop
	n_files=$((n_files + 1))
}

# either WHAT: it is for libsndfile to say
either() {
	begin
	if ready; then
		timeout 20 "$bin/vhost-device-probe" sound info -s "$dir/s" >"$dir/out" 2>&1 ||
			fail "$1: the device does not answer"
		record
		[ $? -lt 124 ] || fail "$1: the device does not answer a guest that records"
		stop
		n_files=$((n_files + 1))
	else
		refused "$1"
	fi
}

n_files=0

# What there is of it.
with && played "a good one"
for n in 44 45 46 47 1000; do
	with && truncate -s $n "$wav" && played "cut off behind $n bytes"
done
with data=4294967295 riff=4294967295 && played "as much data as can be"
with data=4294967294 && played "more data than there is"
with data=0 && played "no data"
with data=95999 && played "half a frame at the end"
with riff=0 && played "a file of no length"
with riff=4 && either "a file without chunks"
with bytes=0 && played "a rate of no bytes"
with bytes=4294967295 && played "a rate of many bytes"

# What cannot be.
: >"$wav" && refused "empty"
for ((n = 1; n < 36; n += 5)); do
	with && truncate -s $n "$wav" && refused "cut off in its header, behind $n bytes"
done
for ((n = 36; n < 44; n++)); do
	with && truncate -s $n "$wav" && either "cut off in its header, behind $n bytes"
done
head -c 4096 /dev/zero >"$wav" && refused "zeroes"
head -c 65536 /dev/urandom >"$wav" && refused "noise"
printf 'RIFF' >"$wav" && head -c 65536 /dev/urandom >>"$wav" && refused "noise behind RIFF"
for n in 0 9 256 1024 1025 32767 32768 65535; do
	with channels=$n && refused "$n channels"
done
for n in 0 1 12345 2147483647 2147483648 4294967295; do
	with rate="$n" && refused "$n Hz"
done
for n in 0 1 7 15 17 33 64 65535; do
	with bits=$n && either "$n bits"
done
for n in 0 1 3 65535; do
	with block=$n && either "frames of $n bytes"
done
for n in 0 2 3 6 7 17 49 80 85 65534 65535; do
	with format=$n && either "format $n"
done
for n in 0 1 14 15 17 18 40 65536 2147483647 2147483648 4294967295; do
	with fmt="$n" && either "a format of $n bytes"
done

# lost WHAT: the guest cannot record
lost() {
	local status=0

	record || status=$?
	[ $status -eq 1 ] || fail "$1: the guest ends with $status"
	kill -0 "$daemon" 2>/dev/null || { fail "$1: the daemon has ended"; exit 1; }
}

# changed WHAT: the file holds something else now, and the guest waits for what it was
changed() {
	lost "$1, later"
	with && record || fail "$1: nothing can be recorded of the file that is back"
	n_files=$((n_files + 1))
}

with && begin
ready || fail "a good one is refused"
: >"$wav" && changed "empty"
with && truncate -s 20 "$wav" && changed "cut off"
with channels=2 && changed "two channels"
with rate=44100 && changed "another rate"
with channels=0 && changed "no channels"
with fmt=4294967295 && changed "an endless format"
with format=65535 && changed "an unknown format"
for magic in FORM fLaC OggS .snd caff wvpk ID3 RF64 riff; do
	{ printf %s "$magic" && head -c 4096 /dev/urandom; } >"$wav" && changed "$magic and noise"
done
rm -f "$wav" && lost "gone"
stop

rm -f "$wav" && mkdir "$wav" && refused "a directory"
rmdir "$wav" && ln -s "$wav" "$wav" && refused "a link to itself"
rm -f "$wav"

echo "# $n_files files"
exit $failed

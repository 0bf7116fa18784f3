#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# What tells good sound from bad in the guest tests: that it does.

set -eu

tone=tests/sound/tone
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "$*" >&2
	exit 1
}

# Of 48000 frames a second, each has 4 bytes.
frames() { dd if="$1" bs=4 skip="$2" count="$3" status=none; }
silence() { dd if=/dev/zero bs=4 count="$1" status=none; }

good() {
	$tone check 440 2 "$@" <"$dir/recorded" >"$dir/said" || fail "refused: $(cat "$dir/said")"
}
bad() {
	! $tone check 440 2 <"$dir/recorded" >"$dir/said" || fail "$1 was not noticed: $(cat "$dir/said")"
}

$tone make 440 2 >"$dir/tone"

{ silence 4800; cat "$dir/tone"; silence 4800; } >"$dir/recorded"
good
$tone find "$dir/tone" <"$dir/recorded" >/dev/null || fail "the tone was not found"

{ silence 4800; frames "$dir/tone" 0 48000; silence 4800; frames "$dir/tone" 48000 48000; silence 4800; } >"$dir/recorded"
good 2
bad "a pause"

{ silence 4800; frames "$dir/tone" 0 48000; silence 12; frames "$dir/tone" 48000 48000; silence 4800; } >"$dir/recorded"
bad "a gap of a quarter of a millisecond"
! $tone find "$dir/tone" <"$dir/recorded" >/dev/null || fail "a tone with a gap was found"

{ silence 4800; frames "$dir/tone" 0 48000; frames "$dir/tone" 48012 47988; silence 4800; } >"$dir/recorded"
bad "a loss of a quarter of a millisecond"

{ silence 4800; frames "$dir/tone" 0 48480; frames "$dir/tone" 48000 48000; silence 4800; } >"$dir/recorded"
bad "a period that came twice"

$tone make 440.5 2 >"$dir/other"
{ silence 4800; cat "$dir/other"; silence 4800; } >"$dir/recorded"
bad "another frequency"

{ silence 4800; frames "$dir/tone" 0 91200; silence 4800; } >"$dir/recorded"
bad "an end that is missing"

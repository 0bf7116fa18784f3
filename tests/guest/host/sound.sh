# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Guests with a sound device, and a sound server that hears them.
# Part of ../suite, which has what tests are made of.

serves() { pactl info >/dev/null 2>&1; }
records() { [ -s "$dir/heard" ]; }

# pulse_server: a private one, whose sink plays at the pace of the clock, and a
# recording of all that it plays, in $dir/heard
pulse_server() {
	local home=$dir/pulse

	command -v pulseaudio >/dev/null && command -v pactl >/dev/null || {
		echo "no pulseaudio; ./dev deps installs it"
		return 77
	}
	mkdir "$home"
	export PULSE_SERVER=unix:$home/native PULSE_COOKIE=$home/cookie
	helper env HOME="$home" XDG_CONFIG_HOME="$home" PULSE_RUNTIME_PATH="$home" PULSE_STATE_PATH="$home" \
		pulseaudio -n --exit-idle-time=-1 --daemonize=no --use-pid-file=no --high-priority=no --realtime=no \
		--load="module-null-sink sink_name=test rate=48000 norewinds=1" \
		--load="module-native-protocol-unix socket=$home/native auth-anonymous=1 auth-cookie-enabled=0" \
		>"$home/log" 2>&1
	wait_for serves || { cat "$home/log"; return 1; }
	helper parec --device=test.monitor --format=s16le --rate=48000 --channels=2 --latency-msec=20 >"$dir/heard"
	wait_for records
}

tone() { "$build/tests/sound/tone" "$@"; }

# sound_with SCRIPT: a guest plays what is in its directory, two seconds of it
sound_with() {
	mkdir -p "$dir/share0"
	tone make 440 2 >"$dir/share0/tone"
	tone make 1000 2 >"$dir/share0/tone2"
	cp "$build/tests/sound/position" "$dir/share0"
	pulse_server || return
	start sound --backend pulse --streams 2 && guest 0 sound "$1" && stop || return 1
	end_helpers
}

# Within 0.1 % of its frequency, and without a gap: bit by bit, indeed.
sound() {
	sound_with sound && tone check 440 2 <"$dir/heard" && tone find "$dir/share0/tone" <"$dir/heard"
}

sound_at_an_even_pace() { sound_with sound-position; }

sound_with_a_pause() { sound_with sound-pause && tone check 440 2 2 <"$dir/heard"; }

sound_of_two_streams() {
	sound_with sound-two && tone check 440 2 <"$dir/heard" && tone check 1000 2 <"$dir/heard"
}

# The guest's volume is the one that the host's mixer shows.
has_volume() { pactl list sink-inputs | grep -q -e "$1"; }
turn_up() {
	wait_for_long has_volume '-12.00 dB' &&
		pactl set-sink-input-volume "$(pactl list short sink-inputs | cut -f 1)" +2dB
}

sound_with_a_volume() {
	local rc=0

	mkdir -p "$dir/share0"
	tone make 440 2 >"$dir/share0/tone"
	pulse_server || return
	start sound --backend pulse --controls || return 1
	meanwhile turn_up
	guest 0 sound sound-volume || rc=1
	and_meanwhile || rc=1
	stop || rc=1
	end_helpers
	return $rc
}

sound_recorded() {
	pulse_server || return
	tone make 440 60 >"$dir/tone"
	helper pacat --device=test --format=s16le --rate=48000 --channels=2 "$dir/tone"
	start sound --backend pulse && guest 0 sound sound-record && stop || return 1
	end_helpers
	tone check 440 2 <"$dir/share0/recorded"
}

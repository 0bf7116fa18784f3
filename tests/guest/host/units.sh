# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# A guest that is the host, with systemd and AppArmor.
# Part of ../suite, which has what tests are made of.

# A kernel with AppArmor, and a systemd of its own, play the host.
units_and_profiles() {
	[ -x /usr/sbin/apparmor_parser ] && [ -d /etc/apparmor.d/abi ] || {
		echo "no AppArmor; ./dev deps installs it"
		return 77
	}
	mkdir -p "$dir/share0"
	echo "$build" >"$dir/share0/build"
	# Half a second of it: 48,000 Hz, 16 bits, one channel.
	{
		printf 'RIFF\xa4\xbb\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0\2\0\x10\0data\x80\xbb\0\0'
		head -c 48000 /dev/zero
	} >"$dir/share0/silence.wav"
	"$here/run-guest" --vmm "$vmm" $show --mem 384M --systemd --share "$dir/share0" "$here/apparmor.sh"
}

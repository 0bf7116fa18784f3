#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Each system call that a daemon's sandbox allows is one that this daemon makes:
# tests drive it while its calls are traced, and what the man page says is
# allowed has to be among them.  There is nothing dangerous on its list, and each
# of its threads is in the sandbox once a front-end is answered.  That all its
# calls are allowed is shown by every test that runs a daemon.

set -u

# No more than this many, for whoever has to review them.
most() {
	case $1 in
	vsock) echo 30 ;;
	sound) echo 50 ;;
	*) echo 25 ;;
	esac
}

# shellcheck source=tests/daemon.sh disable=SC2154 # the Makefile exports it
. "$srcdir/tests/daemon.sh"
export trace=$dir/trace

skip() {
	echo "skipped: $1"
	exit 77
}

"$bin/vhost-device-rng" --help | tr -s ' \n' ' ' | grep -q 'not forbidden. \[default: on\]' ||
	skip "an instrumented program has no sandbox"
strace -D -f -qq -o /dev/null true 2>/dev/null || skip "there is no strace, or it is not allowed"

# page DEVICE: its man page, which is beside the sources in what is distributed
page() {
	# shellcheck disable=SC2154 # the Makefile exports it
	find "$bin/vhost-device-$1.1" "$srcdir/daemons/vhost-device-$1.1" -print -quit 2>/dev/null
}

# allowed DEVICE [PATTERN]: as the man page has them; with "$" but for those that not
# every machine needs
allowed() {
	sed -n "/^\.SH SANDBOX/,/^\.SH SIGNALS/s/^\.IR \([a-z0-9_]*\) (2)${2:-}/\1/p" "$(page "$1")" | sort -u
}

# elsewhere DEVICE: how many not every machine needs
elsewhere() {
	grep -c '^which not every machine needs$' "$(page "$1")"
}

# told DEVICE N: in what there is to read, there are as many
told() {
	grep -q "^| .vhost-device-$1. | $2, and $(elsewhere "$1") that not every machine" \
		"$srcdir/docs/reliability.md" ||
		fail "docs/reliability.md tells of other numbers of system calls of vhost-device-$1"
	grep '^| sandbox |' "$srcdir/README.md" | grep -qw "$2" ||
		fail "README.md does not tell of the $2 system calls of vhost-device-$1"
}

# made DEVICE: those that this daemon made once it was in its sandbox
made() {
	local file

	for file in "$dir"/trace.*; do
		sed -n 1p "$file" | grep -q "execve(\"[^\"]*/vhost-device-$1\"" || continue
		# libseccomp has asked before what the kernel can do.
		tac "$file" | sed '/seccomp(SECCOMP_SET_MODE_FILTER/,$d'
	done | sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p; s/^[0-9]+ --- SIG.*/rt_sigreturn/p' |
		sed -E "$(twins)" | sort -u
}

# What the man page calls by another name; strace does where a long has 32 bits, and
# glibc since 2.39 where there is a descriptor and no name.
twins() {
	echo '/^fstat$/p; s/^fstat$/newfstatat/'
	[ "$(getconf LONG_BIT)" = 32 ] || return
	cat <<-'EOF'
		s/^(clock_gettime|fcntl|fstat|ftruncate|timerfd_settime)64$/\1/
		s/^(clock_nanosleep|futex)_time64$/\1/
		s/^(getgid|getuid)32$/\1/
		s/^_llseek$/lseek/
		s/^mmap2$/mmap/
		s/^send$/sendto/
		/^statx$/p; s/^(statx|fstatat64)$/newfstatat/
	EOF
}

# What an intruder would call; tests/test-sandbox shows what comes of calls that are
# not in a table.
dangerous="execve execveat clone fork vfork kill tgkill ptrace process_vm_readv process_vm_writev prctl
	rt_sigaction open openat open_by_handle_at rename renameat2 linkat symlinkat chmod fchmodat chown mkdir
	mkdirat chdir getdents64 socket connect bind listen sendto setuid capset unshare setns mount chroot
	init_module bpf keyctl perf_event_open mprotect userfaultfd dup3 ioctl io_uring_setup"

# excused DEVICE: those of them that it may call, in part: see docs/reliability.md
excused() {
	case $1 in
	i2c | gpio) echo ioctl ;;
	vsock) echo connect socket ;;
	sound) echo connect getdents64 mkdir openat sendto socket ;;
	esac
}

# is_harmless DEVICE: its table has nothing else of them
is_harmless() {
	local found

	# shellcheck disable=SC2086 # words
	found=$(printf '%s\n' $dangerous | sort | comm -12 - <(allowed "$1" | sed 's/,$//') | xargs)
	[ "$found" = "$(excused "$1")" ] ||
		fail "of what an intruder would call, vhost-device-$1 may: $found"
}

# is_confined DEVICE ARGUMENT...: all its threads are, and have no privilege; but root
# has to have CAP_DAC_OVERRIDE for sockets in the directories of users
is_confined() {
	local n last=0

	[ "$1" != vsock ] || last='[02]'

	launch ready "$@" || return
	# It has an answer, so the sandbox has been entered.
	probe info -s "$(find "$dir" -type s -name 'c*')" || fail "vhost-device-$1 does not answer"
	n=$(cat /proc/"$daemon"/task/*/status | grep -cE '^(Seccomp:.*2|NoNewPrivs:.*1|Cap(Inh|Amb):.*0{16}|Cap(Eff|Prm):.*0{15}'$last')$')
	[ "$n" -eq $((6 * $(find /proc/"$daemon"/task -mindepth 1 -maxdepth 1 | wc -l))) ] ||
		fail "vhost-device-$1 has a thread that is not in its sandbox"
	stop
}

# options DEVICE: what makes it start
options() {
	case $1 in
	rng) echo "-s $dir/c" ;;
	i2c) echo "-s $dir/c -l sim:80" ;;
	gpio) echo "-s $dir/c -l s8" ;;
	vsock) echo "--socket $dir/c --uds-path $dir/d" ;;
	sound) echo "-s $dir/c --backend null" ;;
	esac
}

# The daemons from start to end, with several front-ends.  No sound server is killed
# meanwhile: libpulse 16 loops for ever if one ends while it connects, and that takes
# long enough while it is traced.
drive() {
	for test in protocol lost-memory slow-bus "fd-store --filter=*/lets_no_front_end_notice" \
		"fd-store --filter=*/keeps_a_file_that_is_used_twice" \
		"vsock-fd-store --filter=*/lets_no_front_end_notice" "crash --filter=*/leaks_no_file_of_records" \
		"vsock-daemon --filter=*/connects_the_guest_to_a_program_and_refuses_others" \
		"sound-daemon --filter=*/@(answers|brings|goes_on|keeps|pauses)*" "hostile-messages --filter=*/are_not_waited_for_half_way"; do
		[ -x "$builddir/tests/test-${test%% *}" ] || continue
		# shellcheck disable=SC2086 # a name, and arguments
		ENDS=1 "$builddir"/tests/test-$test --jobs=1 >"$dir/log" 2>&1 ||
			fail "test-$test does not pass while it is traced"
	done

	# A sound file that is recorded from.
	if [ -x "$bin/vhost-device-sound" ]; then drive_files; fi

	# The other source of entropy.
	printf 0123456789abcdef >"$dir/source"
	trace file rng -s "$dir/s" -f "$dir/source"
	probe rng -s "$dir/s0" -n 16 || fail "no bytes from a file"
	stop
	[ ! -x "$bin/vhost-device-vsock" ] || drive_messages
}

# trace NAME DEVICE ARGUMENT...: as launch
trace() {
	: >"$dir/log"
	strace -D -f -qq -o "$dir/trace.$1" "$bin/vhost-device-$2" "${@:3}" >"$dir/log" 2>&1 &
	daemon=$!
	wait_for grep -q ready "$dir/log"
}

probe() { "$bin/vhost-device-probe" "$@" >"$dir/out" 2>&1; }

drive_files() {
	printf 'RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0\2\0\x10\0data\x8\0\0\0abcdefgh' \
		>"$dir/in.wav"
	trace files sound -s "$dir/f" --backend "file:,$dir/in.wav"
	grep -q 'libsndfile' "$dir/log" ||
		probe sound record "$dir/out.wav" -s "$dir/f0" --duration 100 --channels 1 ||
		fail "nothing can be recorded from a file"
	grep -q abcdefgh "$dir/out.wav" || fail "something else was recorded from a file"
	stop
}

# The other type of sockets, which has to find out whether a message is empty.
drive_messages() {
	local listener

	trace messages vsock --socket "$dir/v" --uds-path "$dir/u"
	"$bin/vhost-device-probe" vsock listen -s "$dir/v" --seqpacket 1234 </dev/null >"$dir/got" 2>"$dir/out" &
	listener=$!
	wait_for says_hello
	kill "$listener" 2>/dev/null
	wait "$listener"
	stop
}

# Once the listener is there; and CONNECT has to be a message of its own.
says_hello() {
	socat "UNIX-CONNECT:$dir/u_seqpacket,type=5" \
		SYSTEM:'echo CONNECT 1234; read -r answer && echo hello' >/dev/null 2>&1 &&
		grep -q hello "$dir/got"
}

drive
for device in rng i2c gpio vsock sound; do
	[ -x "$bin/vhost-device-$device" ] || continue
	# shellcheck disable=SC2046 # words
	is_confined $device $(options $device)
	# Without a sound server, most of its calls are not made.
	if [ $device = sound ] && { [ ! -x "$builddir/tests/test-sound-daemon" ] || ! command -v pulseaudio >/dev/null; }; then
		continue
	fi
	allowed $device '$' >"$dir/allowed"
	is_harmless $device
	made $device >"$dir/made"
	n=$(wc -l <"$dir/allowed")
	echo "vhost-device-$device: $n system calls"
	[ "$n" -ge 10 ] || fail "the man page of vhost-device-$device has no list"
	told $device "$n"
	[ "$n" -le "$(most "$device")" ] ||
		fail "vhost-device-$device may make $n system calls, more than $(most "$device")"
	unused=$(comm -23 "$dir/allowed" "$dir/made")
	[ -z "$unused" ] || fail "vhost-device-$device may, but nobody does, make: ${unused//$'\n'/ }"
done

exit $failed

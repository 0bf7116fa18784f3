#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
# shellcheck disable=SC2154 # what is in lower case comes from the Makefile
#
# Which directory may include what, of ours and of the system: see HACKING.md.

cd "${srcdir:-.}" || exit 1
status=0

# may_include DIRECTORY OURS SYSTEM: regular expressions for "..." and <...>
may_include() {
	bad=$(grep -nE '^#[[:space:]]*include[[:space:]]*"' "$1"/*.[ch] |
		grep -Ev "\"($2)\"")
	bad="$bad$(grep -nE '^#[[:space:]]*include[[:space:]]*<' "$1"/*.[ch] |
		grep -Ev "<($3)>")"
	if [ -n "$bad" ]; then
		printf '%s\n' "$1 must not include:" "$bad" >&2
		status=1
	fi
}

headers='util|chain|virtqueue|device'
libc='(assert|ctype|dirent|endian|errno|fcntl|libgen|limits|poll|std[a-z]*|string|time|unistd)\.h|sys/.*\.h'

# No descriptors, no system calls, no threads, no clocks, no output.
may_include virtio-devices 'virtio-devices/.*' \
	'(assert|endian|errno|stdbool|stddef|stdint|stdlib|string)\.h|sys/uio\.h|sys/types\.h|linux/virtio_.*\.h'
# A host and its libraries, but no ring and no transport; threads, signals and
# logs are the programs'.
may_include backends 'backends/.*|virtio-devices/(util|chain|vsock-host|.*-backend)\.h' \
	"$libc|linux/(i2c.*|vm_sockets|virtio_(gpio|i2c|snd|vsock))\\.h|gpiod\.h|pulse/.*\.h|sndfile\.h"
# Rings of any device, and of no particular one.
may_include vhost-user \
	"vhost-user/.*|backends/loop\\.h|virtio-devices/($headers)\\.h" \
	"$libc|(signal|ucontext)\\.h|linux/virtio_(config|ring)\\.h"

exit $status

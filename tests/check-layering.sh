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

# No descriptors, no system calls, no threads, no clocks, no output.
may_include virtio-devices 'virtio-devices/.*' \
	'(assert|endian|errno|stdbool|stddef|stdint|stdlib|string)\.h|sys/uio\.h|sys/types\.h|linux/virtio_.*\.h'
may_include backends 'backends/.*|virtio-devices/(util|chain|vsock-host|.*-backend)\.h' '.*'
may_include vhost-user \
	"vhost-user/.*|backends/loop\\.h|virtio-devices/($headers)\\.h" \
	'[^/]*\.h|(sys|linux)/.*\.h'

exit $status

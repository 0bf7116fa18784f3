#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
# shellcheck disable=SC2154 # what is in lower case comes from the Makefile
#
# The example is built as a stranger would build it, against what was installed,
# and run: with the shared library and with the static one.

set -e

prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT

# Into another place than it was configured for, and found there all the same.
${MAKE:-make} -s -C "$builddir" install-libLTLIBRARIES install-nobase_includeHEADERS \
	install-pkgconfigDATA DESTDIR="$prefix" >"$prefix/log" 2>&1 || {
	cat "$prefix/log"
	exit 1
}
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name virtio-devices.pc)")
PKG_CONFIG_SYSROOT_DIR=$prefix
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
# A library that counts its lines needs the one that writes them down.
if nm "$builddir/virtio-devices/.libs/libvirtio-devices.a" | grep -q __gcov; then
	CFLAGS="$CFLAGS --coverage"
fi
libdir=$(dirname "$(find "$prefix" -name libvirtio-devices.so)")

build() {
	# shellcheck disable=SC2046,SC2086
	$CC $CFLAGS -Wall -Wextra -Werror -o "$prefix/$1" "$srcdir/examples/embed-rng.c" \
		$(pkg-config --cflags virtio-devices) "$2" $(pkg-config --libs virtio-devices) "$3"
}

build shared -Wl,-rpath,"$libdir" -Wl,--as-needed
"$prefix/shared"
build static -Wl,-Bstatic -Wl,-Bdynamic
"$prefix/static"

# compiles COMMAND...: a file that includes one of the headers, and nothing else
compiles() {
	# shellcheck disable=SC2046
	"$@" -Wall -Werror -fsyntax-only $(pkg-config --cflags virtio-devices)
}

# The headers stand alone, also for C++.
cd "$prefix"
find . -path '*/vhost-device/*.h' | while read -r header; do
	compiles $CC -std=gnu11 -x c -include "$header" /dev/null
	if command -v c++ >/dev/null; then
		compiles c++ -x c++ -include "$header" /dev/null
	fi
done

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
# shellcheck disable=SC2154 # what is in lower case comes from the Makefile
#
# The devices need nothing of a host: all that libvirtio-devices leaves
# undefined is memory, strings, and the end of a program with a bug.

library=${builddir:-.}/virtio-devices/.libs/libvirtio-devices.a

[ -e "$library" ] || {
	echo "there is no static library: nothing can be said"
	exit 77
}

allowed='malloc|calloc|realloc|reallocarray|free|mem(cpy|set|move|cmp)|str(len|cmp|chr)|__assert_fail|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__(mem|str)[a-z]*_chk'
# What a sanitizer or gcov adds is no call of ours.
allowed="$allowed|__(asan|ubsan|tsan|gcov)_[a-z0-9_]*"
# Nor is what a processor of 32 bits needs for numbers of 64.
allowed="$allowed|__(u?div|u?mod|udivmod|[ac]sh[lr]|lshr|c[lt]z|popcount)d[it][0-9]?|__stack_chk_fail_local|__aeabi_[a-z0-9_]*"

defined=$(nm --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort -u)
impure=$(nm --undefined-only "$library" | awk 'NF == 2 { print $2 }' | sort -u |
	grep -vxE "$allowed" | grep -vxF "$defined")
if [ -n "$impure" ]; then
	printf '%s\n' "libvirtio-devices calls:" "$impure" >&2
	exit 1
fi

#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# Process 1 of a guest in QEMU, on its initramfs: modules, the host's root file
# system by 9p, and on with $STAGE2 in there.

b=/bin/busybox

$b mount -t devtmpfs devtmpfs /dev
$b mount -t proc proc /proc
for module in /modules/*; do
	$b insmod "$module" || echo "cannot load $module"
done
$b umount /proc

$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 host /h ||
	echo "cannot mount the host's root file system"
$b mount -t devtmpfs devtmpfs /h/dev

# Not chroot: who is in one can have no namespaces of its own.
exec $b switch_root /h /bin/sh "$STAGE2"

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The device of a guest, with all that is at the other end of it.
 */

#ifndef DAEMONS_VSOCK_GUEST_H
#define DAEMONS_VSOCK_GUEST_H

#include "daemons/vsock-vm.h"

struct guest;
struct vb_loop;
struct vb_vsock_switch;
struct vd_device;

/* What the socket for SOCK_SEQPACKET has behind the path of the other one. */
#define VSOCK_SEQPACKET_SUFFIX "_seqpacket"

/**
 * vsock_guest_new_device() - make the device of a guest
 * @guest:   for messages
 * @loop:    shared by all guests
 * @switch_: likewise
 * @vm:      what it is to be like; must outlive the device
 * @ret:     the device; its socket files are removed together with it
 *
 * Return: 0, or a negative errno, which has been logged.
 */
int vsock_guest_new_device(struct guest *guest, struct vb_loop *loop,
			   struct vb_vsock_switch *switch_,
			   const struct vsock_vm *vm, struct vd_device **ret);

#endif

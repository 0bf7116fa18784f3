/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A vsock host for fuzzing: what is sent to a port comes back from it, sooner or
 * later, whole or in parts, as the port's number says.
 */

#ifndef TESTS_FUZZ_VSOCK_HOST_H
#define TESTS_FUZZ_VSOCK_HOST_H

struct vd_vsock_host;

/**
 * fuzz_vsock_host_new() - make a host
 *
 * Return: NULL if there is no memory.
 */
struct vd_vsock_host *fuzz_vsock_host_new(void);

/**
 * fuzz_vsock_host_poke() - let every stream do something
 */
void fuzz_vsock_host_poke(struct vd_vsock_host *host, unsigned long long now);

#endif

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The --device-list of vhost-device-i2c: which clients of which buses a guest
 * may talk to.
 *
 *   list    = bus { "," bus }
 *   bus     = NAME { ":" client }
 *   client  = ADDRESS [ "r" ] [ "t" ]
 *
 * ADDRESS is decimal, or hexadecimal with 0x; "r" makes it read-only.  It has
 * 10 bits if it is above 0x7f, or "t" says so; those of 7 bits end at 0x77.
 */

#ifndef DAEMONS_I2C_LIST_H
#define DAEMONS_I2C_LIST_H

#include <stddef.h>

#include "daemons/options.h"
#include "virtio-devices/i2c.h"

/* More would not fit into the address space of one bus. */
#define I2C_LIST_MAX_BUSES 64
#define I2C_LIST_MAX_CLIENTS (0x78 + 1024)

/**
 * struct i2c_list - a list that was read
 * @buses:     names of buses; allocated
 * @n_buses:   how many
 * @clients:   @bus counts in @buses
 * @n_clients: how many
 */
struct i2c_list {
	char *buses[I2C_LIST_MAX_BUSES];
	size_t n_buses;
	struct vd_i2c_client clients[I2C_LIST_MAX_CLIENTS];
	size_t n_clients;
};

/**
 * i2c_list_parse() - read a list
 * @text:  as the user gave it
 * @ret:   filled in; i2c_list_fini() frees it, also after an error
 * @error: what is wrong, for -EINVAL
 *
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int i2c_list_parse(const char *text, struct i2c_list *ret,
		   struct options_error *error);

/**
 * i2c_list_fini() - free what belongs to a list
 */
void i2c_list_fini(struct i2c_list *list);

#endif

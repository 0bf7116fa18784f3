/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * vhost-device-i2c: an I2C adapter, with clients of the host's buses on it.
 */

#include <errno.h>
#include <string.h>

#include "backends/i2c-dev.h"
#include "backends/i2c-sim.h"
#include "daemons/daemon.h"
#include "daemons/guest.h"
#include "daemons/i2c-list.h"
#include "daemons/log.h"
#include "daemons/sandbox.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/i2c.h"

/**
 * struct i2c_settings - values of the options, and what comes of them
 * @device_list: as the user gave it
 * @force:       give clients away that the host uses
 * @list:        @device_list, read
 */
struct i2c_settings {
	const char *device_list;
	bool force;
	struct i2c_list list;
};

static struct i2c_settings settings;

#define AT(member) offsetof(struct i2c_settings, member)

static const struct option_def defs[] = {
	{ .letter = 'l',
	  .name = "device-list",
	  .type = OPTION_STRING,
	  .offset = AT(device_list),
	  .value = "BUS:ADDR[:ADDR...][,BUS:...]",
	  .help = "Clients that the guests may talk to. BUS is the number of "
		  "an adapter, its name, the path of its device file, or "
		  "\"sim\" for a simulated one. ADDR is decimal, or 0x and "
		  "hexadecimal; with \"r\" behind it, the client can only be "
		  "read. Addresses above 0x7f, or with \"t\" behind them, have "
		  "10 bits." },
	{ .name = "force",
	  .type = OPTION_FLAG,
	  .offset = AT(force),
	  .help = "Let the guests talk to clients that a driver of the host "
		  "uses. The two will disturb each other." },
};

/* Allowed, as it is by the Rust daemon, but hardly what was meant. */
static void warn_of_empty_buses(const struct i2c_list *list)
{
	for (size_t i = 0; i < list->n_buses; i++) {
		size_t n = 0;

		for (size_t j = 0; j < list->n_clients; j++)
			n += list->clients[j].bus == i;
		if (n == 0)
			log_warning(
				list->buses[i],
				"no client of this bus is in the list, so "
				"the guests can talk to none; say '%s:ADDR'",
				list->buses[i]);
	}
}

static int i2c_prepare(size_t n_guests)
{
	struct options_error error;
	int r;

	(void)n_guests;

	if (!settings.device_list) {
		log_error(NULL, "which clients are the guests to see? Say "
				"'--device-list BUS:ADDR'");
		return -EINVAL;
	}

	r = i2c_list_parse(settings.device_list, &settings.list, &error);
	if (r == -EINVAL)
		log_error(NULL, "'--device-list': %s", error.text);
	if (r == 0)
		warn_of_empty_buses(&settings.list);

	return r;
}

static void transfer_unsupported(void *context, const char *device)
{
	guest_report(context, LOG_LEVEL_WARNING,
		     "the guest asked for a transfer that the adapter %s "
		     "cannot do, and was given an error",
		     device);
}

static const char *bus_problem(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such adapter; see 'i2cdetect -l', and "
		       "whether the module i2c-dev is loaded";
	case ENOTUNIQ:
		return "several adapters have this name; use a number";
	case EACCES:
		return "this user may not open it; add them to the group of "
		       "/dev/i2c-*, which mostly is 'i2c'";
	case ENOTTY:
		return "this is no I2C device";
	case ENOTSUP:
		return "it can do neither I2C nor SMBus";
	default:
		return strerror(error);
	}
}

/* Is a client of this bus used by a driver of the host? */
static int check_clients(struct vd_i2c_backend *bus, unsigned int index)
{
	const struct i2c_list *list = &settings.list;

	for (size_t i = 0; i < list->n_clients; i++) {
		const struct vd_i2c_client *client = &list->clients[i];
		char driver[64];
		int r;

		if (client->bus != index)
			continue;

		r = vb_i2c_dev_check(bus, client->address, client->ten_bit,
				     driver, sizeof(driver));
		if (r == -ENOTSUP) {
			log_error(list->buses[index],
				  "the adapter has no 10-bit addresses, such "
				  "as %#x",
				  client->address);
			return r;
		}
		if (r == -EBUSY && !settings.force) {
			log_error(list->buses[index],
				  "the address %#x is used by the host's "
				  "driver %s; unbind that, or say '--force'",
				  client->address, driver);
			return r;
		}
	}

	return 0;
}

static bool is_sim(unsigned int index)
{
	return strcmp(settings.list.buses[index], "sim") == 0;
}

static int new_sim(unsigned int index, struct vd_i2c_backend **ret)
{
	const struct i2c_list *list = &settings.list;
	int r;

	r = vb_i2c_sim_new(ret);
	for (size_t i = 0; r == 0 && i < list->n_clients; i++) {
		if (list->clients[i].bus == index && !list->clients[i].ten_bit)
			r = vb_i2c_sim_add(*ret, list->clients[i].address);
	}

	return r;
}

static int new_bus(struct guest *guest, unsigned int index,
		   struct vd_i2c_backend **ret)
{
	const struct vb_i2c_dev_events events = {
		.unsupported = transfer_unsupported,
		.context = guest,
	};
	const char *name = settings.list.buses[index];
	int r;

	if (is_sim(index))
		return new_sim(index, ret);

	r = vb_i2c_dev_new(name, &events, ret);
	if (r < 0) {
		log_error(name, "cannot use this bus: %s", bus_problem(-r));
		return r;
	}

	if (settings.force)
		vb_i2c_dev_force(*ret);

	return check_clients(*ret, index);
}

/* An adapter has a number, a name and a path, and may have been given twice. */
static int check_twice(struct vd_i2c_backend *const *buses, unsigned int index)
{
	char *const *names = settings.list.buses;

	for (unsigned int i = 0; !is_sim(index) && i < index; i++) {
		if (is_sim(i) || vb_i2c_dev_number(buses[i]) !=
					 vb_i2c_dev_number(buses[index]))
			continue;
		log_error(names[index],
			  "this is the same bus as '%s'; put its addresses "
			  "together",
			  names[i]);
		return -EEXIST;
	}

	return 0;
}

static int i2c_new_device(struct guest *guest, struct vb_loop *loop,
			  struct vd_device **ret)
{
	struct vd_i2c_backend *buses[I2C_LIST_MAX_BUSES] = { NULL };
	const struct i2c_list *list = &settings.list;
	int r = 0;

	(void)loop;

	for (unsigned int i = 0; r == 0 && i < list->n_buses; i++) {
		r = new_bus(guest, i, &buses[i]);
		if (r == 0)
			r = check_twice(buses, i);
	}
	if (r == 0)
		r = vd_i2c_new(buses, list->n_buses, list->clients,
			       list->n_clients, ret);
	if (r == 0)
		return 0;

	for (size_t i = 0; i < list->n_buses && buses[i]; i++)
		buses[i]->ops->destroy(buses[i]);

	return r;
}

static const struct sandbox_call calls[] = {
	/* Buses that are not simulated: i2c-dev.c. */
	{ "ioctl", SANDBOX_ELSEWHERE, 0, 0 },

	/* A chip that is slow: i2c-sim.c. */
	{ "clock_nanosleep", 0, 0, 0 },

	/* What systemd keeps: fd-store.c. */
	{ "kcmp", 0, 0, 0 },
	{ 0 },
};

const struct daemon program = {
	.name = "vhost-device-i2c",
	.type = "i2c",
	.summary = "Gives virtual machines an I2C adapter, over vhost-user.",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = sizeof(defs) / sizeof(defs[0]),
		.settings = &settings,
	},
	.prepare = i2c_prepare,
	.new_device = i2c_new_device,
	.keep = true,
	.calls = calls,
};

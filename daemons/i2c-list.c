/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/i2c-list.h"
#include "virtio-devices/util.h"

static bool parse_address(const char *word, struct vd_i2c_client *client)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	const char *digits = hex ? word + 2 : word;
	char *end;
	unsigned long address;

	/* strtoul() would take signs, blanks, and another 0x. */
	if (!isxdigit((unsigned char)digits[0]) || digits[1] == 'x' ||
	    digits[1] == 'X')
		return false;

	errno = 0;
	address = strtoul(digits, &end, hex ? 16 : 10);
	if (errno || end == digits || address > 0x3ff)
		return false;

	client->address = (uint16_t)address;
	client->ten_bit = address > 0x7f;
	for (; *end; end++) {
		if (*end == 'r')
			client->read_only = true;
		else if (*end == 't')
			client->ten_bit = true;
		else
			return false;
	}

	return true;
}

static const struct vd_i2c_client *find(const struct i2c_list *list,
					const struct vd_i2c_client *client)
{
	for (size_t i = 0; i < list->n_clients; i++) {
		if (list->clients[i].address == client->address &&
		    list->clients[i].ten_bit == client->ten_bit)
			return &list->clients[i];
	}

	return NULL;
}

static int parse_client(struct i2c_list *list, const char *word,
			struct options_error *error)
{
	struct vd_i2c_client client = {
		.bus = (unsigned int)list->n_buses - 1,
	};
	const struct vd_i2c_client *other;

	if (!parse_address(word, &client))
		return options_fail(
			error,
			"'%s' is no address of a client: use 0 to 1023, or "
			"0x0 to 0x3ff, with an 'r' behind it to make it "
			"read-only",
			word);

	/* They would look like addresses of 10 bits. */
	if (!client.ten_bit && client.address > 0x77)
		return options_fail(error,
				    "'%s': no client of 7 bits can be above "
				    "0x77; put a 't' "
				    "behind the address if it has 10 bits",
				    word);

	other = find(list, &client);
	if (other)
		return options_fail(
			error,
			"the address %#x is there twice, on bus '%s' and "
			"on bus '%s'; the guest sees one bus, so leave one "
			"out",
			client.address, list->buses[other->bus],
			list->buses[client.bus]);

	list->clients[list->n_clients++] = client;

	return 0;
}

static int add_bus(struct i2c_list *list, const char *name,
		   struct options_error *error)
{
	if (!name[0])
		return options_fail(error,
				    "a bus without a name; say its number, its "
				    "name, or the path of its device");
	if (list->n_buses == I2C_LIST_MAX_BUSES)
		return options_fail(error, "there are more than %d buses",
				    I2C_LIST_MAX_BUSES);

	for (size_t i = 0; i < list->n_buses; i++) {
		if (strcmp(list->buses[i], name) == 0)
			return options_fail(
				error,
				"the bus '%s' is there twice; put its "
				"addresses together",
				name);
	}

	list->buses[list->n_buses] = strdup(name);
	if (!list->buses[list->n_buses])
		return -ENOMEM;
	list->n_buses++;

	return 0;
}

static int parse_bus(char *text, void *ret, struct options_error *error)
{
	struct i2c_list *list = ret;
	const char *word;
	int r;

	r = add_bus(list, strsep(&text, ":"), error);
	while (r == 0 && (word = strsep(&text, ":")))
		r = parse_client(list, word, error);

	return r;
}

int i2c_list_parse(const char *text, struct i2c_list *ret,
		   struct options_error *error)
{
	*ret = (struct i2c_list){ 0 };

	return options_each_word(text, ",", parse_bus, ret, error);
}

void i2c_list_fini(struct i2c_list *list)
{
	for (size_t i = 0; i < list->n_buses; i++)
		free(list->buses[i]);
	list->n_buses = 0;
	list->n_clients = 0;
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/vsock-ports.h"
#include "virtio-devices/util.h"

/* VMADDR_PORT_ANY is no port. */
#define MAX_PORT (UINT32_MAX - 1)

int vsock_number(const char *text, uint64_t min, uint64_t max, uint32_t *ret,
		 struct options_error *error)
{
	unsigned long long number;
	char *end;

	/* strtoull() would take blanks and signs. */
	errno = 0;
	number = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || number < min ||
	    number > max)
		return options_fail(
			error, "'%s' is not a number from %llu to %llu", text,
			(unsigned long long)min, (unsigned long long)max);

	*ret = (uint32_t)number;
	return 0;
}

static int read_port(const char *text, uint32_t *ret,
		     struct options_error *error)
{
	return vsock_number(text, 0, MAX_PORT, ret, error);
}

/* Room for one item more. */
static int grow(void **items, size_t n, size_t size)
{
	void *more = reallocarray(*items, n + 1, size);

	if (!more)
		return -ENOMEM;
	*items = more;

	return 0;
}

#define GROW(list, n) grow((void **)&(list), (n), sizeof(*(list)))

static int add_port(char *word, void *ret, struct options_error *error)
{
	struct vsock_port_list *list = ret;
	uint32_t port = 0;
	int r;

	r = read_port(word, &port, error);
	if (r < 0)
		return r;

	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i] == port)
			return options_fail(
				error,
				"the port %s is there twice; leave one out",
				word);
	}

	r = GROW(list->items, list->n);
	if (r == 0)
		list->items[list->n++] = port;

	return r;
}

int vsock_read_ports(const char *text, struct vsock_port_list *ret,
		     struct options_error *error)
{
	return options_each_word(text, "+", add_port, ret, error);
}

static int add_range(char *word, void *ret, struct options_error *error)
{
	struct vb_vsock_policy *policy = ret;
	struct vb_vsock_port_range range = { 0 };
	char *last = word;
	int r;

	(void)strsep(&last, "-");
	r = read_port(word, &range.first, error);
	if (r < 0)
		return r;
	range.last = range.first;
	if (last)
		r = read_port(last, &range.last, error);
	if (r < 0)
		return r;
	if (range.last < range.first)
		return options_fail(error,
				    "'%s-%s' has no ports in it; begin with "
				    "the lower one",
				    word, last);

	r = GROW(policy->ranges, policy->n_ranges);
	if (r == 0)
		policy->ranges[policy->n_ranges++] = range;

	return r;
}

int vsock_read_ranges(const char *text, struct vb_vsock_policy *ret,
		      struct options_error *error)
{
	ret->limited = true;
	if (!strcmp(text, "none"))
		return 0;

	return options_each_word(text, "+", add_range, ret, error);
}

static int add_socket(char *word, void *ret, struct options_error *error)
{
	struct vb_vsock_port_map *map = ret;
	char *path = word;
	uint32_t port = 0;
	int r;

	(void)strsep(&path, ":");
	if (!path || !path[0])
		return options_fail(error,
				    "'%s' leads nowhere; say PORT:PATH, with "
				    "the path of a socket",
				    word);
	r = read_port(word, &port, error);
	if (r < 0)
		return r;
	if (vb_vsock_port_path(map, port))
		return options_fail(error,
				    "the port %s is there twice; leave one out",
				    word);

	r = GROW(map->items, map->n);
	if (r < 0)
		return r;
	map->items[map->n].port = port;
	map->items[map->n].path = strdup(path);
	if (!map->items[map->n].path)
		return -ENOMEM;
	map->n++;

	return 0;
}

int vsock_read_map(const char *text, struct vb_vsock_port_map *ret,
		   struct options_error *error)
{
	return options_each_word(text, "+", add_socket, ret, error);
}

static int add_group(char *word, void *ret, struct options_error *error)
{
	struct vsock_group_list *list = ret;
	int r;

	if (!word[0])
		return options_fail(error, "a group without a name; write "
					   "GROUP+GROUP, with no blanks");

	r = GROW(list->items, list->n);
	if (r < 0)
		return r;
	list->items[list->n] = strdup(word);
	if (!list->items[list->n])
		return -ENOMEM;
	list->n++;

	return 0;
}

int vsock_read_groups(const char *text, struct vsock_group_list *ret,
		      struct options_error *error)
{
	return options_each_word(text, "+", add_group, ret, error);
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>

#include "hostile-driver.h"

struct guest guest;
struct guest bystander;
size_t type;
bool packed;

static struct fixture fixture;
static size_t fds_before;

struct criterion_test_params each_target(void)
{
	static struct target targets[16];
	size_t n = 0;

	for (size_t i = 0; i < n_device_types; i++) {
		targets[n++] = (struct target){ i, false };
		targets[n++] = (struct target){ i, true };
	}

	return cr_make_param_array(struct target, targets, n);
}

void attack_start(const struct target *target)
{
	const struct device_type *device = &device_types[target->type];
	const char *args[8] = { NULL };
	size_t n = 0;

	type = target->type;
	packed = target->packed;
	while (device->args[n]) {
		args[n] = device->args[n];
		n++;
	}
	if (packed)
		args[n] = "--packed-ring=on";
	fixture_start(&fixture, device->name, args);
	guest_boot(&bystander, fixture.path[1]);
	guest_request(&bystander, type);
	fds_before = fixture_count_fds(&fixture);
	guest_boot(&guest, fixture.path[0]);
	guest_request(&guest, type);
}

void attack_again(void)
{
	guest_free(&guest);
	guest_boot(&guest, fixture.path[0]);
}

void attack_stop(void)
{
	guest_request(&bystander, type);
	guest_free(&guest);
	fixture_wait_fds(&fixture, fds_before);
	guest_boot(&guest, fixture.path[0]);
	guest_request(&guest, type);
	guest_free(&guest);
	guest_free(&bystander);
	fixture_stop(&fixture);
}

struct vhu_frontend_queue *request_queue(void)
{
	return vhu_frontend_queue(guest.frontend, device_types[type].queue);
}

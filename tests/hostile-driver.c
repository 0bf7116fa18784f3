/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hostile-driver.h"

struct guest guest;
struct guest bystander;
size_t type;
bool packed;

struct fixture fixture;
static size_t fds_before;

#define MAX_TARGETS 64

static struct target targets[MAX_TARGETS];
static size_t n_targets;

static void add_target(size_t device, unsigned int queue)
{
	cr_assert_lt(n_targets + 2, MAX_TARGETS);
	targets[n_targets++] = (struct target){ device, queue, false };
	targets[n_targets++] = (struct target){ device, queue, true };
}

struct criterion_test_params each_target(void)
{
	n_targets = 0;
	for (size_t i = 0; i < n_device_types; i++) {
		if (!device_types[i].special)
			add_target(i, device_types[i].queue);
	}

	return cr_make_param_array(struct target, targets, n_targets);
}

struct criterion_test_params each_queue(void)
{
	n_targets = 0;
	for (size_t i = 0; i < n_device_types; i++) {
		for (unsigned int k = 0;
		     !device_types[i].special && k < device_types[i].n_queues;
		     k++)
			add_target(i, k);
	}

	return cr_make_param_array(struct target, targets, n_targets);
}

struct criterion_test_params each_format(const char *name)
{
	n_targets = 0;
	for (size_t i = 0; i < n_device_types; i++) {
		if (strcmp(device_types[i].name, name) == 0)
			add_target(i, device_types[i].queue);
	}

	return cr_make_param_array(struct target, targets, n_targets);
}

void attack_start(const struct target *target)
{
	type = target->type;
	packed = target->packed;
	device_start(&fixture, type, packed);
	device_boot(&bystander, fixture.path[1], type);
	guest_request(&bystander, type);
	fds_before = fixture_count_fds(&fixture);
	device_boot(&guest, fixture.path[0], type);
	guest_request(&guest, type);
}

void attack_again(void)
{
	guest_free(&guest);
	device_boot(&guest, fixture.path[0], type);
}

void attack_expect_service(void)
{
	guest_request(&guest, type);
	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
}

void attack_stop(void)
{
	guest_request(&bystander, type);
	guest_free(&guest);
	device_wait_fds(&fixture, fds_before + device_types[type].n_kept);
	device_boot(&guest, fixture.path[0], type);
	guest_request(&guest, type);
	guest_free(&guest);
	guest_free(&bystander);
	fixture_stop(&fixture);
}

unsigned int request_index(void)
{
	return device_types[type].queue;
}

struct vhu_frontend_queue *request_queue(void)
{
	return vhu_frontend_queue(guest.frontend, request_index());
}

struct vhu_driver_used attack_exchange(const struct vhu_driver_chain *chain)
{
	struct vhu_driver_used used = { 0 };

	request_room(type, &guest);
	cr_assert_eq(vhu_frontend_exchange(guest.frontend, request_index(),
					   chain, &used),
		     0);

	return used;
}

/* A sanitizer keeps what was freed; it has more addresses than there is memory. */
static bool is_sanitized(void)
{
	unsigned long pages;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", fixture.pid);
	file = fopen(path, "re");
	cr_assert(file, "the daemon has ended");
	cr_assert_eq(fscanf(file, "%lu", &pages), 1);
	fclose(file);

	return pages >> 28;
}

void attack_expect_memory(size_t before, size_t more)
{
	if (!is_sanitized())
		cr_assert_leq(fixture_memory(&fixture), before + more);
}

uint64_t msec_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The seam between devices and transports: when a device is entered and left,
 * and what its host is told then.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "tests/fake-queue.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"

#define ANY_FEATURE VD_BIT(5)
#define BAD_FEATURE VD_BIT(6)
#define CONFIG_LEN 6

/**
 * struct fake_device - a device that does what the test says
 * @device:    what the transport sees
 * @again:     what the next kick returns
 * @deadline:  set at the next kick or tick, unless it is 0
 * @flush:     call vd_device_flush() in the next kick
 * @held:      a chain, popped by the kick and unpopped at stop
 * @n_ticks:   how often
 * @n_resets:  how often
 * @destroyed: was it?
 * @features:  what the driver chose
 */
struct fake_device {
	struct vd_device device;
	bool again;
	uint64_t deadline;
	bool flush;
	struct vd_chain *held;
	unsigned int n_ticks;
	unsigned int n_resets;
	bool destroyed;
	uint64_t features;
};

/**
 * struct fake_host - what drives it, and what it was told
 */
struct fake_host {
	struct vd_device_host host;
	unsigned int n_calls;
	unsigned int n_changes;
	uint32_t kick;
	uint64_t deadline;
};

static struct fake_device fake;
static struct fake_host host;
static struct fake_queue queues[2];

static struct fake_device *from(struct vd_device *device)
{
	return container_of(device, struct fake_device, device);
}

static void fake_get_config(struct vd_device *device, void *config)
{
	(void)device;
	memcpy(config, "abcdef", CONFIG_LEN);
}

static int fake_set_features(struct vd_device *device, uint64_t features)
{
	if (features & BAD_FEATURE)
		return -EINVAL;

	from(device)->features = features;

	return 0;
}

static bool fake_kick(struct vd_device *device, unsigned int index)
{
	struct fake_device *self = from(device);

	if (vd_queue_pop(device->queues[index], &self->held) == 1 &&
	    self->flush) {
		vd_chain_complete(VD_STEAL(self->held), 0);
		vd_device_flush(device);
	}
	if (self->deadline)
		device->deadline = self->deadline;

	return self->again;
}

static void fake_tick(struct vd_device *device)
{
	struct fake_device *self = from(device);

	self->n_ticks++;
	if (self->deadline)
		device->deadline = self->deadline;
}

static void fake_stop(struct vd_device *device, unsigned int index)
{
	struct fake_device *self = from(device);

	if (self->held)
		vd_chain_complete(VD_STEAL(self->held), 0);
	(void)index;
}

static void fake_reset(struct vd_device *device)
{
	from(device)->n_resets++;
}

static void fake_destroy(struct vd_device *device)
{
	from(device)->destroyed = true;
}

static const struct vd_device_ops full_ops = {
	.name = "fake",
	.n_queues = 2,
	.config_len = CONFIG_LEN,
	.get_config = fake_get_config,
	.set_features = fake_set_features,
	.kick = fake_kick,
	.tick = fake_tick,
	.stop = fake_stop,
	.reset = fake_reset,
	.destroy = fake_destroy,
};

/* All that may be left out is. */
static const struct vd_device_ops least_ops = {
	.name = "least",
	.n_queues = 2,
	.kick = fake_kick,
	.destroy = fake_destroy,
};

static void fake_schedule(struct vd_device_host *device_host, uint32_t kick,
			  uint64_t deadline)
{
	struct fake_host *self =
		container_of(device_host, struct fake_host, host);

	self->n_calls++;
	self->kick = kick;
	self->deadline = deadline;
}

static void make(const struct vd_device_ops *ops)
{
	vd_device_init(&fake.device, ops, ANY_FEATURE | BAD_FEATURE);
	fake.device.host = &host.host;
	host.host.schedule = fake_schedule;
	for (unsigned int i = 0; i < 2; i++) {
		fake_queue_init(&queues[i]);
		vd_device_start_queue(&fake.device, i, &queues[i].queue);
	}
}

static void setup(void)
{
	make(&full_ops);
}

TestSuite(device, .init = setup);

Test(device, has_the_config_that_its_type_says)
{
	char buf[CONFIG_LEN];

	vd_device_get_config(&fake.device, 0, buf, sizeof(buf));
	cr_assert_arr_eq(buf, "abcdef", CONFIG_LEN);
}

Test(device, reads_any_part_of_its_config_and_zeros_behind_it)
{
	const char all[12] = "abcdef";

	for (size_t offset = 0; offset < 8; offset++) {
		for (size_t len = 0; len <= 4; len++) {
			char buf[5] = "xxxxx";

			vd_device_get_config(&fake.device, offset, buf, len);
			cr_assert_arr_eq(buf, all + offset, len);
			cr_assert_eq(buf[len], 'x');
		}
	}
}

Test(device, reads_zeros_at_the_end_of_the_world)
{
	char buf[4] = "xxxx";

	vd_device_get_config(&fake.device, SIZE_MAX, buf, sizeof(buf));
	cr_assert_arr_eq(buf, "\0\0\0\0", 4);
	vd_device_get_config(&fake.device, SIZE_MAX - 3, buf, sizeof(buf));
	cr_assert_arr_eq(buf, "\0\0\0\0", 4);
}

Test(device, reads_zeros_if_it_has_no_config, .init = NULL)
{
	char buf[4] = "xxxx";

	make(&least_ops);
	vd_device_get_config(&fake.device, 0, buf, sizeof(buf));
	cr_assert_arr_eq(buf, "\0\0\0\0", 4);
}

Test(device, learns_of_no_feature_that_it_did_not_offer)
{
	cr_assert_eq(vd_device_set_features(&fake.device, ~BAD_FEATURE), 0);
	cr_assert_eq(fake.features, ANY_FEATURE);
}

Test(device, may_refuse_features)
{
	cr_assert_eq(vd_device_set_features(&fake.device, BAD_FEATURE),
		     -EINVAL);
}

Test(device, takes_any_features_if_it_does_not_care, .init = NULL)
{
	make(&least_ops);
	cr_assert_eq(vd_device_set_features(&fake.device, UINT64_MAX), 0);
}

Test(device, is_told_the_time_when_it_is_entered)
{
	vd_device_kick(&fake.device, 0, 1234);
	cr_assert_eq(fake.device.now, 1234);
}

Test(device, is_not_entered_for_a_queue_that_does_not_run)
{
	vd_device_stop_queue(&fake.device, 0);
	vd_device_kick(&fake.device, 0, 1234);
	cr_assert_neq(fake.device.now, 1234);
}

Test(device, finds_nothing_in_a_queue_that_is_not_there)
{
	struct vd_chain *chain;

	cr_assert_eq(vd_queue_pop(NULL, &chain), 0);
}

Test(device, flushes_each_queue_once_when_it_is_left)
{
	vd_device_kick(&fake.device, 0, 1);
	cr_assert_eq(queues[0].n_flushes, 1);
	cr_assert_eq(queues[1].n_flushes, 1);
}

Test(device, does_not_flush_while_it_is_inside)
{
	fake_queue_add(&queues[0]);
	fake.flush = true;
	vd_device_kick(&fake.device, 0, 1);
	cr_assert_eq(queues[0].n_flushes, 1);
	cr_assert_eq(queues[0].n_flushed, 1);
}

Test(device, flushes_for_a_backend_that_enters_it_from_below)
{
	fake_queue_add(&queues[0]);
	vd_device_kick(&fake.device, 0, 1);
	vd_chain_complete(VD_STEAL(fake.held), 0);
	cr_assert_eq(queues[0].n_flushed, 0);
	vd_device_flush(&fake.device);
	cr_assert_eq(queues[0].n_flushed, 1);
}

Test(device, leaves_its_host_alone_if_nothing_changed)
{
	vd_device_kick(&fake.device, 0, 1);
	vd_device_flush(&fake.device);
	vd_device_reset(&fake.device);
	vd_device_stop_queue(&fake.device, 0);
	cr_assert_eq(host.n_calls, 0);
}

Test(device, asks_for_another_kick_if_it_stopped_for_fairness)
{
	fake.again = true;
	vd_device_kick(&fake.device, 1, 1);
	cr_assert_eq(host.n_calls, 1);
	cr_assert_eq(host.kick, 1U << 1);
	cr_assert_eq(host.deadline, VD_NEVER);
}

Test(device, asks_for_another_kick_of_each_queue_that_held_back)
{
	queues[0].more = true;
	queues[1].more = true;
	vd_device_flush(&fake.device);
	cr_assert_eq(host.n_calls, 1);
	cr_assert_eq(host.kick, 3);
}

Test(device, announces_a_deadline_once)
{
	fake.deadline = 500;
	vd_device_kick(&fake.device, 0, 1);
	cr_assert_eq(host.n_calls, 1);
	cr_assert_eq(host.kick, 0);
	cr_assert_eq(host.deadline, 500);

	vd_device_kick(&fake.device, 0, 2);
	cr_assert_eq(host.n_calls, 1);
}

Test(device, announces_a_deadline_that_moved_or_went_away)
{
	fake.deadline = 500;
	vd_device_kick(&fake.device, 0, 1);
	fake.deadline = 400;
	vd_device_kick(&fake.device, 0, 2);
	cr_assert_eq(host.deadline, 400);
	fake.deadline = VD_NEVER;
	vd_device_kick(&fake.device, 0, 3);
	cr_assert_eq(host.n_calls, 3);
	cr_assert_eq(host.deadline, VD_NEVER);
}

Test(device, says_the_deadline_again_when_it_asks_for_a_kick)
{
	fake.deadline = 500;
	vd_device_kick(&fake.device, 0, 1);
	fake.again = true;
	vd_device_kick(&fake.device, 0, 2);
	cr_assert_eq(host.n_calls, 2);
	cr_assert_eq(host.deadline, 500);
}

Test(device, is_not_ticked_too_early)
{
	vd_device_tick(&fake.device, 1000);
	fake.deadline = 500;
	vd_device_kick(&fake.device, 0, 1);
	vd_device_tick(&fake.device, 499);
	cr_assert_eq(fake.n_ticks, 0);
}

Test(device, is_ticked_once_for_each_deadline)
{
	fake.deadline = 500;
	vd_device_kick(&fake.device, 0, 1);
	fake.deadline = 0;
	vd_device_tick(&fake.device, 500);
	vd_device_tick(&fake.device, 501);
	cr_assert_eq(fake.n_ticks, 1);
	cr_assert_eq(fake.device.now, 500);
}

Test(device, announces_the_same_deadline_again_after_it_had_come)
{
	fake.deadline = 500;
	vd_device_kick(&fake.device, 0, 1);
	vd_device_tick(&fake.device, 500);
	cr_assert_eq(host.n_calls, 2);
	cr_assert_eq(host.deadline, 500);
}

Test(device, publishes_what_it_completes_when_a_queue_stops)
{
	fake_queue_add(&queues[0]);
	vd_device_kick(&fake.device, 0, 1);
	vd_device_stop_queue(&fake.device, 0);
	cr_assert_eq(queues[0].n_flushed, 1);
}

Test(device, forgets_a_queue_that_stopped)
{
	vd_device_stop_queue(&fake.device, 0);
	vd_device_stop_queue(&fake.device, 0);
	cr_assert_null(fake.device.queues[0]);
	vd_device_start_queue(&fake.device, 0, &queues[0].queue);
	cr_assert_eq(fake.device.queues[0], &queues[0].queue);
}

Test(device, withdraws_its_deadline_when_it_is_reset)
{
	fake.deadline = 500;
	vd_device_kick(&fake.device, 0, 1);
	vd_device_reset(&fake.device);
	cr_assert_eq(fake.n_resets, 1);
	cr_assert_eq(host.deadline, VD_NEVER);
}

Test(device, needs_no_host_and_no_optional_operation, .init = NULL)
{
	make(&least_ops);
	fake.device.host = NULL;
	fake.again = true;
	fake.deadline = 500;
	vd_device_kick(&fake.device, 0, 1);
	vd_device_stop_queue(&fake.device, 0);
	vd_device_reset(&fake.device);
	cr_assert_eq(queues[0].n_flushes, 2);
}

Test(device, is_destroyed_through_its_type)
{
	vd_device_free(&fake.device);
	cr_assert(fake.destroyed);
	vd_device_free(NULL);
}

static unsigned int n_published;

static void fake_changed(struct vd_device_host *device_host)
{
	struct fake_host *self =
		container_of(device_host, struct fake_host, host);

	self->n_changes++;
	n_published = queues[0].n_flushes;
}

/* Or the host would forget what the driver was told. */
Test(device, tells_of_a_change_before_the_driver_hears_of_it)
{
	host.host.changed = fake_changed;
	vd_device_kick(&fake.device, 0, 1);
	cr_assert_eq(host.n_changes, 0);

	fake.device.changed = true;
	vd_device_kick(&fake.device, 0, 2);
	cr_assert_eq(host.n_changes, 1);
	cr_assert_eq(n_published + 1, queues[0].n_flushes);

	vd_device_kick(&fake.device, 0, 3);
	cr_assert_eq(host.n_changes, 1);
}

Test(device, has_changed_when_it_was_reset_or_has_another_state)
{
	uint8_t buf[64];
	size_t len = vd_device_save(&fake.device, buf, sizeof(buf));

	vd_device_stop_queue(&fake.device, 0);
	vd_device_stop_queue(&fake.device, 1);
	host.host.changed = fake_changed;
	vd_device_reset(&fake.device);
	cr_assert_eq(host.n_changes, 1);
	cr_assert_eq(vd_device_load(&fake.device, buf, len), 0);
	cr_assert_eq(host.n_changes, 3, "it is reset first");
}

Test(device, may_have_a_host_that_wants_to_know_of_no_change)
{
	fake.device.changed = true;
	vd_device_kick(&fake.device, 0, 1);
	cr_assert_not(fake.device.changed);
}

/* What is saved is read again; a device that has nothing to say says that. */
Test(device, has_a_state_even_if_there_is_nothing_in_it)
{
	uint8_t buf[64];
	size_t len;

	vd_device_stop_queue(&fake.device, 0);
	vd_device_stop_queue(&fake.device, 1);
	cr_assert_leq(vd_device_state_size(&fake.device), sizeof(buf));
	len = vd_device_save(&fake.device, buf, sizeof(buf));
	cr_assert_eq(vd_device_load(&fake.device, buf, len), 0);
	cr_assert_eq(fake.n_resets, 1);
	buf[0] ^= 1;
	cr_assert_lt(vd_device_load(&fake.device, buf, len), 0);
}

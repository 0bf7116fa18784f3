/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Records of requests under way that somebody has tampered with.
 */

#include "tests/inflight-test.h"

TestSuite(inflight_records, .init = setup, .timeout = 250);

static const uint16_t boundaries[] = {
	0, 1, RING_SIZE - 1, RING_SIZE, RING_SIZE + 1, 0x7fff, 0x8000, 0xffff
};

/* Whatever it says: it is refused, or so many chains come and no more. */
static void expect_containment(void)
{
	struct vd_virtqueue *victim;
	struct vd_chain *chain;
	int r, n = 0;

	cr_assert_eq(vd_virtqueue_new(&host, &victim), 0);
	r = vd_virtqueue_start(victim, &config);
	if (r < 0) {
		cr_assert_eq(r, -EBADMSG);
		vd_virtqueue_free(victim);
		return;
	}

	while (vd_queue_pop(vd_virtqueue_queue(victim), &chain) == 1) {
		vd_chain_complete(chain, 0);
		cr_assert_leq(++n, 2 * RING_SIZE);
	}
	vd_virtqueue_queue(victim)->ops->flush(vd_virtqueue_queue(victim));
	(void)vd_virtqueue_stop(victim);
	vd_virtqueue_free(victim);
}

ParameterizedTestParameters(inflight_records, survives_any_value_in_any_field)
{
	return cr_make_param_array(struct format, formats, 2);
}

ParameterizedTest(struct format *format, inflight_records,
		  survives_any_value_in_any_field)
{
	size_t bytes =
		vd_virtqueue_inflight_bytes(RECORD_SIZE, format->features);
	static struct arena killed;

	for (int operations = 3; operations <= 15; operations += 2) {
		open_ring(format->features);
		work_and_die(operations);
		find_base();
		killed = *arena;

		for (size_t at = 0; at < bytes; at += 2) {
			for (size_t i = 0; i < VD_ARRAY_SIZE(boundaries); i++) {
				*arena = killed;
				memcpy(arena->record + at, &boundaries[i], 2);
				expect_containment();
			}
		}
		close_ring();
	}
}

ParameterizedTestParameters(inflight_records, refuses_a_record_of_another_size)
{
	return cr_make_param_array(struct format, formats, 2);
}

ParameterizedTest(struct format *format, inflight_records,
		  refuses_a_record_of_another_size)
{
	open_ring(format->features);
	config.inflight_size = RING_SIZE - 1;
	cr_assert_eq(vd_virtqueue_start(vq, &config), -EINVAL);
	config.inflight_size = VD_VIRTQUEUE_MAX_SIZE + 1;
	cr_assert_eq(vd_virtqueue_start(vq, &config), -EINVAL);
	config.inflight_size = RECORD_SIZE;
	config.inflight = arena->record + 4;
	cr_assert_eq(vd_virtqueue_start(vq, &config), -EINVAL);
	config.inflight = arena->record;
	cr_assert_eq(vd_virtqueue_start(vq, &config), 0);
	config.inflight_size = RECORD_SIZE + 1;
	kill_virtqueue();
	cr_assert_eq(vd_virtqueue_start(vq, &config), -EBADMSG, "%s",
		     format->name);
	close_ring();
}

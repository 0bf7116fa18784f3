/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * All daemons, and front-ends whose messages mean them no good.  After each
 * attack the daemon lives, has no descriptor more than before, and serves a
 * guest that has been there all the time, and the next front-end.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemons/sandbox.h"
#include "fixture-request.h"
#include "hostile-message.h"
#include "virtio-devices/util.h"

static struct fixture fixture;
static struct guest guest;
static struct guest bystander;
static size_t type;
static size_t fds_before;

static void start(size_t device_type)
{
	type = device_type;
	device_start(&fixture, type, false);
	device_boot(&bystander, fixture.path[1], type);
	guest_request(&bystander, type);
	fds_before = fixture_count_fds(&fixture);
	device_boot(&guest, fixture.path[0], type);
	guest_request(&guest, type);
}

/* How far a front-end has come before it attacks. */
enum state {
	STATE_NEW,
	STATE_NEGOTIATED,
	STATE_WITH_MEMORY,
	STATE_RUNNING,
	STATE_STOPPED,
	N_STATES,
};

static void bring_to(enum state state)
{
	if (state == STATE_NEW) {
		guest = (struct guest){ 0 };
		cr_assert_eq(vhu_frontend_connect(fixture.path[0], 20000,
						  &guest.frontend),
			     0);
	} else if (state <= STATE_WITH_MEMORY) {
		guest_connect(&guest, fixture.path[0]);
	} else {
		device_boot(&guest, fixture.path[0], type);
	}

	if (state == STATE_WITH_MEMORY) {
		vhu_frontend_set_features(guest.frontend, ~0ULL);
		vhu_frontend_set_memory(guest.frontend, guest.memory);
	}
	if (state == STATE_STOPPED)
		vhu_frontend_stop_queue(guest.frontend, 0);
}

/* A new front-end for the guest, whatever has become of the last one. */
static void again(enum state state)
{
	guest_free(&guest);
	bring_to(state);
}

static void stop(void)
{
	printf("# %s: %zu messages\n", device_types[type].name, hostile_n_sent);
	guest_request(&bystander, type);
	guest_free(&guest);
	device_wait_fds(&fixture, fds_before);

	device_boot(&guest, fixture.path[0], type);
	guest_request(&guest, type);
	guest_free(&guest);
	guest_free(&bystander);
	fixture_stop(&fixture);
}

/* Messages are handled in the same way whatever the host is. */
static struct criterion_test_params each_type(void)
{
	static size_t types[8];
	size_t n = 0;

	for (size_t i = 0; i < n_device_types; i++) {
		if (!device_types[i].again)
			types[n++] = i;
	}

	return cr_make_param_array(size_t, types, n);
}

/* --- values and sizes ------------------------------------------------------ */

struct attack {
	size_t type;
	enum state state;
};

static struct criterion_test_params each_type_and_state(void)
{
	static struct attack attacks[8 * N_STATES];
	size_t n = 0;

	for (size_t i = 0; i < n_device_types; i++) {
		for (int state = 0; !device_types[i].again && state < N_STATES;
		     state++)
			attacks[n++] = (struct attack){ i, (enum state)state };
	}

	return cr_make_param_array(struct attack, attacks, n);
}

/* For messages that take a file; the guest's own memory is good for any. */
static void add_file(struct hostile *message)
{
	struct vhu_region region;
	int fds[VHU_MAX_TABLE];

	if (!message->n_fds)
		return;
	/* Who has a state read from its own end of the connection hears nothing. */
	if (guest.memory)
		vhu_guest_memory_table(guest.memory, &region, fds);
	else if (message->header.request == VHU_SET_DEVICE_STATE_FD)
		fds[0] = STDERR_FILENO;
	else
		fds[0] = vhu_frontend_fd(guest.frontend);
	message->fds[0] = fds[0];
}

static void try_value(uint32_t request, size_t offset, size_t width,
		      uint64_t value, enum state state)
{
	struct hostile message;

	hostile_init(&message, request, &guest);
	add_file(&message);
	memcpy(message.payload + offset, &value, width);
	if (!hostile_send(&guest, &message))
		again(state);
}

static void try_values(uint32_t request, enum state state)
{
	size_t size = hostile_right_size(request);

	for (size_t i = 0; i < n_hostile_values; i++) {
		for (size_t at = 0; at + 4 <= size && at < 12; at += 4)
			try_value(request, at, 4, hostile_values[i], state);
		for (size_t at = 0; at + 8 <= size; at += 8)
			try_value(request, at, 8, hostile_values[i], state);
	}
}

static void try_sizes(uint32_t request, enum state state)
{
	struct hostile message;

	for (size_t i = 0; i < n_hostile_sizes; i++) {
		for (int fill = 0; fill < 0x100; fill += 0xff) {
			hostile_init(&message, request, &guest);
			add_file(&message);
			message.header.size = hostile_sizes[i];
			memset(message.payload, fill, sizeof(message.payload));
			if (!hostile_send(&guest, &message))
				again(state);
		}
	}
}

ParameterizedTestParameters(hostile_messages, of_all_kinds_in_all_states)
{
	return each_type_and_state();
}

ParameterizedTest(struct attack *t, hostile_messages,
		  of_all_kinds_in_all_states, .timeout = 240)
{
	start(t->type);
	again(t->state);
	for (size_t i = 0; i < n_hostile_requests; i++) {
		try_values(hostile_requests[i], t->state);
		try_sizes(hostile_requests[i], t->state);
		guest_request(&bystander, type);
	}
	stop();
}

/* --- descriptors ----------------------------------------------------------- */

static void try_files(uint32_t request, unsigned int kind, size_t n,
		      enum state state)
{
	int fd = hostile_file(kind, vhu_frontend_fd(guest.frontend));
	struct hostile message;

	hostile_init(&message, request, &guest);
	for (size_t i = 0; i < n; i++)
		message.fds[i] = fd;
	message.n_fds = n;
	if (!hostile_send(&guest, &message))
		again(state);
	close(fd);
}

ParameterizedTestParameters(hostile_messages, with_files_of_all_kinds)
{
	return each_type();
}

ParameterizedTest(size_t *t, hostile_messages, with_files_of_all_kinds,
		  .timeout = 240)
{
	start(*t);
	for (size_t i = 0; i < n_hostile_requests; i++) {
		for (unsigned int kind = 0; kind < HOSTILE_N_FILES; kind++) {
			for (size_t n = 0; n <= 16; n += n < 2 ? 1 : 7)
				try_files(hostile_requests[i], kind, n,
					  STATE_RUNNING);
		}
		guest_request(&bystander, type);
	}
	stop();
}

ParameterizedTestParameters(hostile_messages, with_any_number_of_files)
{
	return each_type();
}

ParameterizedTest(size_t *t, hostile_messages, with_any_number_of_files,
		  .timeout = 240)
{
	start(*t);
	for (size_t i = 0; i < n_hostile_requests; i++) {
		for (size_t n = 0; n <= 16; n++)
			try_files(hostile_requests[i], 0, n, STATE_RUNNING);
		try_files(hostile_requests[i], 0, HOSTILE_MAX_FDS,
			  STATE_NEGOTIATED);
	}
	stop();
}

/* --- many of them ---------------------------------------------------------- */

#define MANY 5000

static void expect_little_growth(size_t before)
{
	/* A sanitizer keeps what was freed. */
	if (strcmp(SANDBOX_DEFAULT, "on") == 0)
		cr_assert_leq(fixture_memory(&fixture), before + 256);
}

ParameterizedTestParameters(hostile_messages, in_any_number_take_no_memory)
{
	return each_type();
}

ParameterizedTest(size_t *t, hostile_messages, in_any_number_take_no_memory,
		  .timeout = 240)
{
	static const uint32_t requests[] = {
		VHU_SET_MEM_TABLE,	VHU_SET_VRING_NUM,  VHU_SET_VRING_CALL,
		VHU_SET_VRING_ERR,	VHU_SET_VRING_KICK, VHU_SET_FEATURES,
		VHU_SET_BACKEND_REQ_FD, VHU_GET_CONFIG,
	};
	struct hostile message;
	size_t memory = 0;

	start(*t);
	for (size_t i = 0; i < VD_ARRAY_SIZE(requests); i++) {
		for (int k = 0; k < MANY; k++) {
			hostile_init(&message, requests[i], &guest);
			add_file(&message);
			if (!hostile_send(&guest, &message))
				again(STATE_RUNNING);
			if (k == MANY / 5)
				memory = fixture_memory(&fixture);
		}
		expect_little_growth(memory);
	}
	stop();
}

ParameterizedTestParameters(hostile_messages, by_any_number_of_front_ends)
{
	return each_type();
}

ParameterizedTest(size_t *t, hostile_messages, by_any_number_of_front_ends,
		  .timeout = 240)
{
	size_t memory = 0;

	start(*t);
	for (int i = 0; i < MANY / 10; i++) {
		again(i % N_STATES);
		/* As far as the last one comes: it has rings, as many have not. */
		if (i == MANY / 50 - 1)
			memory = fixture_memory(&fixture);
	}
	expect_little_growth(memory);
	stop();
}

/* --- slow ones ------------------------------------------------------------- */

ParameterizedTestParameters(hostile_messages, are_not_waited_for_half_way)
{
	return each_type();
}

ParameterizedTest(size_t *t, hostile_messages, are_not_waited_for_half_way,
		  .timeout = 120)
{
	static const uint8_t half[7] = { VHU_GET_FEATURES, 0, 0, 0, 1 };

	start(*t);
	cr_assert_eq(send(vhu_frontend_fd(guest.frontend), half, sizeof(half),
			  MSG_NOSIGNAL),
		     (ssize_t)sizeof(half));
	guest_request(&guest, type);
	guest_request(&bystander, type);
	guest_wait_hangup(&guest);
	again(STATE_RUNNING);
	stop();
}

/* Cut off behind each byte. */
ParameterizedTestParameters(hostile_messages, that_end_anywhere)
{
	return each_type();
}

ParameterizedTest(size_t *t, hostile_messages, that_end_anywhere,
		  .timeout = 240)
{
	struct hostile message;

	start(*t);
	for (uint32_t request = 1; request < VHU_N_REQUESTS; request++) {
		hostile_init(&message, request, &guest);
		for (size_t len = 0; len < 12 + message.header.size; len++) {
			again(len % 2 ? STATE_NEW : STATE_NEGOTIATED);
			(void)send(vhu_frontend_fd(guest.frontend), &message,
				   len, MSG_NOSIGNAL);
		}
	}
	stop();
}

ParameterizedTestParameters(hostile_messages, may_come_byte_by_byte)
{
	return each_type();
}

ParameterizedTest(size_t *t, hostile_messages, may_come_byte_by_byte)
{
	const struct vhu_header header = { VHU_GET_FEATURES, VHU_VERSION, 0 };
	struct vhu_message answer;

	start(*t);
	for (size_t i = 0; i < sizeof(header); i++)
		cr_assert_eq(send(vhu_frontend_fd(guest.frontend),
				  (const char *)&header + i, 1, MSG_NOSIGNAL),
			     1);
	cr_assert_eq(vhu_frontend_receive(guest.frontend, &answer), 0);
	cr_assert_eq(answer.header.request, VHU_GET_FEATURES);
	guest_request(&guest, type);
	stop();
}

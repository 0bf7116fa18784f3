/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What --vm can say, and what it cannot.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemons/vsock-config.h"
#include "virtio-devices/util.h"

#define OK "socket=/a,uds-path=/b"

static struct vsock_config config;

static int add(const char *text, struct options_error *error)
{
	return vsock_config_add_text(&config, text, true, error);
}

/* A guest that has to be right. */
static const struct vsock_vm *added(const char *text)
{
	struct options_error error;

	cr_assert_eq(add(text, &error), 0, "%s: %s", text, error.text);

	return config.vms[config.n - 1];
}

static void fini(void)
{
	vsock_config_fini(&config);
}

TestSuite(vsock_config, .fini = fini);

Test(vsock_config, has_the_defaults_of_the_program_it_replaces)
{
	const struct vsock_vm *vm = added("socket=/a,uds-path=/b");

	cr_assert_eq(vm->guest_cid, 3);
	cr_assert_eq(vm->queue_size, 1024);
	cr_assert_eq(vm->groups.n, 1);
	cr_assert_str_eq(vm->groups.items[0], "default");
	cr_assert_not(vm->forwards);
}

Test(vsock_config, takes_every_key)
{
	const struct vsock_vm *vm =
		added("guest-cid=4,socket=/a,uds-path=/b,tx-buffer-size=8192,"
		      "queue-size=256,groups=red+blue,max-connections=7,"
		      "port-map=22:/ssh+80:/web,allow-ports=22+1000-2000,"
		      "direction=connect-only");

	cr_assert_eq(vm->guest_cid, 4);
	cr_assert_str_eq(vm->values[VSOCK_SOCKET], "/a");
	cr_assert_str_eq(vm->values[VSOCK_UDS_PATH], "/b");
	cr_assert_eq(vm->tx_buffer_size, 8192);
	cr_assert_eq(vm->queue_size, 256);
	cr_assert_eq(vm->groups.n, 2);
	cr_assert_str_eq(vm->groups.items[1], "blue");
	cr_assert_eq(vm->max_connections, 7);
	cr_assert_str_eq(vb_vsock_port_path(&vm->port_map, 80), "/web");
	cr_assert_null(vb_vsock_port_path(&vm->port_map, 81));
	cr_assert_eq(vm->policy.direction, VB_VSOCK_CONNECT_ONLY);
}

Test(vsock_config, takes_underscores_for_dashes)
{
	const struct vsock_vm *vm =
		added("guest_cid=5,socket=/a,forward_cid=1,forward_listen=7+8");

	cr_assert_eq(vm->guest_cid, 5);
	cr_assert(vm->forwards);
	cr_assert_eq(vm->forward_cid, 1);
	cr_assert_eq(vm->forward_listen.n, 2);
	cr_assert_eq(vm->forward_listen.items[1], 8);
}

Test(vsock_config, takes_the_nearest_size_of_a_buffer_that_there_is)
{
	static const char other[] = "guest-cid=4,socket=/c,uds-path=/d,"
				    "tx-buffer-size=4294967295";

	cr_assert_eq(added(OK ",tx-buffer-size=4095")->tx_buffer_size, 4096);
	cr_assert_eq(added(other)->tx_buffer_size, 536870912);
}

Test(vsock_config, cuts_a_value_at_the_first_equals_sign_only)
{
	const struct vsock_vm *vm = added("socket=/a=b,uds-path=/c");

	cr_assert_str_eq(vm->values[VSOCK_SOCKET], "/a=b");
}

Test(vsock_config, needs_no_socket_where_one_is_passed)
{
	struct options_error error;

	cr_assert_eq(
		vsock_config_add_text(&config, "uds-path=/b", false, &error),
		0);
}

Test(vsock_config, tells_guests_with_other_settings_apart)
{
	const struct vsock_vm *a = added("guest-cid=3,socket=/a,uds-path=/b");
	const struct vsock_vm *b = added("guest-cid=4,socket=/c,uds-path=/d");

	cr_assert(vsock_vm_equal(a, a));
	cr_assert_not(vsock_vm_equal(a, b));
}

Test(vsock_policy, lets_a_guest_reach_every_port_unless_told_otherwise)
{
	const struct vsock_vm *vm = added("socket=/a,uds-path=/b");

	cr_assert(vb_vsock_may_connect(&vm->policy, 0));
	cr_assert(vb_vsock_may_connect(&vm->policy, UINT32_MAX - 1));
	cr_assert(vb_vsock_may_be_reached(&vm->policy));
}

Test(vsock_policy, lets_a_guest_reach_the_ports_that_are_allowed_only)
{
	const struct vsock_vm *vm =
		added("socket=/a,uds-path=/b,allow-ports=22+1000-2000");

	cr_assert(vb_vsock_may_connect(&vm->policy, 22));
	cr_assert(vb_vsock_may_connect(&vm->policy, 1000));
	cr_assert(vb_vsock_may_connect(&vm->policy, 2000));
	cr_assert_not(vb_vsock_may_connect(&vm->policy, 21));
	cr_assert_not(vb_vsock_may_connect(&vm->policy, 23));
	cr_assert_not(vb_vsock_may_connect(&vm->policy, 2001));
}

Test(vsock_policy, can_allow_no_port_at_all)
{
	const struct vsock_vm *vm =
		added("socket=/a,uds-path=/b,allow-ports=none");

	cr_assert_not(vb_vsock_may_connect(&vm->policy, 22));
}

Test(vsock_policy, can_be_one_way)
{
	const struct vsock_vm *listens = added(
		"guest-cid=3,socket=/a,uds-path=/b,direction=listen-only");
	const struct vsock_vm *connects =
		added("guest-cid=4,socket=/c,uds-path=/d,"
		      "direction=connect-only");

	cr_assert_not(vb_vsock_may_connect(&listens->policy, 22));
	cr_assert(vb_vsock_may_be_reached(&listens->policy));
	cr_assert(vb_vsock_may_connect(&connects->policy, 22));
	cr_assert_not(vb_vsock_may_be_reached(&connects->policy));
}

/* What is said, and what has to be in the message. */
struct bad_vm {
	char text[160];
	char message[80];
};

ParameterizedTestParameters(vsock_config, says_what_is_wrong)
{
	static struct bad_vm bad[] = {
		{ "", "'' is not KEY=VALUE" },
		{ "socket", "'socket' is not KEY=VALUE" },
		{ "colour=red",
		  "no key 'colour'; there are guest-cid, socket" },
		{ OK ",socket=/c", "socket is there twice" },
		{ OK ",uds_path=/c", "uds-path is there twice" },
		{ "uds-path=/b", "socket: missing" },
		{ "socket=/a", "uds-path: missing" },
		{ "socket=,uds-path=/b", "socket: a path is needed" },
		{ "socket=/a,uds-path=/a",
		  "uds-path: '/a' is the socket as well" },
		{ "socket=/b_seqpacket,uds-path=/b",
		  "socket: '/b_seqpacket' is what the uds-path of guest 3" },
		{ "socket=/b_22,uds-path=/b",
		  "socket: '/b_22' is what the uds-path of guest 3" },
		{ OK ",port-map=22:/b",
		  "port-map: the port 22 leads to '/b', which the uds-path" },
		{ OK ",port-map=1:/c+22:/a",
		  "port-map: the port 22 leads to '/a', which the socket" },
		{ OK ",forward-cid=1", "uds-path: excludes forward-cid" },
		{ OK ",forward-listen=1", "uds-path: excludes forward-cid" },
		{ "socket=/a,forward-listen=1",
		  "forward-listen: needs forward-cid" },
		{ "socket=/a,forward-cid=1,port-map=1:/a",
		  "port-map: leads to sockets in the file system" },
		{ OK ",guest-cid=0", "guest-cid: '0' is not a number from 3" },
		{ OK ",guest-cid=2", "guest-cid: '2' is not a number from 3" },
		{ OK ",guest-cid=4294967295", "from 3 to 4294967294" },
		{ OK ",guest-cid=99999999999999999999", "from 3 to" },
		{ OK ",guest-cid=-4", "guest-cid: '-4' is not a number" },
		{ OK ",guest-cid= 4", "guest-cid: ' 4' is not a number" },
		{ OK ",guest-cid=0x4", "guest-cid: '0x4' is not a number" },
		{ OK ",guest-cid=", "guest-cid: '' is not a number" },
		{ "socket=/a,forward-cid=0", "forward-cid: '0' is not" },
		{ "socket=/a,forward-cid=1,forward-listen=abc",
		  "forward-listen: 'abc' is not a number" },
		{ "socket=/a,forward-cid=1,forward-listen=1+1",
		  "forward-listen: the port 1 is there twice" },
		{ "socket=/a,forward-cid=1,forward-listen=1+",
		  "forward-listen: '' is not a number" },
		{ OK ",tx-buffer-size=4K", "tx-buffer-size: '4K' is not" },
		{ OK ",tx-buffer-size=4294967296", "from 0 to 4294967295" },
		{ OK ",queue-size=1000", "queue-size: '1000' is no power" },
		{ OK ",queue-size=65536", "queue-size: '65536' is not a" },
		{ OK ",groups=", "groups: a group without a name" },
		{ OK ",groups=a++b", "groups: a group without a name" },
		{ OK ",max-connections=0", "max-connections: '0' is not" },
		{ OK ",port-map=22", "port-map: '22' leads nowhere" },
		{ OK ",port-map=22:", "port-map: '22' leads nowhere" },
		{ OK ",port-map=x:/a", "port-map: 'x' is not a number" },
		{ OK ",port-map=1:/a+1:/b", "port-map: the port 1 is there" },
		{ OK ",allow-ports=9-1", "allow-ports: '9-1' has no ports" },
		{ OK ",allow-ports=1-", "allow-ports: '' is not a number" },
		{ OK ",allow-ports=4294967295", "from 0 to 4294967294" },
		{ OK ",direction=up", "direction: needs one of both, connect" },
	};

	return cr_make_param_array(struct bad_vm, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_vm *bad, vsock_config, says_what_is_wrong)
{
	struct options_error error = { 0 };

	cr_assert_eq(add(bad->text, &error), -EINVAL, "%s", bad->text);
	cr_assert(strstr(error.text, bad->message), "%s: %s, not '%s'",
		  bad->text, error.text, bad->message);
	cr_assert_eq(config.n, 0);
}

Test(vsock_config, refuses_a_path_that_is_too_long)
{
	struct options_error error = { 0 };
	char text[256];

	snprintf(text, sizeof(text), "socket=/a,uds-path=/%0*d", 95, 0);
	cr_assert_eq(add(text, &error), 0);

	/* One more, and the files of high ports would have no room. */
	snprintf(text, sizeof(text), "guest-cid=4,socket=/c,uds-path=/%0*d", 96,
		 0);
	cr_assert_eq(add(text, &error), -EINVAL);
	cr_assert(strstr(error.text, "it can have 96 bytes"), "%s", error.text);
}

struct clash {
	char text[80];
	char message[64];
};

ParameterizedTestParameters(vsock_config, refuses_what_another_guest_has)
{
	static struct clash clashes[] = {
		{ "guest-cid=3,socket=/c,uds-path=/d",
		  "guest-cid: another guest has 3" },
		{ "guest-cid=4,socket=/a,uds-path=/d",
		  "socket: '/a' is the socket of guest 3" },
		{ "guest-cid=4,socket=/c,uds-path=/b",
		  "uds-path: '/b' is the uds-path of guest 3" },
		{ "guest-cid=4,socket=/b,uds-path=/d",
		  "socket: '/b' is the uds-path of guest 3" },
		{ "guest-cid=4,socket=/c,uds-path=/b_4",
		  "uds-path: '/b_4' is what the uds-path of guest 3 becomes" },
		{ "guest-cid=4,socket=/b_seqpacket,uds-path=/d",
		  "socket: '/b_seqpacket' is what the uds-path of guest 3" },
		{ "guest-cid=4,socket=/c,uds-path=/d,port-map=1:/a",
		  "port-map: the port 1 leads to '/a', which the socket of" },
		{ "guest-cid=4,socket=/c,uds-path=/d,port-map=1:/b",
		  "port-map: the port 1 leads to '/b', which the uds-path of" },
	};

	return cr_make_param_array(struct clash, clashes,
				   VD_ARRAY_SIZE(clashes));
}

ParameterizedTest(struct clash *clash, vsock_config,
		  refuses_what_another_guest_has)
{
	struct options_error error = { 0 };

	added("socket=/a,uds-path=/b");
	cr_assert_eq(add(clash->text, &error), -EINVAL, "%s", clash->text);
	cr_assert(strstr(error.text, clash->message), "%s", error.text);
	cr_assert_eq(config.n, 1);
}

/* The other way round: it is the guest before that would reach the new one. */
ParameterizedTestParameters(vsock_config, refuses_what_another_guest_leads_to)
{
	static struct clash clashes[] = {
		{ "guest-cid=4,socket=/c,uds-path=/vm",
		  "uds-path: with a port or _seqpacket behind it, it is" },
		{ "guest-cid=4,socket=/web,uds-path=/d",
		  "socket: the port-map of guest 3 leads to '/web'" },
		{ "guest-cid=4,socket=/c,uds-path=/web",
		  "uds-path: the port-map of guest 3 leads to '/web'" },
	};

	return cr_make_param_array(struct clash, clashes,
				   VD_ARRAY_SIZE(clashes));
}

ParameterizedTest(struct clash *clash, vsock_config,
		  refuses_what_another_guest_leads_to)
{
	struct options_error error = { 0 };

	added("socket=/a,uds-path=/vm_4,port-map=80:/web");
	cr_assert_eq(add(clash->text, &error), -EINVAL, "%s", clash->text);
	cr_assert(strstr(error.text, clash->message), "%s", error.text);
	cr_assert_eq(config.n, 1);
}

Test(vsock_config, takes_paths_that_only_look_alike)
{
	added("guest-cid=3,socket=/a,uds-path=/vm3,port-map=22:/vm4_22");
	added("guest-cid=4,socket=/vm3_,uds-path=/vm4,port-map=22:/vm3_22");
	added("guest-cid=5,socket=/vm3_a,uds-path=/vm3_4x");
}

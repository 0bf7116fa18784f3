/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The file of --config: what it can say, and in which line it is wrong.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/log.h"
#include "daemons/vsock-yaml.h"
#include "virtio-devices/util.h"

static struct vsock_config config;

static void fini(void)
{
	vsock_config_fini(&config);
}

TestSuite(vsock_yaml, .fini = fini);

static void parse(const char *text)
{
	struct vsock_yaml_error error = { 0 };

	cr_assert_eq(
		vsock_yaml_parse(text, strlen(text), true, &config, &error), 0,
		"%zu: %s", error.line, error.what.text);
}

Test(vsock_yaml, takes_underscores_and_dashes)
{
	parse("vms:\n"
	      "    - guest_cid: 3\n"
	      "      socket: /tmp/vhost3.socket\n"
	      "      uds_path: /tmp/vm3.vsock\n"
	      "      tx_buffer_size: 65536\n"
	      "      queue_size: 1024\n"
	      "      groups: group1+groupA\n"
	      "    - guest-cid: 4\n"
	      "      socket: /tmp/vhost4.socket\n"
	      "      forward-cid: 1\n"
	      "      forward-listen: 9001+9002\n");

	cr_assert_eq(config.n, 2);
	cr_assert_eq(config.vms[0]->guest_cid, 3);
	cr_assert_str_eq(config.vms[0]->groups.items[1], "groupA");
	cr_assert_eq(config.vms[1]->forward_cid, 1);
	cr_assert_eq(config.vms[1]->forward_listen.items[1], 9002);
}

Test(vsock_yaml, takes_all_other_notations_of_yaml)
{
	parse("# one guest\n---\nvms: [{'guest-cid': \"3\", socket: '/a',\n"
	      "  port_map: \"22:/ssh\", uds-path: /b}]\n");

	cr_assert_eq(config.n, 1);
	cr_assert_str_eq(vb_vsock_port_path(&config.vms[0]->port_map, 22),
			 "/ssh");
}

/* A file, and where it is wrong. */
struct bad_file {
	char text[120];
	size_t line;
	char message[80];
};

#define VM "vms:\n - socket: /a\n   uds_path: /b\n"

ParameterizedTestParameters(vsock_yaml, says_where_it_is_wrong)
{
	static struct bad_file bad[] = {
		{ "", 0, "vms: missing" },
		{ "# nothing\n", 0, "vms: missing" },
		{ "3\n", 1, "vms: missing" },
		{ "\n- guest_cid: 3\n", 2, "vms: missing" },
		{ "\nguests:\n - guest_cid: 3\n", 2, "vms: missing" },
		{ "vms:\n", 1, "vms: a list of guests is needed" },
		{ "vms: []\n", 1, "vms: there are no guests" },
		{ "vms:\n  socket: /a\n", 2, "vms: a list of guests" },
		{ "vms:\n  - 3\n", 2, "vms: a guest has to be described" },
		{ "vms:\n\t- socket: /a\n", 2, "this is not YAML" },
		{ VM "  - x: [\n", 4, "this is not YAML" },
		{ VM "more: 1\n", 4, "beside 'vms' there can be nothing" },
		{ VM "   colour: red\n", 4, "there is no key 'colour'" },
		{ VM "   [a]: red\n", 4, "there is no key '?'" },
		{ VM "   groups:\n", 4, "groups: a single value is needed" },
		{ VM "   groups: [a, b]\n", 4, "groups: a single value" },
		{ VM "   uds-path: /c\n", 4, "uds-path is there twice" },
		{ VM "   guest_cid: 2\n", 4, "guest-cid: '2' is not a number" },
		{ VM "   guest_cid: three\n", 4, "guest-cid: 'three' is not" },
		{ VM "   guest_cid: ~\n", 4, "guest-cid: '~' is not a number" },
		{ VM "   direction: up\n", 4, "direction: needs one of" },
		{ VM "   forward_cid: 1\n", 3, "uds-path: excludes forward" },
		{ VM "\n # b\n - socket: /c\n", 6, "uds-path: missing" },
		{ VM " - socket: /c\n   uds_path: /d\n", 4,
		  "guest-cid: another guest has 3" },
		{ VM " - guest_cid: 4\n   uds_path: /d\n   socket: /b\n", 6,
		  "socket: '/b' is the uds-path of guest 3" },
		{ "vms:\n - &a\n   socket: /a\n - *a\n", 0, "alias" },
		{ "vms: \xff\xfe\n", 0, "this is not YAML" },
		{ VM "---\nvms:\n - socket: /c\n", 5, "a second document" },
		{ VM "---\n[\n", 6, "this is not YAML" },
		{ VM "   groups: \"a\\0b\"\n", 4, "groups: a single value" },
		{ VM "   \"groups\\0\": a\n", 4, "there is no key" },
	};

	return cr_make_param_array(struct bad_file, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_file *bad, vsock_yaml, says_where_it_is_wrong)
{
	struct vsock_yaml_error error = { 0 };

	cr_assert_eq(vsock_yaml_parse(bad->text, strlen(bad->text), true,
				      &config, &error),
		     -EINVAL, "%s", bad->text);
	cr_assert(strstr(error.what.text, bad->message), "%s: %s, not '%s'",
		  bad->text, error.what.text, bad->message);
	cr_assert_eq(error.line, bad->line, "%s: line %zu, not %zu", bad->text,
		     error.line, bad->line);
	cr_assert_eq(config.n, 0, "the result was touched");
}

Test(vsock_yaml, leaves_the_old_guests_alone_when_the_new_ones_are_wrong)
{
	struct vsock_yaml_error error = { 0 };
	static const char bad[] = VM "   guest_cid: 2\n";
	struct vsock_vm **vms;

	parse(VM);
	vms = config.vms;
	cr_assert_eq(vsock_yaml_parse(bad, strlen(bad), true, &config, &error),
		     -EINVAL);
	cr_assert_eq(config.vms, vms);
	cr_assert_eq(config.n, 1);
}

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

Test(vsock_yaml, is_read_from_a_file)
{
	char path[] = "/tmp/test-vsock-yaml.XXXXXX";

	write_file(path, VM);
	cr_assert_eq(vsock_yaml_load(path, true, &config), 0);
	cr_assert_eq(config.n, 1);
	unlink(path);
}

Test(vsock_yaml, has_a_file_that_is_there_and_of_reasonable_size)
{
	cr_assert_eq(vsock_yaml_load("/nowhere/vsock.yaml", true, &config),
		     -ENOENT);
	cr_assert_eq(vsock_yaml_load("/dev/zero", true, &config), -EFBIG);
	cr_assert_eq(vsock_yaml_load("/", true, &config), -EISDIR);
}

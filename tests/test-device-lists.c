/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The --device-list of the I2C and the GPIO daemon: what is understood, and
 * what is refused with a reason.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemons/gpio-list.h"
#include "daemons/i2c-list.h"
#include "virtio-devices/util.h"

static struct options_error error;

/* A parameter holds no pointers, so the text is in it. */
struct text {
	char text[40];
};

static struct i2c_list i2c;

static void parse_i2c(const char *text)
{
	cr_assert_eq(i2c_list_parse(text, &i2c, &error), 0, "%s: %s", text,
		     error.text);
}

static void free_i2c(void)
{
	i2c_list_fini(&i2c);
}

TestSuite(i2c_list, .fini = free_i2c);

Test(i2c_list, has_a_bus_with_clients)
{
	parse_i2c("1:32:21");

	cr_assert_eq(i2c.n_buses, 1);
	cr_assert_str_eq(i2c.buses[0], "1");
	cr_assert_eq(i2c.n_clients, 2);
	cr_assert_eq(i2c.clients[0].address, 32);
	cr_assert_eq(i2c.clients[1].address, 21);
	cr_assert_not(i2c.clients[0].ten_bit);
	cr_assert_not(i2c.clients[0].read_only);
}

Test(i2c_list, has_several_buses)
{
	parse_i2c("i915 gmbus dpd:32,3:10");

	cr_assert_eq(i2c.n_buses, 2);
	cr_assert_str_eq(i2c.buses[0], "i915 gmbus dpd");
	cr_assert_str_eq(i2c.buses[1], "3");
	cr_assert_eq(i2c.clients[0].bus, 0);
	cr_assert_eq(i2c.clients[1].bus, 1);
	cr_assert_eq(i2c.clients[1].address, 10);
}

Test(i2c_list, may_have_a_bus_without_clients)
{
	parse_i2c("/dev/i2c-3");

	cr_assert_str_eq(i2c.buses[0], "/dev/i2c-3");
	cr_assert_eq(i2c.n_clients, 0);
}

Test(i2c_list, has_hexadecimal_addresses)
{
	parse_i2c("1:0x50:0X2a");

	cr_assert_eq(i2c.clients[0].address, 0x50);
	cr_assert_eq(i2c.clients[1].address, 0x2a);
}

Test(i2c_list, has_decimal_addresses_that_begin_with_0)
{
	parse_i2c("1:010");
	cr_assert_eq(i2c.clients[0].address, 10);
}

Test(i2c_list, marks_clients_as_read_only)
{
	parse_i2c("1:32r:0x21r:34");

	cr_assert(i2c.clients[0].read_only);
	cr_assert(i2c.clients[1].read_only);
	cr_assert_eq(i2c.clients[1].address, 0x21);
	cr_assert_not(i2c.clients[2].read_only);
}

Test(i2c_list, tells_10_bits_from_7)
{
	parse_i2c("1:119:128:120t:0x3ff:5rt:6tr");

	cr_assert_eq(i2c.n_clients, 6);
	cr_assert_not(i2c.clients[0].ten_bit);
	cr_assert(i2c.clients[1].ten_bit);
	cr_assert(i2c.clients[2].ten_bit);
	cr_assert_eq(i2c.clients[3].address, 1023);
	cr_assert(i2c.clients[4].ten_bit && i2c.clients[4].read_only);
	cr_assert(i2c.clients[5].ten_bit && i2c.clients[5].read_only);
}

Test(i2c_list, takes_every_address_there_is)
{
	char text[8192] = "1";
	size_t n = 1;

	for (int i = 0; i < 120; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ":%d", i);
	for (int i = 0; i < 1024; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ":%dt", i);
	parse_i2c(text);

	cr_assert_eq(i2c.n_clients, I2C_LIST_MAX_CLIENTS);
}

ParameterizedTestParameters(i2c_list, refuses)
{
	static struct text bad[] = {
		{ "" },		  { ":32" },
		{ "1:32," },	  { ",1:32" },
		{ "1:" },	  { "1::32" },
		{ "1:32:" },	  { "1:x" },
		{ "1:0x" },	  { "1:0x0x10" },
		{ "1:1024" },	  { "1:0x400" },
		{ "1:-1" },	  { "1:+1" },
		{ "1: 1" },	  { "1:1 " },
		{ "1:5a" },	  { "1:a" },
		{ "1:r" },	  { "1:32w" },
		{ "1:0xg" },	  { "1:32:32" },
		{ "1:32:0x20" },  { "1:32r:32" },
		{ "1:200:200t" }, { "1:32,2:32" },
		{ "1:120" },	  { "1:0x7f" },
		{ "1:32,1:33" },  { "1:99999999999999999999999" },
	};

	return cr_make_param_array(struct text, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct text *bad, i2c_list, refuses)
{
	cr_assert_eq(i2c_list_parse(bad->text, &i2c, &error), -EINVAL, "'%s'",
		     bad->text);
	cr_assert_gt(strlen(error.text), 20, "'%s': %s", bad->text, error.text);
	cr_assert_null(strchr(error.text, '\n'));
}

Test(i2c_list, names_the_address_that_is_there_twice_and_its_buses)
{
	cr_assert_eq(i2c_list_parse("main:0x20,spare:32", &i2c, &error),
		     -EINVAL);
	cr_assert_not_null(strstr(error.text, "0x20"));
	cr_assert_not_null(strstr(error.text, "'main'"));
	cr_assert_not_null(strstr(error.text, "'spare'"));
}

Test(i2c_list, says_how_to_mark_an_address_of_10_bits)
{
	cr_assert_eq(i2c_list_parse("1:0x78", &i2c, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "'0x78'"));
	cr_assert_not_null(strstr(error.text, "'t'"));
}

Test(i2c_list, refuses_too_many_buses)
{
	char text[1024];
	size_t n = 0;

	for (int i = 0; i <= I2C_LIST_MAX_BUSES; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%d",
				      i ? "," : "", i);

	cr_assert_eq(i2c_list_parse(text, &i2c, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "64"));
	i2c_list_fini(&i2c);
	*strrchr(text, ',') = '\0';
	parse_i2c(text);
}

static struct gpio_list gpio;

static void parse_gpio(const char *text)
{
	cr_assert_eq(gpio_list_parse(text, &gpio, &error), 0, "%s: %s", text,
		     error.text);
}

static void free_gpio(void)
{
	gpio_list_fini(&gpio);
}

TestSuite(gpio_list, .fini = free_gpio);

Test(gpio_list, has_a_chip_for_each_guest)
{
	parse_gpio("0:pinctrl-bcm2711:/dev/gpiochip2");

	cr_assert_eq(gpio.n, 3);
	cr_assert_str_eq(gpio.chips[0].name, "0");
	cr_assert_str_eq(gpio.chips[1].name, "pinctrl-bcm2711");
	cr_assert_str_eq(gpio.chips[2].name, "/dev/gpiochip2");
	cr_assert_null(gpio.chips[0].offsets, "all lines");
}

Test(gpio_list, has_simulated_chips)
{
	parse_gpio("s8:s1:s65535");

	cr_assert_null(gpio.chips[0].name);
	cr_assert_eq(gpio.chips[0].n_lines, 8);
	cr_assert_not(gpio.chips[0].loop);
	cr_assert_eq(gpio.chips[1].n_lines, 1);
	cr_assert_eq(gpio.chips[2].n_lines, 65535);
}

Test(gpio_list, has_simulated_chips_with_wires)
{
	parse_gpio("s4=loop");

	cr_assert_null(gpio.chips[0].name);
	cr_assert_eq(gpio.chips[0].n_lines, 4);
	cr_assert(gpio.chips[0].loop);
}

Test(gpio_list, may_mix_them)
{
	parse_gpio("0:3:s4");

	cr_assert_eq(gpio.n, 3);
	cr_assert_str_eq(gpio.chips[1].name, "3");
	cr_assert_eq(gpio.chips[2].n_lines, 4);
}

Test(gpio_list, does_not_take_every_s_for_a_simulated_chip)
{
	parse_gpio("soc-gpio:s4x");

	cr_assert_str_eq(gpio.chips[0].name, "soc-gpio");
	cr_assert_str_eq(gpio.chips[1].name, "s4x");
}

Test(gpio_list, has_lines_of_a_chip_in_the_order_given)
{
	static const unsigned int lines[] = { 9, 10, 11, 12, 4, 7, 0 };

	parse_gpio("2[9-12,4,7-7,0]");

	cr_assert_str_eq(gpio.chips[0].name, "2");
	cr_assert_eq(gpio.chips[0].n_offsets, VD_ARRAY_SIZE(lines));
	cr_assert_arr_eq(gpio.chips[0].offsets, lines, sizeof(lines));
}

Test(gpio_list, shares_a_chip_between_guests)
{
	parse_gpio("2[0-3]:2[4-7]:3[0-3]");

	cr_assert_eq(gpio.n, 3);
	cr_assert_eq(gpio.chips[1].offsets[0], 4);
}

ParameterizedTestParameters(gpio_list, refuses)
{
	static struct text bad[] = {
		{ "" },		  { ":" },
		{ "0:" },	  { ":0" },
		{ "[1]" },	  { "2[" },
		{ "2[]" },	  { "2[1" },
		{ "2[1,]" },	  { "2[,1]" },
		{ "2[1-]" },	  { "2[-1]" },
		{ "2[3-1]" },	  { "2[1-2-3]" },
		{ "2[1;2]" },	  { "2[x]" },
		{ "2[ 1]" },	  { "2[1]x" },
		{ "2[1][2]" },	  { "2[1,1]" },
		{ "2[1-4,3]" },	  { "2[3,1-4]" },
		{ "2[65536]" },	  { "0:0" },
		{ "0:0[1]" },	  { "0[1]:0" },
		{ "0[1]:0[1]" },  { "0[1-4]:0[4]" },
		{ "2[0-65536]" }, { "2[99999999999999999999]" },
	};

	return cr_make_param_array(struct text, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct text *bad, gpio_list, refuses)
{
	cr_assert_eq(gpio_list_parse(bad->text, &gpio, &error), -EINVAL, "'%s'",
		     bad->text);
	cr_assert_gt(strlen(error.text), 20, "'%s': %s", bad->text, error.text);
	cr_assert_null(strchr(error.text, '\n'));
}

ParameterizedTestParameters(gpio_list, refuses_simulated_chips)
{
	static struct text bad[] = {
		{ "s0" },     { "s65536" },   { "s4=" },
		{ "s4=lop" }, { "s4=loop2" }, { "s4[1]" },
	};

	return cr_make_param_array(struct text, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct text *bad, gpio_list, refuses_simulated_chips)
{
	cr_assert_eq(gpio_list_parse(bad->text, &gpio, &error), -EINVAL, "'%s'",
		     bad->text);
	cr_assert_gt(strlen(error.text), 20, "'%s': %s", bad->text, error.text);
}

Test(gpio_list, names_the_line_that_two_guests_want)
{
	cr_assert_eq(gpio_list_parse("spare[0-5]:spare[5]", &gpio, &error),
		     -EINVAL);
	cr_assert_not_null(strstr(error.text, "line 5"));
	cr_assert_not_null(strstr(error.text, "'spare'"));
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages: what a line looks like, and how many a guest can cause.
 */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemons/log.h"
#include "tests/captured.h"
#include "virtio-devices/util.h"

#define SECOND VD_NSEC_PER_SEC

static void capture(void)
{
	capture_stderr();
	log_init("program");
}

static void set_journal(long long shift)
{
	char stream[64];
	struct stat st;

	cr_assert_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu",
		 (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + (unsigned long long)shift);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init("program");
}

TestSuite(log, .init = capture);

Test(log, names_program_level_and_guest)
{
	log_error("/run/x0", "it is %s", "broken");
	log_warning(NULL, "careful");
	log_info("/run/x0", "fine");
	cr_assert_str_eq(captured(), "program: error: /run/x0: it is broken\n"
				     "program: warning: careful\n"
				     "program: /run/x0: fine\n");
}

Test(log, gives_the_journal_priorities)
{
	set_journal(0);
	log_set_level(LOG_LEVEL_DEBUG);
	log_error("/run/x0", "one");
	log_warning(NULL, "two");
	log_info(NULL, "three");
	log_debug(NULL, "four");
	cr_assert_str_eq(captured(), "<3>/run/x0: one\n"
				     "<4>two\n"
				     "<6>three\n"
				     "<7>four\n");
}

Test(log, gives_no_priorities_if_the_journal_listens_elsewhere)
{
	set_journal(1);
	log_info(NULL, "three");
	cr_assert_str_eq(captured(), "program: three\n");
}

Test(log, does_not_trust_a_stream_that_makes_no_sense)
{
	setenv("JOURNAL_STREAM", "x:y", 1);
	log_init("program");
	log_info(NULL, "three");
	cr_assert_str_eq(captured(), "program: three\n");
}

Test(log, leaves_out_what_is_less_important)
{
	struct log_limit limit;

	log_limit_init(&limit);
	log_debug(NULL, "not by default");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning(NULL, "two");
	log_limited(&limit, 0, LOG_LEVEL_WARNING, NULL, "two");
	log_error(NULL, "one");
	cr_assert_str_eq(captured(), "program: error: one\n");
}

Test(log, writes_one_line_whatever_is_in_it)
{
	log_info("/run/a\nb", "c\033[1md\177");
	cr_assert_str_eq(captured(), "program: /run/a?b: c?[1md?\n");
}

Test(log, cuts_a_line_that_is_too_long)
{
	char long_text[4096];
	const char *text;

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	log_info(long_text, "%s", long_text);
	log_info(NULL, "%s", long_text);
	text = captured();
	cr_assert_eq(strcspn(text, "\n"), 1022);
	cr_assert_eq(strlen(text), 2046);
}

Test(log, limits_what_a_guest_can_cause)
{
	struct log_limit limit;
	const char *text;
	size_t lines = 0;

	log_limit_init(&limit);
	for (int i = 0; i < 1000; i++)
		log_limited(&limit, SECOND, LOG_LEVEL_INFO, "g", "again");

	text = captured();
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	cr_assert_eq(lines, 10);
	cr_assert_eq(limit.dropped, 990);
}

Test(log, says_how_much_was_left_out)
{
	struct log_limit limit;
	const char *text;

	log_limit_init(&limit);
	for (int i = 0; i < 15; i++)
		log_limited(&limit, SECOND, LOG_LEVEL_INFO, "g", "again");
	log_limited(&limit, 2 * SECOND, LOG_LEVEL_INFO, "g", "later");

	text = captured();
	cr_assert(strstr(text, "program: g: 5 messages were left out\n"
			       "program: g: later\n"));
	cr_assert_eq(limit.dropped, 0);
}

Test(log, does_not_let_one_guest_silence_another)
{
	struct log_limit noisy, quiet;

	log_limit_init(&noisy);
	log_limit_init(&quiet);
	for (int i = 0; i < 1000; i++)
		log_limited(&noisy, SECOND, LOG_LEVEL_INFO, "noisy", "again");
	log_limited(&quiet, SECOND, LOG_LEVEL_INFO, "quiet", "once");
	cr_assert(strstr(captured(), "program: quiet: once\n"));
}

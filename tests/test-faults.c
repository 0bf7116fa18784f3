/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A whole daemon, in a child, for which something cannot be had: memory, a
 * descriptor, a thread.  It fails once, or from some time on; for each call
 * that can fail, one after the other.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "daemons/daemon.h"
#include "faults-session.h"
#include "fixture-request.h"
#include "tests/faults.h"
#ifdef FAULTS_PULSE
#include "fixture-pulse.h"
#endif
#include "virtio-devices/util.h"

#define PATIENCE_MSEC 20000

/* What nobody can have forgotten to free, and nothing else. */
#define STATUS_LEAK 99

/* One that is ready answers at once. */
#define ANSWER_MSEC 200

static char dir[64], path[2][96], log_path[96];
static struct fixture fixture;
static size_t type;

/* Of a file that describes the guests, or empty. */
static char config_path[96];

/* Allocations that last as long as the program: what options were parsed to. */
static int lasting = INT_MAX;

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/vhd.XXXXXX");
	cr_assert(mkdtemp(dir));
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	for (int i = 0; i < 2; i++)
		snprintf(path[i], sizeof(path[i]), "%s/s%d", dir, i);
	while (strcmp(device_types[type].name, program.type) != 0 ||
	       device_types[type].again != FAULTS_AGAIN)
		cr_assert(++type < n_device_types);
	faults_init();
}

static void remove_dir(void)
{
	session_end();
	if (config_path[0])
		unlink(config_path);
	unlink(log_path);
	cr_assert_eq(rmdir(dir), 0, "something was left behind");
}

/* Nothing that is lost, in a build that can tell. */
static bool find_leaks(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __lsan_do_recoverable_leak_check();
#else
	return false;
#endif
}

static void get_args(struct device_args *args)
{
	device_args(type, dir, args);
	if (config_path[0])
		*args = (struct device_args){ .argv = { "--config",
							config_path } };
}

static void be_daemon(void)
{
	char *argv[16] = { (char *)(uintptr_t)program.name,
			   (char *)(uintptr_t) "--sandbox=off",
			   (char *)(uintptr_t) "--log-level=info" };
	int log = open(log_path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
	struct device_args args;
	int status;

	get_args(&args);
	for (size_t i = 0; args.argv[i]; i++)
		argv[3 + i] = (char *)(uintptr_t)args.argv[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, STDERR_FILENO);
	close(log);
	faults_apply_here();
	status = daemon_main(&program, argv);
	if (faults->live > lasting || find_leaks()) {
		fprintf(stderr, "%d pieces of memory were not freed\n",
			faults->live - lasting);
		status = STATUS_LEAK;
	}
	_exit(status);
}

static void start(void)
{
	fixture.pid = fork();
	cr_assert(fixture.pid >= 0);
	if (fixture.pid == 0)
		be_daemon();
}

static int ended(int flags)
{
	int status;

	if (waitpid(fixture.pid, &status, flags) == 0)
		return -1;

	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A socket is there before the daemon is ready; one that is answers. */
static bool answers(void)
{
	struct vhu_frontend *frontend;
	uint64_t features;
	int r;

	if (vhu_frontend_connect(path[1], ANSWER_MSEC, &frontend) < 0)
		return false;
	r = vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES, &features);
	vhu_frontend_free(frontend);

	return r == 0;
}

static const char *said(void)
{
	static char text[1000];
	FILE *file = fopen(log_path, "re");
	size_t n;

	cr_assert(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);

	return text;
}

/* It may not be able to say so. */
#define START_MSEC 2000

static bool has_started(int msec)
{
	const char *last = strstr(said(), path[1]);

	return msec >= START_MSEC || (last && strstr(last, "ready"));
}

/* Returns -1 once the daemon is ready, or its exit status. */
static int ready_or_has_ended(void)
{
	const struct timespec ts = { .tv_nsec = 1000000 };
	bool stays = faults->stays;

	for (int i = 0; i < PATIENCE_MSEC; i++) {
		int status = ended(WNOHANG);

		if (status >= 0)
			return status;
		/* What fails for ever has failed by now, or never will. */
		if (stays && has_started(i)) {
			faults_disarm();
			stays = false;
		}
		if (!stays && answers())
			return -1;
		nanosleep(&ts, NULL);
	}
	cr_assert_fail("the daemon does not answer");
	return -1;
}

static void expect_service(void)
{
	for (int i = 0; i < 2; i++) {
		struct guest guest;

		device_boot(&guest, path[i], type);
		guest_request(&guest, type);
		guest_free(&guest);
	}
}

static void end_daemon(unsigned int at)
{
	cr_assert_eq(kill(fixture.pid, SIGTERM), 0);
	cr_assert_eq(ended(0), 0, "call %u, %s: %s", at, faults->name, said());
}

/* How it is when there is all that there should be. */
static void learn(void)
{
	lasting = INT_MAX;
	start();
	cr_assert_eq(ready_or_has_ended(), -1, "%s", said());
	end_daemon(0);
	lasting = faults->live;
	cr_assert_leq(lasting, 4);
}

#ifdef FAULTS_PULSE
static struct pulse pulse;
#endif

/* gcovr wants each function in one place. */
static void start_host(void)
{
#ifdef FAULTS_PULSE
	pulse_init(&pulse);
	pulse_start(&pulse, PULSE_NULL_SINK);
#endif
}

static void stop_host(void)
{
#ifdef FAULTS_PULSE
	pulse_fini(&pulse);
#endif
}

static void setup(void)
{
	start_host();
	make_dir();
	session_begin(dir);
	learn();
}

static void teardown(void)
{
	remove_dir();
	stop_host();
}

TestSuite(faults, .init = setup, .fini = teardown, .timeout = 240);

/* Returns false once there is no such call any more. */
static bool start_without(unsigned int at, bool stays)
{
	bool failed;
	int status;

	faults_arm(at, stays);
	start();
	status = ready_or_has_ended();
	failed = faults_disarm();
	if (status < 0) {
		expect_service();
		end_daemon(at);
	} else {
		cr_assert_eq(status, 1, "call %u, %s: status %d: %s", at,
			     faults->name, status, said());
		cr_assert(strstr(said(), "error: "),
			  "call %u, %s: nothing was said but: %s", at,
			  faults->name, said());
		cr_assert(access(path[0], F_OK) && access(path[1], F_OK),
			  "call %u, %s: a socket was left", at, faults->name);
	}

	return failed;
}

Test(faults, at_the_start_are_told_about_or_do_not_matter)
{
	unsigned int at = 0;

	while (start_without(at, false))
		at++;
	printf("# %s: %u calls at the start, each refused once\n", program.type,
	       at);
	cr_assert_gt(at, 20);
}

Test(faults, that_stay_from_the_start_do_no_more_harm)
{
	unsigned int at = 0;

	while (start_without(at, true) && at < 60)
		at++;
}

/* --- while there is a front-end -------------------------------------------- */

/* More calls than a session makes, in case that it never comes to its end. */
#define MAX_CALLS 500

static bool survive_one(unsigned int at, bool stays, struct guest *bystander)
{
	struct guest guest;
	bool failed;

	faults_arm(at, stays);
	session_try(type, dir);
	failed = faults_disarm();
	guest_request(bystander, type);
	device_boot(&guest, path[0], type);
	guest_request(&guest, type);
	guest_free(&guest);
	cr_assert_eq(ended(WNOHANG), -1, "call %u, %s: %s", at, faults->name,
		     said());

	return failed;
}

static void start_for_sessions(void)
{
	char fds[64];

	start();
	cr_assert_eq(ready_or_has_ended(), -1, "%s", said());
	expect_service();
	snprintf(fds, sizeof(fds), "/proc/%d/fd", fixture.pid);
	fixture.fds = opendir(fds);
}

static void survive(bool stays)
{
	struct guest bystander;
	unsigned int at = 0;
	size_t n_fds;

	start_for_sessions();
	device_boot(&bystander, path[1], type);
	guest_request(&bystander, type);
	n_fds = fixture_count_fds(&fixture);

	while (survive_one(at, stays, &bystander))
		cr_assert_lt(++at, MAX_CALLS);
	printf("# %s: %u calls in a session\n", program.type, at);
	device_wait_fds(&fixture, n_fds);
	guest_free(&bystander);
	closedir(fixture.fds);
	end_daemon(0);
}

Test(faults, in_a_session_end_it_at_the_most)
{
	survive(false);
}

Test(faults, that_stay_for_a_session_do_no_more_harm)
{
	survive(true);
}

#ifdef FAULTS_YAML

/* --- while a file is read -------------------------------------------------- */

static void write_config(int n_guests)
{
	FILE *file;

	snprintf(config_path, sizeof(config_path), "%s/config", dir);
	file = fopen(config_path, "we");
	cr_assert(file);
	fprintf(file, "vms:\n");
	for (int i = 0; i < n_guests; i++)
		fprintf(file,
			" - guest_cid: %d\n"
			"   socket: %s/s%d\n"
			"   uds-path: %s/v%d\n"
			"   groups: a+b\n"
			"   allow_ports: 0-100000+200000\n"
			"   port_map: 5:%s/map%d\n",
			3 + i, dir, i, dir, 3 + i, dir, i);
	fclose(file);
}

Test(faults, while_a_file_is_read_are_told_about_or_do_not_matter)
{
	unsigned int at = 0;

	write_config(2);
	learn();
	while (start_without(at, false))
		at++;
	printf("# %s: %u calls at the start with a file, each refused once\n",
	       program.type, at);
	cr_assert_gt(at, 50);
}

static size_t count_errors(void)
{
	size_t n = 0;

	for (const char *at = said(); (at = strstr(at, "error: ")); at++)
		n++;

	return n;
}

/* Until a third guest has a socket, or has none, or something else is said. */
static void read_again(int n_guests, size_t n_errors)
{
	const struct timespec ts = { .tv_nsec = 1000000 };
	char third[96];

	snprintf(third, sizeof(third), "%s/s2", dir);
	write_config(n_guests);
	cr_assert_eq(kill(fixture.pid, SIGHUP), 0);
	for (int i = 0; (access(third, F_OK) == 0) != (n_guests == 3); i++) {
		if (count_errors() > n_errors)
			return;
		cr_assert_lt(i, PATIENCE_MSEC, "call %u, %s", faults->at,
			     faults->name);
		nanosleep(&ts, NULL);
	}
}

static bool read_again_without(unsigned int at, struct guest *bystander)
{
	bool failed;

	cr_assert_eq(truncate(log_path, 0), 0);
	faults_arm(at, false);
	read_again(3, 0);
	failed = faults_disarm();
	cr_assert_eq(ended(WNOHANG), -1, "call %u, %s", at, faults->name);
	guest_request(bystander, type);

	/* And another time. */
	read_again(3, SIZE_MAX);
	read_again(2, SIZE_MAX);
	guest_request(bystander, type);

	return failed;
}

Test(faults, while_a_file_is_read_again_leave_the_guests_as_they_are)
{
	struct guest bystander;
	unsigned int at = 0;
	size_t n_fds;

	write_config(2);
	start_for_sessions();
	device_boot(&bystander, path[1], type);
	guest_request(&bystander, type);
	n_fds = fixture_count_fds(&fixture);
	while (read_again_without(at, &bystander))
		cr_assert_lt(++at, MAX_CALLS);
	printf("# %s: %u calls when a file is read again, each refused once\n",
	       program.type, at);
	cr_assert_gt(at, 50);
	device_wait_fds(&fixture, n_fds);
	guest_free(&bystander);
	closedir(fixture.fds);
	end_daemon(0);
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Nobody who connects here can keep the guest waiting: who does not read what
 * he has asked for is thrown out.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/gpio-sim.h"
#include "backends/loop.h"
#include "daemons/gpio-control.h"
#include "daemons/log.h"
#include "daemons/sockets.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/util.h"

/* Several may watch, and somebody pulls.  More are turned away. */
#define MAX_CLIENTS 8

/* The longest command has 12 bytes, and the longest answer not many more. */
#define MAX_COMMAND 32
#define MAX_ANSWER 64

/* When there are no descriptors left, try again after so long. */
#define RETRY (100 * VD_NSEC_PER_MSEC)

/**
 * struct client - a program that has connected
 * @control:  to whom
 * @source:   its connection; fd -1 while there is none
 * @watching: wants to be told of changes
 * @text:     a command, as far as it has come
 * @len:      of that
 */
struct client {
	struct gpio_control *control;
	struct vb_source source;
	bool watching;
	char text[MAX_COMMAND];
	size_t len;
};

/**
 * struct gpio_control - the socket
 * @backend:  the lines
 * @loop:     where it is served
 * @file:     where it is
 * @listener: takes clients
 * @retry:    when to listen again if accept() has failed
 * @clients:  the ones that are there
 */
struct gpio_control {
	struct vd_gpio_backend *backend;
	struct vb_loop *loop;
	struct socket_file file;
	struct vb_source listener;
	struct vb_timer retry;
	struct client clients[MAX_CLIENTS];
};

static void drop(struct client *client)
{
	if (client->source.fd < 0)
		return;

	vb_source_remove(&client->source);
	close(client->source.fd);
	client->source.fd = -1;
	client->watching = false;
	client->len = 0;
}

static void answer(struct client *client, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	n = write(client->source.fd, text, len);
	if (n == (ssize_t)len)
		return;

	log_debug(client->control->file.path,
		  "a program does not read what it has asked for");
	drop(client);
}

static void answer_state(struct client *client, uint16_t line)
{
	static const char *const directions[] = {
		[VD_GPIO_NONE] = "unused",
		[VD_GPIO_OUTPUT] = "output",
		[VD_GPIO_INPUT] = "input",
	};
	struct vd_gpio_backend *backend = client->control->backend;
	char text[MAX_ANSWER];

	snprintf(text, sizeof(text), "%u %s %d\n", line,
		 directions[backend->ops->get_direction(backend, line)],
		 backend->ops->get_value(backend, line));
	answer(client, text);
}

/* One line of text without its end; cannot be longer than MAX_COMMAND. */
static void execute(struct client *client, const char *command)
{
	struct vd_gpio_backend *backend = client->control->backend;
	unsigned int line = 0, value = 0;
	int end = 0;

	if (strcmp(command, "watch") == 0) {
		client->watching = true;
		return;
	}

	if (sscanf(command, "get %5u%n", &line, &end) == 1 && !command[end]) {
		if (line < backend->n_lines)
			answer_state(client, (uint16_t)line);
		else
			answer(client, "error: there is no such line\n");
		return;
	}

	if (sscanf(command, "pull %5u %1u%n", &line, &value, &end) == 2 &&
	    !command[end] && value <= 1) {
		if (line < backend->n_lines)
			vb_gpio_sim_pull(backend, (uint16_t)line, value);
		else
			answer(client, "error: there is no such line\n");
		return;
	}

	answer(client, "error: say 'get LINE', 'pull LINE 0|1' or 'watch'\n");
}

/* Executes what is complete, and keeps the rest. */
static void execute_all(struct client *client)
{
	char *begin = client->text, *end;
	size_t left = client->len;

	while (client->source.fd >= 0 && (end = memchr(begin, '\n', left))) {
		*end++ = '\0';
		left -= (size_t)(end - begin);
		execute(client, begin);
		begin = end;
	}
	if (client->source.fd < 0)
		return;

	memmove(client->text, begin, left);
	client->len = left;
	if (left == sizeof(client->text)) {
		answer(client, "error: that is too long\n");
		drop(client);
	}
}

static void client_ready(struct vb_source *source, uint32_t events)
{
	struct client *client = container_of(source, struct client, source);
	ssize_t n;

	n = read(source->fd, client->text + client->len,
		 sizeof(client->text) - client->len);
	if (n < 0 && errno == EAGAIN)
		return;
	/* Who has no more to say may still listen. */
	if (n == 0 && client->watching && !(events & (EPOLLHUP | EPOLLERR))) {
		vb_source_change(source, 0);
		return;
	}
	if (n <= 0) {
		drop(client);
		return;
	}

	client->len += (size_t)n;
	execute_all(client);
}

static struct client *free_client(struct gpio_control *control)
{
	for (size_t i = 0; i < MAX_CLIENTS; i++) {
		if (control->clients[i].source.fd < 0)
			return &control->clients[i];
	}

	return NULL;
}

static void listen_later(struct gpio_control *control)
{
	vb_timer_set(control->loop, &control->retry,
		     vb_loop_now(control->loop) + RETRY);
}

static void listen_again(struct vb_timer *timer)
{
	struct gpio_control *control =
		container_of(timer, struct gpio_control, retry);

	if (vb_loop_watch(control->loop, &control->listener, EPOLLIN) < 0)
		listen_later(control);
}

static void listener_ready(struct vb_source *source, uint32_t events)
{
	struct gpio_control *control =
		container_of(source, struct gpio_control, listener);
	struct client *client = free_client(control);
	int fd;

	(void)events;

	fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		vb_source_remove(&control->listener);
		listen_later(control);
		return;
	}
	if (!client) {
		close(fd);
		return;
	}

	client->source.fd = fd;
	if (vb_loop_watch(control->loop, &client->source, EPOLLIN) < 0)
		drop(client);
}

static void line_changed(void *context, uint16_t line)
{
	struct gpio_control *control = context;

	for (size_t i = 0; i < MAX_CLIENTS; i++) {
		if (control->clients[i].watching)
			answer_state(&control->clients[i], line);
	}
}

static void control_free(void *context)
{
	struct gpio_control *control = context;

	for (size_t i = 0; i < MAX_CLIENTS; i++)
		drop(&control->clients[i]);
	vb_timer_cancel(&control->retry);
	vb_source_remove(&control->listener);
	socket_file_fini(&control->file);
	free(control);
}

int gpio_control_new(struct vb_loop *loop, struct vd_gpio_backend *backend,
		     const char *path)
{
	struct gpio_control *control = calloc(1, sizeof(*control));
	int r;

	if (!control)
		return -ENOMEM;

	control->backend = backend;
	control->loop = loop;
	control->retry.fire = listen_again;
	for (size_t i = 0; i < MAX_CLIENTS; i++) {
		control->clients[i].control = control;
		control->clients[i].source.fd = -1;
		control->clients[i].source.ready = client_ready;
	}

	r = socket_file_init(&control->file, path);
	if (r == 0) {
		control->listener.fd = control->file.fd;
		control->listener.ready = listener_ready;
		r = vb_loop_watch(loop, &control->listener, EPOLLIN);
	}
	if (r < 0) {
		control_free(control);
		return r;
	}

	vb_gpio_sim_observe(backend, &(struct vb_gpio_sim_observer){
					     .changed = line_changed,
					     .gone = control_free,
					     .context = control,
				     });

	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * One session after the other.  The listening socket is watched only while
 * there is room, so that others wait in its backlog at no cost.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/loop.h"
#include "vhost-user/server.h"
#include "virtio-devices/util.h"

/* When there are no descriptors left, or no memory, try again after so long. */
#define RETRY (100 * VD_NSEC_PER_MSEC)

/**
 * struct vhu_server - a device at a socket
 * @config:  as given
 * @loop:    its event loop
 * @device:  what is offered
 * @listener: fd -1 if we were given a connected socket
 * @session: with the front-end that is there, or NULL
 * @over:    its end has to be looked after
 * @retry:   when to listen again if that, or accept(), has failed
 */
struct vhu_server {
	struct vhu_server_config config;
	struct vb_loop *loop;
	struct vd_device *device;
	struct vb_source listener;
	struct vhu_session *session;
	struct vb_deferred over;
	struct vb_timer retry;
};

static void server_event(void *context, enum vhu_event event,
			 const char *detail)
{
	struct vhu_server *server = context;
	const struct vhu_session_config *config = &server->config.session;

	if (event == VHU_EVENT_CLAIMED)
		vb_source_remove(&server->listener);
	if (event == VHU_EVENT_ENDED)
		vb_defer(server->loop, &server->over);
	if (config->event)
		config->event(config->context, event, detail);
}

static void listen_later(struct vhu_server *server)
{
	vb_timer_set(server->loop, &server->retry,
		     vb_loop_now(server->loop) + RETRY);
}

static void listen_again(struct vhu_server *server)
{
	if (!server->listener.loop &&
	    vb_loop_watch(server->loop, &server->listener, EPOLLIN) < 0)
		listen_later(server);
}

static void retry(struct vb_timer *timer)
{
	listen_again(container_of(timer, struct vhu_server, retry));
}

/* Only after the session's own functions have returned. */
static void session_over(struct vb_deferred *deferred)
{
	struct vhu_server *server =
		container_of(deferred, struct vhu_server, over);

	vhu_session_free(VD_STEAL(server->session));

	if (server->listener.fd < 0) {
		if (server->config.ended)
			server->config.ended(server->config.context);
	} else {
		listen_again(server);
	}
}

static int serve(struct vhu_server *server, int fd)
{
	struct vhu_session_config config = server->config.session;

	/* Whoever inherited a connection ends with it. */
	if (server->listener.fd < 0)
		config.keeper = NULL;
	config.event = server_event;
	config.context = server;

	return vhu_session_new(server->loop, server->device, fd, &config,
			       &server->session);
}

/* Whoever is there has said nothing yet, or we would not be listening. */
static void listener_ready(struct vb_source *source, uint32_t events)
{
	struct vhu_server *server =
		container_of(source, struct vhu_server, listener);
	int fd;

	(void)events;

	fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		vb_source_remove(&server->listener);
		listen_later(server);
		return;
	}

	vb_deferred_cancel(&server->over);
	vhu_session_free(VD_STEAL(server->session));
	if (serve(server, fd) < 0)
		close(fd);
}

static int is_listening(int fd)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0)
		return -errno;

	return listening;
}

int vhu_server_new(struct vb_loop *loop, struct vd_device *device, int fd,
		   const struct vhu_server_config *config,
		   struct vhu_server **ret)
{
	struct vhu_server *server;
	int r;

	r = is_listening(fd);
	if (r < 0)
		return r;

	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;

	server->config = *config;
	server->loop = loop;
	server->device = device;
	server->listener.fd = r ? fd : -1;
	server->listener.ready = listener_ready;
	server->over.call = session_over;
	server->retry.fire = retry;

	if (r)
		r = vb_loop_watch(loop, &server->listener, EPOLLIN);
	else
		r = serve(server, fd);
	if (r < 0) {
		free(server);
		return r;
	}

	*ret = server;
	return 0;
}

int vhu_server_restore(struct vhu_server *server, int connection,
		       struct vhu_kept *kept)
{
	int r;

	if (server->listener.fd < 0) {
		close(connection);
		return -ENOTSUP;
	}

	vb_source_remove(&server->listener);
	r = serve(server, connection);
	if (r < 0) {
		(void)shutdown(connection, SHUT_RDWR);
		close(connection);
		listen_again(server);
		return r;
	}

	r = vhu_session_restore(server->session, kept);
	if (r < 0) {
		(void)shutdown(connection, SHUT_RDWR);
		vhu_session_free(VD_STEAL(server->session));
		listen_again(server);
	}

	return r;
}

void vhu_server_free(struct vhu_server *server)
{
	if (!server)
		return;

	vb_deferred_cancel(&server->over);
	vb_timer_cancel(&server->retry);
	vb_source_remove(&server->listener);
	vhu_session_free(server->session);
	if (server->listener.fd >= 0)
		close(server->listener.fd);
	free(server);
}

/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Descriptors of a front-end by which one side wakes the other: kick, call and
 * error descriptors, and those that a device's state travels through.  Not
 * installed.
 */

#ifndef VHOST_USER_NOTIFIER_H
#define VHOST_USER_NOTIFIER_H

struct vb_loop;

/**
 * vhu_notifier_accept() - take a front-end's descriptor for one
 * @fd:   becomes non-blocking if it is accepted
 * @loop: some loop, which is not changed
 *
 * Eventfds, pipes and sockets are accepted.  Not files, nor device files: who is
 * behind them may be a program that never answers, and what is written to them
 * may take our memory.  Nor the descriptor of epoll, which stands for any number of
 * others that would have to be looked at each time.
 *
 * Return: 0, -EINVAL if it is something else, or the error of statx().
 */
int vhu_notifier_accept(int fd, const struct vb_loop *loop);

/**
 * vhu_notifier_signal() - wake whoever is at the other end
 * @fd: was accepted
 *
 * A full descriptor has not been read: whoever has it will look.
 */
void vhu_notifier_signal(int fd);

#endif

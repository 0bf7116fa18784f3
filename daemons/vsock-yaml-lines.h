/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * In which line of a YAML file something is, and whether there is anything in
 * it that has no meaning to us.  The library that reads the values does not
 * say where they were.
 */

#ifndef DAEMONS_VSOCK_YAML_LINES_H
#define DAEMONS_VSOCK_YAML_LINES_H

#include <stddef.h>
#include <yaml.h>

#include "daemons/vsock-vm.h"
#include "daemons/vsock-yaml.h"

/**
 * yaml_lines_init() - find out where things are
 * @document: receives them
 * @text:     the text of the file
 * @len:      how many bytes
 * @error:    for -EINVAL
 *
 * Return: 0, -EINVAL if it is no YAML, or more than one document, or -ENOMEM.
 */
int yaml_lines_init(yaml_document_t *document, const char *text, size_t len,
		    struct vsock_yaml_error *error);

/**
 * yaml_lines_check() - is everything there that has to be, and nothing else?
 * @document: of yaml_lines_init()
 * @error:    for -EINVAL
 *
 * Return: 0 if there is a list of guests, each with keys that we know, none of
 *         them twice, and with simple values; or -EINVAL.
 */
int yaml_lines_check(yaml_document_t *document, struct vsock_yaml_error *error);

/**
 * yaml_lines_find() - where is a value of a guest?
 * @document: was checked
 * @vm:       which guest, from 0 on
 * @key:      which value
 *
 * Return: its line, or that of the guest if it has no such key.
 */
size_t yaml_lines_find(yaml_document_t *document, size_t vm,
		       enum vsock_key key);

#endif

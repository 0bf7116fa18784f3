/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * libcyaml reads the values, as strings: what they mean is vsock-vm.c's affair,
 * as it is for the command line.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/log.h"
#include "daemons/vsock-yaml.h"
#include "virtio-devices/util.h"

/* More than the greatest number of guests needs. */
#define MAX_FILE (4U << 20)

#ifdef HAVE_CYAML

#include <cyaml/cyaml.h>

#include "daemons/vsock-yaml-lines.h"

/* Each key has two spellings. */
enum spelling {
	DASHES,
	UNDERSCORES,
	N_SPELLINGS,
};

/**
 * struct yaml_vm - a guest, as it is in the file
 * @values: of each key, in either spelling; NULL where there is none
 */
struct yaml_vm {
	char *values[VSOCK_N_KEYS][N_SPELLINGS];
};

/**
 * struct yaml_config - the file
 * @vms:   the guests
 * @n_vms: how many
 */
struct yaml_config {
	struct yaml_vm *vms;
	unsigned int n_vms;
};

#define MAX_NAME 24

/**
 * struct schema - what may be in the file
 * @names:  the keys, with underscores
 * @fields: the keys of a guest; the last one is all zeroes
 * @vm:     a guest
 * @config_fields: the keys of the whole
 * @config: the whole
 */
struct schema {
	char names[VSOCK_N_KEYS][MAX_NAME];
	cyaml_schema_field_t fields[VSOCK_N_KEYS * N_SPELLINGS + 1];
	cyaml_schema_value_t vm;
	cyaml_schema_field_t config_fields[2];
	cyaml_schema_value_t config;
};

static void add_field(struct schema *schema, unsigned int key,
		      enum spelling spelling, const char *name)
{
	size_t at = key * N_SPELLINGS + spelling;

	schema->fields[at] = (cyaml_schema_field_t){
		.key = name,
		.data_offset = (uint32_t)(offsetof(struct yaml_vm, values) +
					  at * sizeof(char *)),
		.value = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER |
						      CYAML_FLAG_OPTIONAL,
					      char, 1, CYAML_UNLIMITED) },
	};
}

static void add_key(struct schema *schema, unsigned int key)
{
	const char *name = vsock_key_name((enum vsock_key)key);
	char *other = schema->names[key];

	snprintf(other, MAX_NAME, "%s", name);
	for (char *p = other; *p; p++) {
		if (*p == '-')
			*p = '_';
	}

	/* Of a key that is one word, the second spelling is never found. */
	add_field(schema, key, DASHES, name);
	add_field(schema, key, UNDERSCORES, other);
}

static void schema_init(struct schema *schema)
{
	*schema = (struct schema){
		.vm = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_vm,
					    schema->fields) },
		.config_fields = {
			CYAML_FIELD_SEQUENCE_COUNT("vms", CYAML_FLAG_POINTER,
						   struct yaml_config, vms,
						   n_vms, &schema->vm, 1,
						   CYAML_UNLIMITED),
		},
		.config = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER,
						struct yaml_config,
						schema->config_fields) },
	};
	for (unsigned int key = 0; key < VSOCK_N_KEYS; key++)
		add_key(schema, key);
}

static int set_values(struct vsock_vm *vm, const struct yaml_vm *values,
		      enum vsock_key *key, struct options_error *error)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < VSOCK_N_KEYS; i++) {
		for (size_t k = 0; r == 0 && k < N_SPELLINGS; k++) {
			*key = (enum vsock_key)i;
			if (values->values[i][k])
				r = vsock_vm_set(vm, *key, values->values[i][k],
						 error);
		}
	}

	return r;
}

static int add_vm(struct vsock_config *config, const struct yaml_vm *values,
		  bool need_socket, enum vsock_key *key,
		  struct options_error *error)
{
	VD_CLEANUP(vsock_vm_freep) struct vsock_vm *vm = NULL;
	int r;

	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return -ENOMEM;

	r = set_values(vm, values, key, error);
	if (r == 0)
		r = vsock_vm_complete(vm, need_socket, key, error);
	if (r == 0)
		r = vsock_config_add(config, &vm, key, error);

	return r;
}

static int add_vms(struct vsock_config *config, const struct yaml_config *yaml,
		   bool need_socket, yaml_document_t *document,
		   struct vsock_yaml_error *error)
{
	for (size_t i = 0; i < yaml->n_vms; i++) {
		enum vsock_key key = VSOCK_GUEST_CID;
		struct options_error reason;
		int r;

		r = add_vm(config, &yaml->vms[i], need_socket, &key, &reason);
		if (r == -EINVAL) {
			error->line = yaml_lines_find(document, i, key);
			options_fail(&error->what, "%s: %s",
				     vsock_key_name(key), reason.text);
		}
		if (r < 0)
			return r;
	}

	return 0;
}

static int load_values(const char *text, size_t len, bool need_socket,
		       yaml_document_t *document, struct vsock_config *ret,
		       struct vsock_yaml_error *error)
{
	const cyaml_config_t config = {
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	struct yaml_config *yaml = NULL;
	struct schema schema;
	cyaml_err_t status;
	int r;

	schema_init(&schema);
	status = cyaml_load_data((const uint8_t *)text, len, &config,
				 &schema.config, (cyaml_data_t **)&yaml, NULL);
	if (status == CYAML_ERR_OOM)
		return -ENOMEM;
	if (status != CYAML_OK) {
		error->line = 0;
		return options_fail(&error->what, "%s", cyaml_strerror(status));
	}

	r = add_vms(ret, yaml, need_socket, document, error);
	cyaml_free(&config, &schema.config, yaml, 0);

	return r;
}

int vsock_yaml_parse(const char *text, size_t len, bool need_socket,
		     struct vsock_config *ret, struct vsock_yaml_error *error)
{
	struct vsock_config config = { 0 };
	yaml_document_t document;
	int r;

	r = yaml_lines_init(&document, text, len, error);
	if (r < 0)
		return r;

	r = yaml_lines_check(&document, error);
	if (r == 0)
		r = load_values(text, len, need_socket, &document, &config,
				error);
	yaml_document_delete(&document);
	if (r < 0) {
		vsock_config_fini(&config);
		return r;
	}

	*ret = config;
	return 0;
}

#else

int vsock_yaml_parse(const char *text, size_t len, bool need_socket,
		     struct vsock_config *ret, struct vsock_yaml_error *error)
{
	(void)text;
	(void)len;
	(void)need_socket;
	(void)ret;
	(void)error;

	return -ENOTSUP;
}

#endif

/* Returns how many bytes there are, or a negative errno. */
static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, size - len);
		if (n < 0)
			return -errno;
		len += (size_t)n;
	} while (n > 0 && len < size);

	return len < size ? (ssize_t)len : -EFBIG;
}

/* Does not wait for somebody to open the other end of a FIFO. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;

	/* Who has opened it may still be writing. */
	(void)fcntl(fd, F_SETFL, O_RDONLY);

	return fd;
}

/* Not with stdio, which makes system calls that the sandbox has not. */
static ssize_t read_file(const char *path, char **ret)
{
	int fd = open_file(path);
	ssize_t len = -ENOMEM;
	char *text;

	if (fd < 0)
		return fd;

	text = malloc(MAX_FILE);
	if (text)
		len = read_all(fd, text, MAX_FILE);
	close(fd);
	if (len < 0) {
		free(text);
		return len;
	}

	*ret = text;
	return len;
}

static void complain(const char *path, int r,
		     const struct vsock_yaml_error *error)
{
	char where[256];

	snprintf(where, sizeof(where), "%s:%zu", path, error->line);
	if (r == -EINVAL)
		log_error(error->line ? where : path, "%s", error->what.text);
	else if (r == -ENOTSUP)
		log_error(path, "this program was built without libcyaml, and "
				"cannot read it; use '--vm'");
	else
		log_error(path, "cannot read this file: %s", strerror(-r));
}

int vsock_yaml_load(const char *path, bool need_socket,
		    struct vsock_config *ret)
{
	struct vsock_yaml_error error = { 0 };
	char *text = NULL;
	ssize_t len;
	int r;

	len = read_file(path, &text);
	r = (int)len;
	if (len >= 0)
		r = vsock_yaml_parse(text, (size_t)len, need_socket, ret,
				     &error);
	if (r < 0)
		complain(path, r, &error);
	free(text);

	return r;
}

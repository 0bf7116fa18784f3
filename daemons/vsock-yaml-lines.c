/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "daemons/vsock-yaml-lines.h"

static int fail(struct vsock_yaml_error *error, const yaml_node_t *node,
		const char *text)
{
	error->line = node ? node->start_mark.line + 1 : 0;

	return options_fail(&error->what, "%s", text);
}

static int syntax_error(const yaml_parser_t *parser,
			struct vsock_yaml_error *error)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;

	error->line = parser->error == YAML_READER_ERROR
			      ? 0
			      : parser->problem_mark.line + 1;

	return options_fail(&error->what, "this is not YAML: %s",
			    parser->problem);
}

/* Guests that are behind "---" would have no effect. */
static int check_end(yaml_parser_t *parser, struct vsock_yaml_error *error)
{
	const yaml_node_t *root;
	yaml_document_t more;
	int r = 0;

	if (!yaml_parser_load(parser, &more))
		return syntax_error(parser, error);

	root = yaml_document_get_root_node(&more);
	if (root)
		r = fail(error, root,
			 "a second document begins here; put all guests into "
			 "the list of the first");
	yaml_document_delete(&more);

	return r;
}

static int load(yaml_parser_t *parser, yaml_document_t *document,
		struct vsock_yaml_error *error)
{
	int r;

	if (!yaml_parser_load(parser, document))
		return syntax_error(parser, error);

	r = check_end(parser, error);
	if (r < 0)
		yaml_document_delete(document);

	return r;
}

int yaml_lines_init(yaml_document_t *document, const char *text, size_t len,
		    struct vsock_yaml_error *error)
{
	yaml_parser_t parser;
	int r;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;

	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	r = load(&parser, document, error);
	yaml_parser_delete(&parser);

	return r;
}

/* A value with a zero byte in it would be cut off there. */
static const char *scalar(const yaml_node_t *node)
{
	const char *value;

	if (!node || node->type != YAML_SCALAR_NODE)
		return NULL;
	value = (const char *)node->data.scalar.value;

	return strlen(value) == node->data.scalar.length ? value : NULL;
}

/* The value of the only key that the whole has. */
static yaml_node_t *find_list(yaml_document_t *document)
{
	yaml_node_t *root = yaml_document_get_root_node(document);
	yaml_node_pair_t *pair;
	const char *key;

	if (!root || root->type != YAML_MAPPING_NODE)
		return NULL;

	pair = root->data.mapping.pairs.start;
	if (pair == root->data.mapping.pairs.top)
		return NULL;
	key = scalar(yaml_document_get_node(document, pair->key));
	if (!key || strcmp(key, "vms") != 0)
		return NULL;

	return yaml_document_get_node(document, pair->value);
}

static int check_key(const yaml_node_t *node, enum vsock_key *ret,
		     struct vsock_yaml_error *error)
{
	const char *name = scalar(node);
	char keys[256];

	*ret = name ? vsock_key_find(name) : VSOCK_N_KEYS;
	if (*ret != VSOCK_N_KEYS)
		return 0;

	error->line = node->start_mark.line + 1;

	return options_fail(&error->what, "there is no key '%s'; there are %s",
			    name ? name : "?",
			    vsock_config_keys(keys, sizeof(keys)));
}

static int check_pair(yaml_document_t *document, const yaml_node_pair_t *pair,
		      unsigned int *seen, struct vsock_yaml_error *error)
{
	const yaml_node_t *node = yaml_document_get_node(document, pair->key);
	const char *value;
	enum vsock_key key;
	int r;

	r = check_key(node, &key, error);
	if (r < 0)
		return r;

	value = scalar(yaml_document_get_node(document, pair->value));
	error->line = node->start_mark.line + 1;
	if (!value || !value[0])
		return options_fail(&error->what,
				    "%s: a single value is needed",
				    vsock_key_name(key));
	if (*seen >> key & 1)
		return options_fail(&error->what,
				    "%s is there twice; leave one out",
				    vsock_key_name(key));
	*seen |= 1U << key;

	return 0;
}

static int check_vm(yaml_document_t *document, const yaml_node_t *vm,
		    struct vsock_yaml_error *error)
{
	unsigned int seen = 0;
	int r = 0;

	if (vm->type != YAML_MAPPING_NODE)
		return fail(error, vm,
			    "vms: a guest has to be described by keys and "
			    "values, as in '- guest_cid: 3'");

	for (yaml_node_pair_t *pair = vm->data.mapping.pairs.start;
	     r == 0 && pair < vm->data.mapping.pairs.top; pair++)
		r = check_pair(document, pair, &seen, error);

	return r;
}

int yaml_lines_check(yaml_document_t *document, struct vsock_yaml_error *error)
{
	const yaml_node_t *root = yaml_document_get_root_node(document);
	const yaml_node_t *list = find_list(document);
	int r = 0;

	if (!list)
		return fail(error, root,
			    "vms: missing; the file has to begin with "
			    "'vms:'");
	if (list->type != YAML_SEQUENCE_NODE)
		return fail(error, list,
			    "vms: a list of guests is needed; begin each with "
			    "a dash");
	if (list->data.sequence.items.start == list->data.sequence.items.top)
		return fail(error, list, "vms: there are no guests in it");
	if (root->data.mapping.pairs.top - root->data.mapping.pairs.start > 1)
		return fail(error,
			    yaml_document_get_node(
				    document,
				    root->data.mapping.pairs.start[1].key),
			    "beside 'vms' there can be nothing");

	for (yaml_node_item_t *item = list->data.sequence.items.start;
	     r == 0 && item < list->data.sequence.items.top; item++)
		r = check_vm(document, yaml_document_get_node(document, *item),
			     error);

	return r;
}

size_t yaml_lines_find(yaml_document_t *document, size_t vm, enum vsock_key key)
{
	const yaml_node_t *list = find_list(document);
	const yaml_node_t *node = yaml_document_get_node(
		document, list->data.sequence.items.start[vm]);

	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *at =
			yaml_document_get_node(document, pair->key);

		if (vsock_key_find(scalar(at)) == key)
			return at->start_mark.line + 1;
	}

	return node->start_mark.line + 1;
}

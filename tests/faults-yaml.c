/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/* What libcyaml and libyaml have to allocate; see faults.h. */

#include <cyaml/cyaml.h>
#include <yaml.h>

#include "tests/faults.h"

void *__real_cyaml_mem(void *context, void *p, size_t size);
void *__wrap_cyaml_mem(void *context, void *p, size_t size);
void *__wrap_cyaml_mem(void *context, void *p, size_t size)
{
	if (size > 0 && faults_fail("cyaml_mem"))
		return NULL;
	faults_count((size > 0) - (p != NULL));

	return __real_cyaml_mem(context, p, size);
}

int __real_yaml_parser_initialize(yaml_parser_t *parser);
int __wrap_yaml_parser_initialize(yaml_parser_t *parser);
int __wrap_yaml_parser_initialize(yaml_parser_t *parser)
{
	if (faults_fail("yaml_parser_initialize"))
		return 0;

	return __real_yaml_parser_initialize(parser);
}

int __real_yaml_parser_load(yaml_parser_t *parser, yaml_document_t *document);
int __wrap_yaml_parser_load(yaml_parser_t *parser, yaml_document_t *document);
int __wrap_yaml_parser_load(yaml_parser_t *parser, yaml_document_t *document)
{
	if (faults_fail("yaml_parser_load")) {
		parser->error = YAML_MEMORY_ERROR;
		return 0;
	}

	return __real_yaml_parser_load(parser, document);
}

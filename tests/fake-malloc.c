/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <stdbool.h>
#include <stdlib.h>

#include "tests/fake-malloc.h"

unsigned int fake_malloc_calls;
int fake_malloc_live;
unsigned int fake_malloc_lasts = UINT_MAX;

/* The linker finds these for us: calls of malloc() are calls of the former. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);

static bool there_is_some(void)
{
	fake_malloc_calls++;
	if (fake_malloc_lasts == UINT_MAX)
		return true;
	if (fake_malloc_lasts == 0)
		return false;

	fake_malloc_lasts--;

	return true;
}

static void *given(void *p)
{
	fake_malloc_live += p != NULL;

	return p;
}

void *__wrap_malloc(size_t size)
{
	return there_is_some() ? given(__real_malloc(size)) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return there_is_some() ? given(__real_calloc(n, size)) : NULL;
}

void *__wrap_realloc(void *p, size_t size)
{
	if (!there_is_some())
		return NULL;

	fake_malloc_live -= p != NULL;

	return given(__real_realloc(p, size));
}

void __wrap_free(void *p)
{
	fake_malloc_live -= p != NULL;
	__real_free(p);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_LOOK_FAILING_MALLOC_H
#define TESTS_UNIT_LOOK_FAILING_MALLOC_H
/* Allocators that fail when a test says so.  The linker puts them in the place of libc's
 * (--wrap, see NEEDS in tests.mk) in the one program that includes this. */
#include <stdbool.h>
#include <stddef.h>

static long allowed = -1;               /* how many go well; -1: all */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

/* Whether this one does. */
static bool fails(void)
{
	if (allowed < 0)
		return false;
	return !allowed || !allowed--;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

#endif

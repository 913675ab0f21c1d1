/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_PAGES_H
#define TESTS_PAGES_H
/* Which pages of memory are there.  Include it behind cmocka's header. */
#include <stdbool.h>
#include <sys/mman.h>
#include "tracer/ground/shared/older.h"
#include "tracer/ground/shared/page.h"

static inline size_t pages_there(const char *at, size_t pages)
{
	size_t n = 0;

	for (size_t i = 0; i < pages; i++) {
		unsigned char there;

		assert_int_equal(mincore((void *)(uintptr_t)(at + i * PAGE), PAGE, &there), 0);
		n += there & 1;
	}
	return n;
}

/* Whether the kernel finds pages that nobody wrote to, by looking at what it does for this
 * one: before 5.14 it refuses, and qemu's user mode says that it did it and does nothing. */
static inline bool pages_are_found(char *at)
{
	return madvise(at, PAGE, MADV_POPULATE_WRITE) == 0 && pages_there(at, 1) == 1;
}

#endif

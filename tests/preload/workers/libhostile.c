/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An allocator behind memtop that aborts when it is entered without having been
 * called by the program: that is, by the tracer from inside a hook.  Armed
 * with hostile_arm(); hostile_allow() permits one entry of this thread.
 */
#include <stddef.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *block);
void hostile_arm(int on);
void hostile_allow(void);

static int armed;
static _Thread_local int allowed __attribute__((tls_model("initial-exec")));

void hostile_arm(int on) { armed = on; }
void hostile_allow(void) { allowed = 1; }

static void enter(void)
{
	if (armed && !allowed)
		abort();
	allowed = 0;
}

void *malloc(size_t size)
{
	enter();
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	enter();
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	enter();
	return __libc_realloc(old, size);
}

void free(void *block)
{
	enter();
	__libc_free(block);
}

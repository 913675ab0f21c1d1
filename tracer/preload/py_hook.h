/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_PY_HOOK_H
#define TRACER_PRELOAD_PY_HOOK_H
/*
 * Between what is called by Python (py_hook.c) and what puts it there (py_install.c).
 */
#include <stddef.h>

#include "tracer/preload/hook_end.h"
#include "tracer/preload/py.h"
#include "tracer/preload/state.h"

/* Python.h's PyMemAllocatorEx, and its PyMemAllocatorDomain. */
struct py_allocator {
	void *context;
	void *(*malloc)(void *context, size_t size);
	void *(*calloc)(void *context, size_t count, size_t size);
	void *(*realloc)(void *context, void *old, size_t size);
	void (*free)(void *context, void *block);
};
enum { PY_RAW, PY_MEM, PY_OBJ, PY_DOMAINS };

/* The context of our allocators. */
struct py_wrapped {
	struct py_allocator behind;
	bool gil;                       /* it is called under that lock */
};
extern const struct py_allocator py_wrappers __attribute__((visibility("hidden")));

/* What is left to do at the first event that holds the GIL of a ready interpreter. */
extern bool py_settled __attribute__((visibility("hidden")));
void py_settle(void);

/* Counts the deaths of code objects from now on. */
void py_watch_code(uintptr_t type);

/* All of them are gone, and their type with them. */
void py_forget_code(void);

/* *word is 0 until the interpreter's end begins. */
void py_watch_end(const uintptr_t *word);

/* PyRefTracer. */
typedef int py_object_event(void *object, int event, void *data);
py_object_event *py_object_tracer(void);

#endif

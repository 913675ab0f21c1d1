/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_PYTHON_PY_ALLOCATOR_H
#define TRACER_PRELOAD_PYTHON_PY_ALLOCATOR_H
/* CPython's allocators as its headers lay them out, and what takes their place. */
#include <stdbool.h>
#include <stddef.h>

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
/* PyRefTracer. */
typedef int py_object_event(void *object, int event, void *data);

/* What is put into the interpreter.  Who calls py_start gives it: the hooks stand above
 * this room. */
struct py_hooks {
	struct py_allocator allocator;
	py_object_event *object_event;
};

#endif

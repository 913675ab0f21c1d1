/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_PYTHON_PY_AWAIT_H
#define TRACER_PRELOAD_PYTHON_PY_AWAIT_H
/*
 * Waiting for a thread that holds the GIL, in an interpreter that runs without our hooks.
 * Its tables of allocators may be replaced only by such a thread, which may call libc's
 * malloc rarely, as pymalloc has memory of its own.  But the words of a table that lead to
 * functions can be changed one by one at any moment, as long as the context beside them
 * stays: each function passes the call on with the context that it was given, so a thread
 * that has read the table halfway calls the right one either way.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tracer/preload/python/py_allocator.h"

/* Puts these functions into the tables of the domains `mem` and `object`.  `runtime` lies
 * in the interpreter's data, `version` is as in the layout, `get` is PyMem_GetAllocator.
 * False: the tables were not found, and are as they were. */
bool py_await_put(uintptr_t runtime, unsigned version, void (*get)(int, struct py_allocator *),
		  const struct py_allocator functions[PY_DOMAINS]);

/* Takes out those that are still there; in a thread that holds the GIL. */
void py_await_take_back(void);

/* What was in the domain's table before. */
const struct py_allocator *py_await_behind(int domain);

/* The interpreter and its tables are gone. */
void py_await_forget(void);

/* For who has called a tracer of this process, under the loader's lock: has the next call
 * of Python's allocators come to these functions, if there is an interpreter that runs
 * without hooks of ours.  They call py_awaited. */
void py_listen(uint32_t call, const struct py_allocator functions[PY_DOMAINS]);

/* From a hook: puts the true hooks in their place, if this thread holds the GIL. */
void py_awaited(void);

#endif

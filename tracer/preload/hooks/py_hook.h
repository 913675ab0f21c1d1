/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_PY_HOOK_H
#define TRACER_PRELOAD_HOOKS_PY_HOOK_H
/* The hooks that Python's allocators get: the way of its blocks into the ring. */
#include "tracer/preload/python/py_allocator.h"

extern const struct py_hooks py_hooks __attribute__((visibility("hidden")));

/* For py_listen: they wait for a thread that may put those hooks in. */
extern const struct py_allocator py_awaiting[PY_DOMAINS]
	__attribute__((visibility("hidden")));

/* To be called from the constructor, when the tracer is on: installs the hooks if Python
 * is in this image. */
void py_hook_start(void);

#endif

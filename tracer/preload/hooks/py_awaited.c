/* SPDX-License-Identifier: MIT */
/*
 * What stands in Python's tables of allocators from a call of the tracer's on, until a thread
 * that holds the GIL comes by (py_await.h).
 */
#include "tracer/preload/hooks/hook.h"
#include "tracer/preload/hooks/py_hook.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/python/py_await.h"

static NOINLINE void awaited(uintptr_t frame)
{
	if (hook_enter(frame, HOOK_RELEASES) != HOOK_IN)
		return;
	py_awaited();
	hook_leave();
}

static inline const struct py_allocator *behind(uintptr_t frame, int domain)
{
	if (!tracer_passes() && !py_is_here())
		awaited(frame);
	return py_await_behind(domain);
}

static void *mem_malloc(void *context, size_t size)
{
	return behind(HOOK_FRAME, PY_MEM)->malloc(context, size);
}

static void *mem_calloc(void *context, size_t count, size_t size)
{
	return behind(HOOK_FRAME, PY_MEM)->calloc(context, count, size);
}

static void *mem_realloc(void *context, void *old, size_t size)
{
	return behind(HOOK_FRAME, PY_MEM)->realloc(context, old, size);
}

static void mem_free(void *context, void *block)
{
	behind(HOOK_FRAME, PY_MEM)->free(context, block);
}

static void *obj_malloc(void *context, size_t size)
{
	return behind(HOOK_FRAME, PY_OBJ)->malloc(context, size);
}

static void *obj_calloc(void *context, size_t count, size_t size)
{
	return behind(HOOK_FRAME, PY_OBJ)->calloc(context, count, size);
}

static void *obj_realloc(void *context, void *old, size_t size)
{
	return behind(HOOK_FRAME, PY_OBJ)->realloc(context, old, size);
}

static void obj_free(void *context, void *block)
{
	behind(HOOK_FRAME, PY_OBJ)->free(context, block);
}

const struct py_allocator py_awaiting[PY_DOMAINS] = {
	[PY_MEM] = { NULL, mem_malloc, mem_calloc, mem_realloc, mem_free },
	[PY_OBJ] = { NULL, obj_malloc, obj_calloc, obj_realloc, obj_free },
};

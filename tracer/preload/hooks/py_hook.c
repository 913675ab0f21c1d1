/* SPDX-License-Identifier: MIT */
/*
 * What replaces CPython's allocators; py_install.c puts it there before the interpreter
 * begins.  Each wrapper is a hook like malloc's, with the block in Python's domain; what
 * the allocator behind it takes from malloc meanwhile belongs to that allocator.
 */
#include "tracer/preload/hooks/py_hook.h"

#include "tracer/preload/hooks/hook_end.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/hooks/record.h"
#include "tracer/preload/base/wanted.h"
#include "tracer/wire/call.h"
#include "tracer/ground/shared/attributes.h"

/* ---- the end of the interpreter ---------------------------------------- */

/* The first event after Py_Finalize began: memtop keeps this moment. */
static NOINLINE void tell_finalize(uintptr_t frame)
{
	struct wire_call record = {
		.head = {.bytes = sizeof(record), .detail = WIRE_CALL_FINALIZE},
	};
	if (hook_enter(frame, HOOK_RELEASES) != HOOK_IN)
		return;
	py_end_told();
	record.sequence = ++guard.thread->sequence;
	if (tracer_wanted())
		emit_record(guard.thread, WIRE_CALL, &record.head, NULL, 0);
	hook_leave();
}

/* ---- the wrappers ------------------------------------------------------ */

static inline void look_for_end(uintptr_t frame)
{
	if (UNLIKELY(*py.finalizing))
		tell_finalize(frame);
}

static inline void acquired(const struct py_wrapped *w, const void *block, uint64_t size)
{
	if (!hook_still_on()) {
		guard.frame = 0;
		return;
	}
	if (block)
		record_python(guard.thread, w->gil, block, size);
	if (UNLIKELY(!py.settled) && w->gil)
		py_settle();
	hook_leave();
}

static void *py_malloc(void *context, size_t size)
{
	struct py_wrapped *w = context;
	uintptr_t frame = HOOK_FRAME;
	void *block;
	look_for_end(frame);
	if (hook_enter(frame, HOOK_ACQUIRES) != HOOK_IN)
		return w->behind.malloc(w->behind.context, size);
	block = w->behind.malloc(w->behind.context, size);
	acquired(w, block, size);
	return block;
}

static void *py_calloc(void *context, size_t count, size_t size)
{
	struct py_wrapped *w = context;
	uintptr_t frame = HOOK_FRAME;
	void *block;
	look_for_end(frame);
	if (hook_enter(frame, HOOK_ACQUIRES) != HOOK_IN)
		return w->behind.calloc(w->behind.context, count, size);
	block = w->behind.calloc(w->behind.context, count, size);
	acquired(w, block, count * size);
	return block;
}

/* Unlike C's, it frees nothing when size is 0. */
static void *py_realloc(void *context, void *old, size_t size)
{
	struct py_wrapped *w = context;
	uintptr_t frame = HOOK_FRAME;
	look_for_end(frame);
	enum hook_place place = hook_moves(frame, WIRE_PYTHON, old);
	void *block = w->behind.realloc(w->behind.context, old, size);
	if (!block && place != HOOK_OUT)
		hook_not_moved(WIRE_PYTHON, old, false);
	if (place == HOOK_IN)
		acquired(w, block, size);
	return block;
}

static void py_free(void *context, void *block)
{
	struct py_wrapped *w = context;
	uintptr_t frame = HOOK_FRAME;
	look_for_end(frame);
	bool recorded = block && hook_release(frame, HOOK_RELEASES, WIRE_PYTHON, block);
	w->behind.free(w->behind.context, block);
	if (recorded)
		hook_leave();
}

/* ---- objects ----------------------------------------------------------- */

/* Returns the bytes of headers in front of an object of this type. */
static uintptr_t headers(uintptr_t type)
{
	enum { WEAKREFS = 1 << 3, DICT = 1 << 4, GC = 1 << 14, HEADER = 16 };
	uint64_t flags = *(const uint64_t *)(type + PY_TYPE_FLAGS);
	return (flags & GC ? HEADER : 0) + (flags & (WEAKREFS | DICT) ? HEADER : 0);
}

/*
 * From 3.13 on CPython reports each object that begins or ends.  One that begins in a
 * block that was not just allocated was kept for reuse, and counts as new all the same.
 */
static int object_event(void *object, int event, void *data)
{
	uintptr_t frame = HOOK_FRAME;
	(void)data;
	if (event != 0)                 /* PyRefTracer_CREATE */
		return 0;
	uintptr_t block = (uintptr_t)object - headers(*(uintptr_t *)((uintptr_t)object + PY_TYPE));
	if (LIKELY(guard.thread && guard.thread->fresh == block)) {
		guard.thread->fresh = 0;
		return 0;
	}
	if (hook_enter(frame, HOOK_ACQUIRES) != HOOK_IN)
		return 0;
	if (hook_still_on())
		record_again(guard.thread, (const void *)block);
	hook_leave();
	return 0;
}

/* ---- for py_install.c -------------------------------------------------- */

const struct py_hooks py_hooks = {
	.allocator = {NULL, py_malloc, py_calloc, py_realloc, py_free},
	.object_event = object_event,
};

void py_hook_start(void)
{
	if (!py_is_found() || hook_enter(HOOK_FRAME, HOOK_RELEASES) != HOOK_IN)
		return;
	py_start(&py_hooks);
	hook_leave();
}

/* SPDX-License-Identifier: MIT */
/*
 * CPython's allocators, wrapped by PyMem_SetAllocator before the interpreter
 * begins.  Each wrapper is a hook like malloc's, with the block in Python's domain:
 * what the allocator behind it takes from malloc meanwhile is its own.
 */
#include "tracer/preload/py_hook.h"

#include "tracer/preload/hook_end.h"
#include "tracer/preload/state.h"
#include "tracer/wire/call.h"

static const uintptr_t nothing;

/* Where _PyRuntime says that its end has begun; then &nothing. */
static const uintptr_t *finalizing = &nothing;
static void (*code_type_dies)(void *code);      /* PyCode_Type's own */

/* ---- the end of the interpreter ---------------------------------------- */

/* The first event after Py_Finalize began: memtop keeps this moment. */
static NOINLINE void tell_finalize(uintptr_t frame)
{
	struct wire_call record = {
		.head = {.bytes = sizeof(record), .detail = WIRE_CALL_FINALIZE},
	};
	if (hook_enter(frame, HOOK_RELEASES) != HOOK_IN)
		return;
	finalizing = &nothing;
	record.sequence = ++guard.thread->sequence;
	if (tracer_wanted())
		emit_record(guard.thread, WIRE_CALL, &record.head, NULL, 0);
	hook_leave();
}

/* ---- the wrappers ------------------------------------------------------ */

static inline void look_for_end(uintptr_t frame)
{
	if (UNLIKELY(*finalizing))
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
	if (UNLIKELY(!py_settled) && w->gil)
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
	if (place != HOOK_OUT)
		hook_moved(WIRE_PYTHON, old, block, false);
	if (place == HOOK_IN)
		acquired(w, block, size);
	return block;
}

static void py_free(void *context, void *block)
{
	struct py_wrapped *w = context;
	uintptr_t frame = HOOK_FRAME;
	look_for_end(frame);
	if (!block || hook_release(frame, WIRE_PYTHON, block) != HOOK_IN) {
		w->behind.free(w->behind.context, block);
		return;
	}
	w->behind.free(w->behind.context, block);
	hook_leave();
}

/* ---- code objects ------------------------------------------------------ */

static void code_dies(void *code)
{
	uint64_t place = (uintptr_t)code * UINT64_C(0x9e3779b97f4a7c15) >> (64 - PY_DEATH_BITS);
	atomic_fetch_add_explicit(&py.dead[place], 1, memory_order_relaxed);
	/* Pairs with the walk's load: the count above comes first. */
	atomic_fetch_add_explicit(&py.deaths, 1, memory_order_release);
	code_type_dies(code);
}

/* ---- objects ----------------------------------------------------------- */

/* Bytes of headers in front of an object of this type. */
static uintptr_t headers(uintptr_t type)
{
	enum { WEAKREFS = 1 << 3, DICT = 1 << 4, GC = 1 << 14, HEADER = 16 };
	uint64_t flags = *(const uint64_t *)(type + PY_TYPE_FLAGS);
	return (flags & GC ? HEADER : 0) + (flags & (WEAKREFS | DICT) ? HEADER : 0);
}

/*
 * From 3.13 on CPython tells of each object that begins or ends.  One that begins
 * in a block that was not just allocated was kept for use: it is new all the same.
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

const struct py_allocator py_wrappers = {NULL, py_malloc, py_calloc, py_realloc, py_free};

void py_watch_code(uintptr_t type)
{
	void (**slot)(void *) = (void (**)(void *))(type + PY_TYPE_DEALLOC);
	code_type_dies = *slot;
	*slot = code_dies;
}

void py_forget_code(void)
{
	finalizing = &nothing;
	for (unsigned i = 0; i < 1u << PY_DEATH_BITS; i++)
		atomic_fetch_add_explicit(&py.dead[i], 1, memory_order_relaxed);
	/* As in code_dies. */
	atomic_fetch_add_explicit(&py.deaths, 1, memory_order_release);
}

void py_watch_end(const uintptr_t *word) { finalizing = word; }

py_object_event *py_object_tracer(void) { return object_event; }

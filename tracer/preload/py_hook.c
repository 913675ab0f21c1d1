/* SPDX-License-Identifier: MIT */
/*
 * CPython's allocators, wrapped by PyMem_SetAllocator before the interpreter
 * begins.  Each wrapper is a hook like malloc's, with the block in Python's domain:
 * what the allocator behind it takes from malloc meanwhile is its own.
 */
#include "tracer/preload/py.h"

#include <dlfcn.h>
#include <stddef.h>

#include "tracer/preload/blob.h"
#include "tracer/preload/hook_end.h"
#include "tracer/preload/state.h"
#include "tracer/wire/call.h"

/* Python.h's PyMemAllocatorEx and PyMemAllocatorDomain. */
struct allocator {
	void *context;
	void *(*malloc)(void *context, size_t size);
	void *(*calloc)(void *context, size_t count, size_t size);
	void *(*realloc)(void *context, void *old, size_t size);
	void (*free)(void *context, void *block);
};
enum { RAW, MEM, OBJ, DOMAINS };

struct wrapped {
	struct allocator behind;
	bool gil;                       /* it is called under that lock */
};

struct py py;

static const uintptr_t nothing;

static struct {
	void (*get)(int domain, struct allocator *to);
	void (*set)(int domain, struct allocator *from);
	struct wrapped wrapped[DOMAINS];
	void (*code_dies)(void *code);  /* PyCode_Type's own */
	const uintptr_t *finalizing;    /* in _PyRuntime; then &nothing */
} hook = {.finalizing = &nothing};

void py_give_up(enum wire_python_state why)
{
	py.layout = NULL;
	atomic_store(&tracer.control->python_state, why);
}

/* ---- the end of the interpreter ---------------------------------------- */

/* The first event after Py_Finalize began: memtop keeps this moment. */
static NOINLINE void tell_finalize(uintptr_t frame)
{
	struct wire_call record = {
		.head = {.bytes = sizeof(record), .detail = WIRE_CALL_FINALIZE},
	};
	if (hook_enter(frame, HOOK_RELEASES) != HOOK_IN)
		return;
	hook.finalizing = &nothing;
	record.sequence = ++guard.thread->sequence;
	if (tracer_wanted())
		emit_record(guard.thread, WIRE_CALL, &record.head, NULL, 0);
	hook_leave();
}

/* ---- the wrappers ------------------------------------------------------ */

static inline void look_for_end(uintptr_t frame)
{
	if (UNLIKELY(*hook.finalizing))
		tell_finalize(frame);
}

static inline void acquired(const struct wrapped *w, const void *block, uint64_t size)
{
	if (!hook_still_on()) {
		guard.frame = 0;
		return;
	}
	if (block)
		emit_python(guard.thread, w->gil, block, size);
	hook_leave();
}

static void *py_malloc(void *context, size_t size)
{
	struct wrapped *w = context;
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
	struct wrapped *w = context;
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
	struct wrapped *w = context;
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
	struct wrapped *w = context;
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
	hook.code_dies(code);
}

/* ---- installing -------------------------------------------------------- */

static unsigned number(const char **text)
{
	unsigned value = 0;
	for (; **text >= '0' && **text <= '9' && value < 100; ++*text)
		value = 10 * value + (unsigned)(**text - '0');
	return value;
}

static bool has(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t i = 0;
		while (part[i] && text[i] == part[i])
			i++;
		if (!part[i])
			return true;
	}
	return false;
}

/* Py_GetVersion gives "3.11.2 (main, ...". */
static const struct py_layout *find_layout(void)
{
	const char *(*get)(void) = (const char *(*)(void))dlsym(RTLD_DEFAULT, "Py_GetVersion");
	const char *text = get ? get() : "";
	unsigned major = number(&text);
	text += *text == '.';
	unsigned version = major << 8 | number(&text);
	atomic_store(&tracer.control->python_version, version);
	if (has(text, "free-threading")) {
		py_give_up(WIRE_PYTHON_THREADED);
		return NULL;
	}
	return py_layout(version);
}

static const char *current_name(const struct py_layout *l)
{
	return l->version >= 0x30d ? "PyThreadState_GetUnchecked" : "_PyThreadState_UncheckedGet";
}

static bool find_symbols(const struct py_layout *l)
{
	py.current = (uintptr_t(*)(void))dlsym(RTLD_DEFAULT, current_name(l));
	py.own = (uintptr_t(*)(void))dlsym(RTLD_DEFAULT, "PyGILState_GetThisThreadState");
	py.code_type = (uintptr_t)dlsym(RTLD_DEFAULT, "PyCode_Type");
	py.text_type = (uintptr_t)dlsym(RTLD_DEFAULT, "PyUnicode_Type");
	py.bytes_type = (uintptr_t)dlsym(RTLD_DEFAULT, "PyBytes_Type");
	uintptr_t runtime = (uintptr_t)dlsym(RTLD_DEFAULT, "_PyRuntime");
	if (!py.current || !py.own || !py.code_type || !py.text_type || !py.bytes_type || !runtime)
		return false;
	hook.finalizing = (const uintptr_t *)(runtime + l->finalizing);
	if (*(const int *)(runtime + l->initialized))
		return false;
	return true;
}

static void wrap(void)
{
	for (int domain = RAW; domain < DOMAINS; domain++) {
		struct wrapped *w = &hook.wrapped[domain];
		struct allocator ours = {w, py_malloc, py_calloc, py_realloc, py_free};
		hook.get(domain, &w->behind);
		w->gil = domain != RAW;
		hook.set(domain, &ours);
	}
}

static void watch_code(void)
{
	void (**slot)(void *) = (void (**)(void *))(py.code_type + PY_TYPE_DEALLOC);
	hook.code_dies = *slot;
	*slot = code_dies;
}

bool py_look(void)
{
	if (tracer.control->python == WIRE_PYTHON_OFF)
		return false;
	hook.set = (void (*)(int, struct allocator *))dlsym(RTLD_DEFAULT, "PyMem_SetAllocator");
	hook.get = (void (*)(int, struct allocator *))dlsym(RTLD_DEFAULT, "PyMem_GetAllocator");
	return hook.set && hook.get;
}

void py_restart(void)
{
	if (hook.set && hook.get)
		tracer.control->nframe = tracer.control->python_nframe;
	if (!py.layout)
		return;
	blob_start();
	atomic_store(&tracer.control->python_version, py.layout->version);
	atomic_store(&tracer.control->python_state, WIRE_PYTHON_TRACED);
}

static void install(void)
{
	const struct py_layout *l = find_layout();
	if (!l || !find_symbols(l)) {
		if (atomic_load(&tracer.control->python_state) == WIRE_PYTHON_NONE)
			py_give_up(WIRE_PYTHON_UNKNOWN);
		return;
	}
	blob_start();
	watch_code();
	py.layout = l;
	atomic_store(&tracer.control->python_state, WIRE_PYTHON_TRACED);
	wrap();
}

void py_start(void)
{
	if (!hook.set || !hook.get || hook_enter(HOOK_FRAME, HOOK_RELEASES) != HOOK_IN)
		return;
	install();
	hook_leave();
}

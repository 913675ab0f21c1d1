/* SPDX-License-Identifier: MIT */
/*
 * Finding CPython and putting the hooks in, from the library's constructor: before
 * main, so before the first block.  The tables of allocators are data, and
 * PyMem_SetAllocator copies into them.
 *
 * PYTHONMALLOC, -X dev and a second Py_Initialize put other allocators there, each
 * before there is a thread state: then ours go around those again.  What stacks
 * on top of ours (tracemalloc, memray) is left alone.
 */
#include "tracer/preload/py_hook.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include "tracer/preload/blob.h"
#include "tracer/preload/module.h"

#define WRAPS 4                         /* times that ours go around others */

struct py py;
bool py_settled;

static struct {
	void (*get)(int domain, struct py_allocator *to);
	void (*set)(int domain, struct py_allocator *from);
	int (*is_initialized)(void);
	const char *(*version)(void);
	struct py_wrapped wrapped[WRAPS][PY_DOMAINS];
	unsigned wraps;
	const uintptr_t *slot;          /* where Python keeps the object domain's context ... */
	uintptr_t seen;                 /* ... which was this */
} install;

void py_give_up(enum wire_python_state why)
{
	py.layout = NULL;
	atomic_store(&tracer.control->python_state, why);
}

static unsigned number(const char **text)
{
	unsigned value = 0;
	for (; **text >= '0' && **text <= '9' && value < 100; ++*text)
		value = 10 * value + (unsigned)(**text - '0');
	return value;
}

/* Py_GetVersion gives "3.11.2 (main, ...". */
static enum wire_python_state find_layout(uintptr_t runtime, struct py_layout *to)
{
	const char *text = install.version();
	unsigned major = number(&text);
	text += *text == '.';
	unsigned version = major << 8 | number(&text);
	atomic_store(&tracer.control->python_version, version);
	return runtime ? py_layout(version, runtime, to) : WIRE_PYTHON_UNKNOWN;
}

/* Its size, by the dynamic symbol. */
static uintptr_t end_of(uintptr_t function)
{
	Dl_info info;
	const ElfW(Sym) *symbol = NULL;
	if (!dladdr1((void *)function, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol)
		return 0;
	return function + symbol->st_size;
}

static uintptr_t find(const char *name) { return (uintptr_t)dlsym(RTLD_DEFAULT, name); }

static bool find_symbols(const struct py_layout *l, uintptr_t runtime)
{
	py.current = (uintptr_t(*)(void))find(l->version >= 0x30d ? "PyThreadState_GetUnchecked"
								  : "_PyThreadState_UncheckedGet");
	py.own = (uintptr_t(*)(void))find("PyGILState_GetThisThreadState");
	install.is_initialized = (int (*)(void))find("Py_IsInitialized");
	py.code_type = find("PyCode_Type");
	py.text_type = find("PyUnicode_Type");
	py.bytes_type = find("PyBytes_Type");
	if (!py.current || !py.own || !install.is_initialized || !py.code_type ||
	    !py.text_type || !py.bytes_type)
		return false;
	py.thread_id = l->thread_id;
	py_watch_end((const uintptr_t *)(runtime + l->finalizing));
	if (l->version < 0x30a) {
		py.eval = find("_PyEval_EvalFrameDefault");
		py.eval_end = py.eval ? end_of(py.eval) : 0;
	}
	return true;
}

static void wrap_domain(int domain)
{
	struct py_wrapped *w = &install.wrapped[install.wraps - 1][domain];
	struct py_allocator ours = py_wrappers;
	install.get(domain, &w->behind);
	if (w->behind.malloc == ours.malloc)
		return;
	ours.context = w;
	w->gil = domain != PY_RAW;
	install.set(domain, &ours);
}

/* Contexts that stand nowhere in Python yet: one that does would go around itself. */
static bool take_contexts(void) { return install.wraps < WRAPS && ++install.wraps; }

static void wrap(void)
{
	if (!take_contexts())
		return;
	for (int domain = PY_RAW; domain < PY_DOMAINS; domain++)
		wrap_domain(domain);
	install.seen = (uintptr_t)&install.wrapped[install.wraps - 1][PY_OBJ];
}

/* ---- the slot ---------------------------------------------------------- */

static const uintptr_t *scan(const uintptr_t *at, const uintptr_t *end)
{
	for (; at + 1 < end; at++)
		if (at[0] == install.seen && at[1] == (uintptr_t)py_wrappers.malloc)
			return at;
	return NULL;
}

/* The word of Python's data that holds our context of the object domain. */
static const uintptr_t *find_slot(void)
{
	static char text[MAPS_TEXT];
	struct module_object object;
	struct cfi_object ranges;
	uintptr_t any = find("_PyRuntime");
	if (module_find(any, text, &object) != 0)
		return NULL;
	const ElfW(Ehdr) *elf = (const ElfW(Ehdr) *)object.start;
	const ElfW(Phdr) *h = (const ElfW(Phdr) *)(object.start + elf->e_phoff);
	module_cfi(&object, &ranges);
	if (ranges.ranges == 0)         /* its headers can't be read */
		return NULL;
	for (unsigned i = 0; i < elf->e_phnum; i++) {
		uintptr_t low = object.bias + h[i].p_vaddr;
		const uintptr_t *at = NULL;
		if (h[i].p_type == PT_LOAD && h[i].p_flags & PF_W)
			at = scan((const uintptr_t *)((low + 7) & ~UINT64_C(7)),
				  (const uintptr_t *)(low + h[i].p_memsz));
		if (at)
			return at;
	}
	return NULL;
}

/* Other allocators stand where ours did.  Before there is an interpreter that is
 * its own doing. */
NOINLINE static void rewrap(void)
{
	install.seen = *install.slot;
	if (!install.is_initialized() && !py.own())
		wrap();
}

void py_look_around(void)
{
	if (UNLIKELY(install.slot && *install.slot != install.seen))
		rewrap();
}

/* ---- a ready interpreter ----------------------------------------------- */

/* While it begins Python changes the raw domain's allocator back and forth. */
static void settle_raw(void)
{
	struct py_allocator raw, objects;
	install.get(PY_RAW, &raw);
	install.get(PY_OBJ, &objects);
	/* What stands on all three (tracemalloc by option) has ours behind it. */
	if (raw.malloc != py_wrappers.malloc && objects.malloc == py_wrappers.malloc &&
	    take_contexts())
		wrap_domain(PY_RAW);
}

void py_settle(void)
{
	if (!install.is_initialized())
		return;
	py_settled = true;
	settle_raw();
	if (py.layout && py.layout->version < 0x30d)
		return;
	py_object_event *(*get)(void **) = (py_object_event * (*)(void **)) find("PyRefTracer_GetTracer");
	int (*set)(py_object_event *, void *) =
		(int (*)(py_object_event *, void *))find("PyRefTracer_SetTracer");
	void *data;
	if (get && set && !get(&data))
		set(py_object_tracer(), NULL);
}

/* ---- the way in -------------------------------------------------------- */

bool py_look(void)
{
	if (tracer.control->python != WIRE_PYTHON_OFF)
		install.version = (const char *(*)(void))find("Py_GetVersion");
	if (!install.version)
		return false;
	install.set = (void (*)(int, struct py_allocator *))find("PyMem_SetAllocator");
	install.get = (void (*)(int, struct py_allocator *))find("PyMem_GetAllocator");
	return install.set && install.get;
}

void py_restart(void)
{
	if (install.set && install.get)
		tracer.control->nframe = tracer.control->python_nframe;
	if (!py.layout)
		return;
	blob_start();
	atomic_store(&py.module, 0);
	atomic_store(&tracer.control->python_version, py.layout->version);
	atomic_store(&tracer.control->python_state, WIRE_PYTHON_TRACED);
}

/* Finds all that is needed of it, or says what is in the way. */
static enum wire_python_state meet(struct py_layout *to)
{
	uintptr_t runtime = find("_PyRuntime");
	enum wire_python_state state = find_layout(runtime, to);
	if (state != WIRE_PYTHON_TRACED)
		return state;
	if (!install.set || !install.get || !find_symbols(to, runtime))
		return WIRE_PYTHON_UNKNOWN;
	return install.is_initialized() ? WIRE_PYTHON_LATE : WIRE_PYTHON_TRACED;
}

static void begin(void)
{
	static struct py_layout layout;
	enum wire_python_state state = meet(&layout);
	if (state != WIRE_PYTHON_TRACED) {
		py_give_up(state);
		return;
	}
	blob_start();
	py_watch_code(py.code_type);
	py.layout = &layout;
	atomic_store(&tracer.control->python_state, WIRE_PYTHON_TRACED);
	wrap();
	install.slot = find_slot();
}

void py_start(void)
{
	if (!install.version || hook_enter(HOOK_FRAME, HOOK_RELEASES) != HOOK_IN)
		return;
	begin();
	hook_leave();
}

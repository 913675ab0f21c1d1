/* SPDX-License-Identifier: MIT */
/*
 * Finds CPython and installs the hooks, from the library's constructor: before main, and
 * so before the first block.  The tables of allocators are data, into which
 * PyMem_SetAllocator copies.
 *
 * A libpython that dlopen brings is noticed when it first calls malloc, which
 * Py_Initialize does before anything else.
 *
 * PYTHONMALLOC, -X dev and a second Py_Initialize install other allocators, each before
 * there is a thread state: ours are then put around those again.  What is put around ours
 * (tracemalloc, memray) is left alone.
 */
#include "tracer/preload/python/py.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include "tracer/preload/base/clock.h"
#include "tracer/preload/segment/blob.h"
#include "tracer/preload/behind/elf.h"
#include "tracer/preload/base/memo.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/maps.h"
#include "tracer/preload/unwind/module.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/python/py_allocator.h"
#include "tracer/preload/python/py_await.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/base/affairs.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/ground/shared/attributes.h"

#define WRAPS 4                         /* times that ours go around others */
#define STRANGER_BITS 10                /* many libraries may call malloc in turn */

static const uintptr_t nothing;

struct py py = {.finalizing = &nothing};

static struct {
	const struct py_hooks *hooks;
	void (*get)(int domain, struct py_allocator *to);
	void (*set)(int domain, struct py_allocator *from);
	int (*is_initialized)(void);
	const char *(*version)(void);
	struct py_wrapped wrapped[WRAPS][PY_DOMAINS];
	unsigned wraps;
	/* PyRefTracer_GetTracer and _SetTracer, from 3.13 on. */
	py_object_event *(*get_event)(void **data);
	int (*set_event)(py_object_event *event, void *data);
	unsigned python;                /* its version, as in the layout; 0: not asked yet */
	enum wire_python_state ahead;   /* what py_look_ahead found */
	const uintptr_t *slot;          /* where Python keeps the object domain's context ... */
	uintptr_t seen;                 /* ... which was this */
	const struct link_map *from;    /* it came by dlopen */
	struct py_layout layout;
	uintptr_t runtime;              /* _PyRuntime */
	bool listening;                 /* its tables hold the functions of py_listen */
	_Atomic bool meeting;           /* one thread at a time */
	void (*code_type_dies)(void *code);     /* PyCode_Type's own */
	struct memo strangers[1u << STRANGER_BITS];     /* pages of code that is no Python */
} install;

void py_give_up(enum wire_python_state why)
{
	py.layout = NULL;
	py.looks = false;
	affairs_change();
	atomic_store(&tracer.control->python_state, why);
}

static unsigned py_install_number(const char **text)
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
	unsigned major = py_install_number(&text);
	text += *text == '.';
	install.python = major << 8 | py_install_number(&text);
	return runtime ? py_layout(install.python, runtime, to) : WIRE_PYTHON_UNKNOWN;
}

/* The symbol that `map` defines; 0: it does not. */
static uintptr_t defined_by(const struct link_map *map, const char *name, uint64_t *bytes)
{
	struct elf d = elf_read(map);
	const Elf64_Sym *s = elf_symbol(&d, name);
	*bytes = s ? s->st_size : 0;
	return s ? d.bias + s->st_value : 0;
}

static uintptr_t py_install_find(const char *name)
{
	uint64_t bytes;
	return install.from ? defined_by(install.from, name, &bytes)
			    : (uintptr_t)dlsym(RTLD_DEFAULT, name);
}

static void find_loop(void)
{
	const char *name = "_PyEval_EvalFrameDefault";
	uint64_t bytes;
	py.eval = py_install_find(name);
	py.eval_end = py.eval;
	if (py.eval && defined_by(elf_at(py.eval), name, &bytes))
		py.eval_end += bytes;
}

static bool find_symbols(const struct py_layout *l, uintptr_t runtime)
{
	py.current = (uintptr_t(*)(void))py_install_find(
		l->version >= 0x30d ? "PyThreadState_GetUnchecked"
				    : "_PyThreadState_UncheckedGet");
	py.own = (uintptr_t(*)(void))py_install_find("PyGILState_GetThisThreadState");
	install.is_initialized = (int (*)(void))py_install_find("Py_IsInitialized");
	py.code_type = py_install_find("PyCode_Type");
	py.text_type = py_install_find("PyUnicode_Type");
	py.bytes_type = py_install_find("PyBytes_Type");
	if (!py.current || !py.own || !install.is_initialized || !py.code_type ||
	    !py.text_type || !py.bytes_type)
		return false;
	py.thread_id = l->thread_id;
	py.finalizing = (const uintptr_t *)(runtime + l->finalizing);
	if (l->version < 0x30a)
		find_loop();
	if (l->version >= 0x30d) {
		install.get_event = (py_object_event *(*)(void **))py_install_find(
			"PyRefTracer_GetTracer");
		install.set_event = (int (*)(py_object_event *, void *))py_install_find(
			"PyRefTracer_SetTracer");
	}
	return true;
}

static void wrap_domain(int domain)
{
	struct py_wrapped *w = &install.wrapped[install.wraps - 1][domain];
	struct py_allocator ours = install.hooks->allocator;
	install.get(domain, &w->behind);
	if (w->behind.malloc == ours.malloc)
		return;
	ours.context = w;
	w->gil = domain != PY_RAW;
	install.set(domain, &ours);
}

/* Takes contexts that Python does not use yet, because one that is in use would end up
 * calling itself.  False: none is left. */
static bool take_contexts(void) { return install.wraps < WRAPS && ++install.wraps; }

static void py_install_wrap(void)
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
		if (at[0] == install.seen && at[1] == (uintptr_t)install.hooks->allocator.malloc)
			return at;
	return NULL;
}

/* The word of Python's data that holds our context of the object domain. */
static const uintptr_t *find_slot(void)
{
	static char text[MAPS_TEXT];
	struct module_object object;
	struct cfi_object ranges;
	uintptr_t any = py_install_find("_PyRuntime");
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

/* Other allocators have replaced ours.  Before there is an interpreter Python itself does
 * that, and ours are put around the new ones; later it is the program's choice. */
NOINLINE static void rewrap(void)
{
	install.seen = *install.slot;
	if (!install.is_initialized() && !py.own())
		py_install_wrap();
}

/* ---- code objects ------------------------------------------------------ */

static void code_dies(void *code)
{
	uint64_t place = (uintptr_t)code * UINT64_C(0x9e3779b97f4a7c15) >> (64 - PY_DEATH_BITS);
	atomic_fetch_add_explicit(&py.dead[place], 1, memory_order_relaxed);
	/* Pairs with the walk's load: the count above comes first. */
	atomic_fetch_add_explicit(&py.deaths, 1, memory_order_release);
	install.code_type_dies(code);
}

/* Counts the deaths of code objects from now on. */
static void watch_code(uintptr_t type)
{
	void (**slot)(void *) = (void (**)(void *))(type + PY_TYPE_DEALLOC);
	install.code_type_dies = *slot;
	*slot = code_dies;
}

/* All of them are gone, and their type with them. */
static void forget_code(void)
{
	py.finalizing = &nothing;
	for (unsigned i = 0; i < 1u << PY_DEATH_BITS; i++)
		atomic_fetch_add_explicit(&py.dead[i], 1, memory_order_relaxed);
	/* As in code_dies. */
	atomic_fetch_add_explicit(&py.deaths, 1, memory_order_release);
}

/* The library that came by dlopen is gone. */
static void forget_interpreter(void)
{
	py.layout = NULL;
	affairs_change();
	forget_code();
	atomic_store(&py.module, 0);
	py.eval = 0;
	py.settled = false;
	install.from = NULL;
	install.slot = NULL;
	install.wraps = 0;
	install.version = NULL;
	install.ahead = WIRE_PYTHON_NONE;
	install.listening = false;
	py_await_forget();
}

/* ---- a ready interpreter ----------------------------------------------- */

/* While it begins Python changes the raw domain's allocator back and forth. */
static void settle_raw(void)
{
	struct py_allocator ours = install.hooks->allocator, raw, objects;
	install.get(PY_RAW, &raw);
	install.get(PY_OBJ, &objects);
	/* Whatever is around all three domains (tracemalloc, by option) has ours behind
	 * it. */
	if (raw.malloc != ours.malloc && objects.malloc == ours.malloc &&
	    take_contexts())
		wrap_domain(PY_RAW);
}

void py_end_told(void) { py.finalizing = &nothing; }

/* From 3.13 on, asks to be told of objects, if nobody else does. */
static void settle_objects(void)
{
	void *data;
	if (install.get_event && install.set_event && !install.get_event(&data))
		install.set_event(install.hooks->object_event, NULL);
}

void py_settle(void)
{
	if (!install.is_initialized())
		return;
	py.settled = true;
	settle_raw();
	settle_objects();
}

/* ---- the way in -------------------------------------------------------- */

static bool py_install_find_entry(void)
{
	install.version = (const char *(*)(void))py_install_find("Py_GetVersion");
	if (!install.version)
		return false;
	install.set = (void (*)(int, struct py_allocator *))py_install_find(
		"PyMem_SetAllocator");
	install.get = (void (*)(int, struct py_allocator *))py_install_find(
		"PyMem_GetAllocator");
	return install.set && install.get;
}

bool py_look(void)
{
	bool found = tracer.control->python != WIRE_PYTHON_OFF && py_install_find_entry();

	real_forget_error();
	return found;
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

/* Finds all that is needed of it, or returns what prevents that. */
static enum wire_python_state py_install_meet(struct py_layout *to)
{
	uintptr_t runtime = py_install_find("_PyRuntime");
	enum wire_python_state state = find_layout(runtime, to);
	install.runtime = runtime;
	if (state == WIRE_PYTHON_TRACED &&
	    (!install.set || !install.get || !find_symbols(to, runtime)))
		state = WIRE_PYTHON_UNKNOWN;
	return state;
}

/* From here on other threads read it. */
static void py_install_show(void)
{
	stack_keep_frames();
	/* Pairs with nothing but x86's order: what the layout leads to is there
	 * before. */
	atomic_signal_fence(memory_order_release);
	py.layout = &install.layout;
	py.looks = true;
	affairs_change();
}

static void py_install_begin(void)
{
	enum wire_python_state state = py_install_meet(&install.layout);
	atomic_store(&tracer.control->python_version, install.python);
	if (state == WIRE_PYTHON_TRACED && install.is_initialized())
		state = WIRE_PYTHON_LATE;
	if (state != WIRE_PYTHON_TRACED) {
		py_give_up(state);
		return;
	}
	blob_start();
	watch_code(py.code_type);
	py_install_wrap();
	install.slot = find_slot();
	py_install_show();
	atomic_store(&tracer.control->python_state, WIRE_PYTHON_TRACED);
}

bool py_is_found(void) { return install.version; }

void py_start(const struct py_hooks *hooks)
{
	install.hooks = hooks;
	py_install_begin();
}

/* ---- an interpreter that runs when the tracer wakes -------------------- */

#define WAIT_NANOSECONDS UINT64_C(2000000000)

void py_look_ahead(void)
{
	if (py_install_find_entry())
		install.ahead = py_install_meet(&install.layout);
	real_forget_error();
}

void py_offer(const struct py_hooks *hooks) { install.hooks = hooks; }

static bool can_be_caught(void)
{
	return install.hooks && !py.layout && install.ahead == WIRE_PYTHON_TRACED &&
	       install.is_initialized();
}

/* To 3.11 `current` is whichever thread's that holds the GIL, from 3.12 on this one's. */
static bool holds_gil(void)
{
	uintptr_t own = py.own();

	return own && own == py.current();
}

/* What the loader's list would say, without its lock.  Libraries may go meanwhile: only
 * those are looked at by whose name that one is an interpreter. */
static void look_at_piece(void *user, const struct maps_piece *piece)
{
	const struct link_map **last = user;
	const struct link_map *map = piece->python && !install.from ? elf_at(piece->start) : NULL;
	uint64_t bytes;

	if (map && map != *last && defined_by(map, "Py_GetVersion", &bytes))
		install.from = map;
	if (map)
		*last = map;
}

/* By dlopen an interpreter can have come and gone while nobody looked. */
static void look_for_opened(void)
{
	const struct link_map *last = NULL;

	if (install.from && elf_at((uintptr_t)install.version) != install.from)
		forget_interpreter();
	if (install.version || sys_closed() || maps_each(look_at_piece, &last) != 0 ||
	    !install.from)
		return;
	if (py_install_find_entry())
		install.ahead = py_install_meet(&install.layout);
	else
		install.from = NULL;
}

/* Once a call, by one thread; false: another does it. */
static bool has_looked(uint32_t call)
{
	static _Atomic uint32_t looked;

	if (atomic_load(&looked) == call)
		return true;
	if (atomic_exchange(&install.meeting, true))
		return false;
	if (atomic_load(&looked) != call)
		look_for_opened();
	atomic_store(&looked, call);
	atomic_store(&install.meeting, false);
	return true;
}

bool py_lets_wake(uint32_t call)
{
	static _Atomic uint64_t until;
	uint64_t end, now;

	if (!has_looked(call))
		return false;
	if (!can_be_caught() || install.listening || holds_gil()) {
		atomic_store(&until, 0);
		return true;
	}
	now = clock_nanoseconds();
	end = atomic_load(&until);
	if (!end)
		atomic_store(&until, now + WAIT_NANOSECONDS);
	if (!end || now < end)
		return false;
	atomic_store(&until, 0);
	return true;
}

bool py_woken(void)
{
	if (tracer.control->python == WIRE_PYTHON_OFF || !install.version)
		return false;
	if (py.layout) {
		py_restart();
		return true;
	}
	atomic_store(&tracer.control->python_version, install.python);
	atomic_store(&tracer.control->python_state,
		     install.ahead == WIRE_PYTHON_TRACED ? WIRE_PYTHON_LATE : install.ahead);
	return true;
}

void py_listen(uint32_t call, const struct py_allocator functions[PY_DOMAINS])
{
	if (has_looked(call) && can_be_caught() && !install.listening)
		install.listening = py_await_put(install.runtime, install.python, install.get,
						 functions);
}

/* The raw domain is left as it is: threads use it that do not hold the GIL, and would see
 * it half changed.  Its blocks are malloc's. */
static void py_install_catch(void)
{
	if (tracer.control->python == WIRE_PYTHON_OFF || !can_be_caught() || !take_contexts())
		return;
	blob_start();
	watch_code(py.code_type);
	wrap_domain(PY_MEM);
	wrap_domain(PY_OBJ);
	settle_objects();
	py.settled = true;
	py_install_show();
	atomic_store(&tracer.control->python_state, WIRE_PYTHON_TRACED);
}

/* Who is called by the functions of py_listen only passes by: a thread that has stopped to
 * do this for us may be about to read the very tables. */
void py_catch(void)
{
	if (!install.listening && install.ahead == WIRE_PYTHON_TRACED && holds_gil())
		py_install_catch();
}

void py_awaited(void)
{
	if (!install.listening || !holds_gil())
		return;
	install.listening = false;
	py_await_take_back();
	py_install_catch();
}

/* ---- by dlopen --------------------------------------------------------- */

/* Is it an interpreter that has just called malloc?  Each page of code is asked once. */
static NOINLINE void look_behind(uintptr_t ip)
{
	uint64_t page = ip >> 12, is;
	struct memo *memo = &install.strangers[memo_place(page, STRANGER_BITS)];
	if (memo_get(memo, page, &is) || atomic_exchange(&install.meeting, true))
		return;
	const struct link_map *map = elf_at(ip);
	if (!map || !defined_by(map, "Py_GetVersion", &is)) {
		memo_put(memo, page, 0);
	} else if (!install.version) {
		install.from = map;
		py_install_find_entry();
		py_install_begin();
	}
	atomic_store(&install.meeting, false);
}

void py_look_around(uintptr_t ip)
{
	if (UNLIKELY(!py.layout))
		look_behind(ip);
	else if (UNLIKELY(install.slot && *install.slot != install.seen))
		rewrap();
}

void py_opening(const struct py_hooks *hooks)
{
	install.hooks = hooks;
	if (install.version || tracer.control->python == WIRE_PYTHON_OFF)
		return;
	for (unsigned i = 0; i < 1u << STRANGER_BITS; i++)
		memo_clear(&install.strangers[i]);
	py.looks = true;
	affairs_change();
}

/* Nobody may call into it while it is unloaded, and nobody needs to afterwards. */
void py_closing(const void *handle)
{
	if (install.from && py.layout && (handle == install.from || !install.is_initialized())) {
		py.layout = NULL;
		py.looks = false;
		affairs_change();
	}
}

void py_closed(void)
{
	if (!install.from)
		return;
	if (elf_at((uintptr_t)install.version) == install.from) {
		if (atomic_load(&tracer.control->python_state) == WIRE_PYTHON_TRACED)
			py_install_show();
		return;
	}
	forget_interpreter();
}

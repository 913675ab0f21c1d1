/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_PYTHON_PY_H
#define TRACER_PRELOAD_PYTHON_PY_H
/*
 * CPython in this image: its allocators are wrapped before it begins, and its frames are
 * read in memory, by offsets (py_layout.h).  Of its API only the function that returns
 * this thread's state is called.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/preload/python/py_layout.h"
#include "tracer/wire/python.h"

struct thread;

#define PY_DEATH_BITS 12

struct py {
	const struct py_layout *layout; /* NULL: no Python, or none that can be read */
	bool looks;                     /* py_look_around has something to look for */
	bool settled;                   /* nothing is left to do for py_settle */
	const uintptr_t *finalizing;    /* *it is not 0 from the beginning of its end on */
	uintptr_t (*current)(void);     /* the thread state that holds the GIL */
	uintptr_t (*own)(void);         /* this thread's; 0: it has none */
	uintptr_t code_type, text_type, bytes_type;
	_Atomic uint32_t module;        /* the interpreter's, in the segment; 0: not known yet */
	uintptr_t eval, eval_end;       /* to 3.9: the interpreter's loop */
	uint16_t thread_id;             /* of a thread state; 0: `current` is per thread */
	/* Counts code objects that died, by the hash of their address: what was
	 * remembered of a code object is valid as long as its count does not change. */
	_Atomic uint64_t deaths;
	_Atomic uint32_t dead[1u << PY_DEATH_BITS];
};
extern struct py py __attribute__((visibility("hidden")));

static inline uint32_t py_deaths_of(uintptr_t code)
{
	uint64_t place = code * UINT64_C(0x9e3779b97f4a7c15) >> (64 - PY_DEATH_BITS);
	return atomic_load_explicit(&py.dead[place], memory_order_relaxed);
}

static inline bool py_is_here(void) { return py.layout != NULL; }

/* What one thread remembers of its Python frames; in an area of its own. */
struct py_state;
uint64_t py_state_bytes(void);

struct py_hooks;

/* True if py_look has found an interpreter. */
bool py_is_found(void);

/* Then, from a hook and once: puts these hooks around its allocators. */
void py_start(const struct py_hooks *hooks);

/* What is left to do at the first event that holds the GIL of a ready interpreter. */
void py_settle(void);

/* memtop has been told that the interpreter ends; *py.finalizing is 0 again. */
void py_end_told(void);

/* While the tracer starts, before anything is recorded: looks for Python.  True: nframe
 * is the one for Python. */
bool py_look(void);

/* While a tracer that will sleep starts: looks up all that is needed of the interpreter,
 * since the loader can't be asked when it wakes. */
void py_look_ahead(void);

/* Sets the hooks for an interpreter that is running when the tracer wakes. */
void py_offer(const struct py_hooks *hooks);

/* False: the tracer had better wait for a thread that holds the GIL, as others can't put
 * hooks around the allocators.  Asked at each event after this call, it gives up soon. */
bool py_lets_wake(uint32_t call);
/* When the tracer wakes, for the new segment.  True: there is Python. */
bool py_woken(void);
/* Once the segment is ready: puts the hooks around the allocators of an interpreter that
 * has none of ours, if this thread holds the GIL.  This very event is not to be
 * recorded. */
void py_catch(void);

/* In a forked child: what is known of Python stays, its names are reported again. */
void py_restart(void);

/* The trace of this thread's Python frames; the root if there are none.  `gil`:
 * the caller is one that must hold it. */
uint32_t py_trace(struct thread *thread, bool gil);

/* The C stack that stack_capture has just taken, as trace `native`, with Python's frames
 * where the interpreter ran them. */
uint32_t py_merge(struct thread *thread, uint32_t native);

/* At an event of malloc's, called from `ip`, while py.looks: have other allocators
 * replaced ours, or has dlopen brought an interpreter? */
void py_look_around(uintptr_t ip);

/* Before dlopen, before dlclose and after it: libpython may come and go; if it comes, it
 * gets these hooks. */
void py_opening(const struct py_hooks *hooks);
void py_closing(const void *handle);
void py_closed(void);

/* The frames are not as the layout says, so none are read any more. */
void py_give_up(enum wire_python_state why);

/* Where in the file the instruction `at` of `code` is. */
struct py_place {
	uint32_t site;                  /* WIRE_SITE_NONE: no room, or nonsense */
	bool early;                     /* before the function's first line: no frame yet */
};
struct py_lines;
uint64_t py_lines_bytes(void);
struct py_place py_place(struct thread *thread, struct py_lines *lines, uintptr_t code,
			 int64_t at, uint32_t deaths);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_STACK_H
#define TRACER_PRELOAD_UNWIND_STACK_H
/*
 * The stack of this thread as a trace id.  One interface for the hooks; behind
 * it rules out of .eh_frame (cfi.c), modules and sites (module.c), and the
 * trace table (intern.c), with the memory of the last stack in front (last.c).
 */
#include <stdbool.h>
#include <stdint.h>

#include "tracer/machine/machine.h"

/* The caller of a hook: the address at which it will go on, and its registers there. */
struct stack_caller {
	uintptr_t ip;                   /* return address of the hook */
	uintptr_t sp;                   /* caller's sp after the return: hook's CFA */
	uintptr_t bp;                   /* caller's frame pointer */
};

/* That of the hook whose frame this is: HOOK_FRAME. */
static inline struct stack_caller stack_caller_of(uintptr_t frame)
{
	const uintptr_t *saved = machine_record(frame);
	return (struct stack_caller){
		.ip = machine_code(saved[1]), .sp = frame + 16, .bp = saved[0]};
}

/* Per thread; lives in the thread's area, zero-initialised; no destructor. */
struct stack_state;
/* Returns the bytes that a struct stack_state needs, a multiple of the page size: under
 * 96 KiB if nframe is at most 64, and 144 for each frame beyond; with Python, 288 KiB up
 * to nframe 1024.  The part that no stack was deep enough for is never touched.  To be
 * called after stack_start. */
uint64_t stack_state_bytes(void);

/* Prepares the state for another thread: forgets the stacks, and keeps what is known of
 * code. */
void stack_state_reset(struct stack_state *state);

enum stack_kind {
	STACK_TRACE,                    /* *trace is the id */
	/* A frame follows no simple rule: memtop unwinds it from the stack's bytes. */
	STACK_IRREGULAR
};

/* The trace of the stack that begins at `caller`; the root's if the stack is irregular.
 * Uses at most 256 bytes of the caller's stack.  On a full table the longest known older
 * part is the id and `truncated` counts. */
enum stack_kind stack_capture(struct stack_state *state, const struct stack_caller *caller,
			      uint32_t *trace);
/* The same for the hook with this frame; 0: the stack is irregular.  Only while
 * stack_is_current: what is remembered is of the modules that are loaded now. */
uint32_t stack_trace(struct stack_state *state, uintptr_t frame);
bool stack_is_current(const struct stack_state *state);

/*
 * The guard's question (share/doc/ARCHITECTURE.md, The guard): *saw says whether the CFA
 * range of a frame of libmemtop.so's own contains the address `met`; if it is false,
 * STACK_IRREGULAR means that nobody knows.  Writes nothing of the state, as it may be
 * asked in a signal handler that interrupted a capture of this very thread.
 */
enum stack_kind stack_meets(struct stack_state *state, const struct stack_caller *caller,
			    uintptr_t met, bool *saw);

/*
 * If a frame of libmemtop.so's own that contains `met` called the caller's function,
 * and that function's rule says sp and a constant, where that call's return address
 * is; else 0.  Writes nothing.
 */
uintptr_t stack_direct_call(struct stack_state *state, const struct stack_caller *caller,
			    uintptr_t met);

/* From now on each capture leaves all its frames in the state, even those that a run
 * would have skipped, for py_merge to read them there. */
void stack_keep_frames(void);

/* A number for the set of loaded modules; 0 while one is being unloaded. */
uint64_t stack_epoch(void);

/* Tells which part of the stack that holds `sp` can be read: from sp's page on, at least
 * as far as WIRE_STACK_MAX beyond sp or the end of its mapping.  0 or -errno. */
int stack_bounds(struct stack_state *state, uintptr_t sp, uintptr_t *low, uintptr_t *high);

/* To be called once, from the constructor, after table_open.  `python`: there may be
 * frames of Python among those of C.  0 or -errno. */
int stack_start(bool python);

/* To be called in a forked child, after table_open: forgets everything.  0 or -errno. */
int stack_restart(void);

/* To be called after another table_open in the same process, while no thread captures: as
 * stack_start, with what is known of code kept. */
int stack_again(bool python);

/* Lists the modules that can be read, and their numbers, for the time when the kernel may
 * not be asked (known.h).  Runs on a stack of cold.h's larger kind, with MAPS_TEXT bytes
 * of working space.  False: no memory, or no /proc. */
bool stack_list_modules(char *text);

/* Before and after the real dlclose, and after dlopen: addresses change their meaning. */
void stack_modules_closing(void);
void stack_modules_changed(void);

/* libmemtop.so's own text: [*start, *end). */
void stack_own_text(uintptr_t *start, uintptr_t *end);

/*
 * A second opinion on our stacks, in test runs (referee.h); NULL in all others.  The
 * product knows no more of it than this.
 */
struct stack_referee {
	/* This thread is inside a comparison, in which what is allocated is its own. */
	bool (*is_busy)(void);
	/* Compares the last captured trace of this thread. */
	void (*judge)(struct stack_state *state, const struct stack_caller *caller, uint32_t trace);
};
extern const struct stack_referee *stack_referee __attribute__((visibility("hidden")));

#endif

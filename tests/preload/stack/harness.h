/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_PRELOAD_STACK_HARNESS_H
#define TESTS_PRELOAD_STACK_HARNESS_H
/*
 * The stack half of libmemtop.so linked into a test program, over a segment
 * that the program makes itself.  A check captures the stack it is called from
 * and compares each frame with what libgcc's unwinder finds.
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The frames that views show, for harness_start; 0: all. */
extern uint32_t harness_nframe;

/* Makes the segment and starts; ends the program if that fails. */
void harness_start(uint32_t max_traces, uint32_t referee);

enum harness_want {
	HARNESS_WHOLE,                  /* the same frames */
	HARNESS_PREFIX,                 /* ours may end earlier */
	HARNESS_ANY,                    /* the same frames, or irregular */
	HARNESS_IRREGULAR               /* the stack must be called irregular */
};

/* The hook: captures its caller's stack and compares.  Counts a failure and
 * prints it under `name`.  Returns the trace. */
uint32_t harness_check(const char *name, enum harness_want want);

/* Captures only; `depth` frames counted from the trace tree. */
uint32_t harness_capture(uint32_t *depth);

/* enum wire_cut: why the last captured trace ends where it does. */
uint32_t harness_cut(void);

/* As if a handler asked whether the stack goes through `met`. */
bool harness_meets(uintptr_t met);

/* Frames of a trace, newest first: (module, offset) words. */
uint32_t harness_sites(uint32_t trace, uint64_t *sites, uint32_t most);

/* A state for this thread, made at its first use; ended by harness_thread_end. */
void harness_thread_end(void);

void harness_fail(const char *name, const char *what);

/* Prints the counts; the exit status. */
int harness_end(void);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_PYTHON_PY_STATE_H
#define TRACER_PRELOAD_PYTHON_PY_STATE_H
/*
 * What one thread remembers of its Python frames: shared by the walk (py_walk.c)
 * and by the merge with the C stack (py_merge.c).
 */
#include "tracer/preload/python/py.h"

#define PY_PLACE_BITS 11
#define PY_MERGED_BITS 9

static inline uintptr_t py_word(uintptr_t at) { return *(const uintptr_t *)at; }

struct py_frame {
	uintptr_t frame, code;
	int64_t at;                     /* instruction: an address, or f_lasti */
	uint32_t node;                  /* the trace of this and all older frames */
	uint32_t site;                  /* WIRE_SITE_NONE: not shown */
	uint32_t deaths;                /* of its code object's hash, when it was looked up */
	uint32_t marked;                /* as node, with the entries of the interpreter: py_merge.c */
	uint32_t shown;                 /* of this and all older frames: those with a site */
	bool whole;                     /* node is not that of an older frame, for want of room */
	bool entry;                     /* the interpreter was entered from C for it */
	uintptr_t mark;                 /* an address in the C frame that did; 0: not known */
};

struct py_state {
	struct py_lines *lines;
	uint64_t deaths;                /* py.deaths that all remembered frames were checked at */
	uint32_t count;                 /* frames remembered */
	uint32_t least, keep;           /* shown frames on an anchor: at least; when it is set */
	uint32_t most;                  /* frames in all, shown or not */
	uint32_t marked;                /* of those, the first that have theirs */
	struct {
		uint64_t pair;          /* native trace, marked node */
		uint64_t merged;
	} merged[1u << PY_MERGED_BITS];
	bool anchored;                  /* the oldest of them is not the root */
	uint32_t place[1u << PY_PLACE_BITS];       /* frame's address -> its index, perhaps */
	struct py_frame frame[];        /* [0] is older than any */
};

/* Walks the frames of this thread state: returns the trace and what is remembered of it,
 * or NULL if there are no frames. */
struct py_state *py_capture(struct thread *thread, uintptr_t state, uint32_t *trace);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_FRAME_H
#define TRACER_PRELOAD_UNWIND_FRAME_H
/*
 * What is remembered of a stack that was walked: single frames (last.c), and runs of
 * several frames (runs.h).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/ground/shared/attributes.h"
#include "tracer/machine/machine.h"

/* How a step read fp, and what it read of the return address. */
struct step_read {
	/* Enum frame_how; the bits above say where the caller's fp is saved, in words below
	 * the CFA. */
	uint32_t how;
	struct machine_return ret;
};

/*
 * A frame that was walked.  The rest of the step to its caller follows from the caller's
 * own frame: its sp is the CFA, its pc says the return address, and its bp what was read
 * from where fp is saved.
 */
struct frame {
	uintptr_t pc, sp, bp;
	struct step_read read;
	uint32_t site;
	uint32_t node;                  /* the trace of this and all older frames */
};
_Static_assert(sizeof(struct frame) == 40 + sizeof(struct machine_return),
	       "each capture goes over many of them");

enum frame_how {
	FRAME_BP_KEPT = 1,              /* the step leaves fp as it is */
	FRAME_BP_READ = 2,              /* the step uses fp */
	/* This step, or a later one on the way to the root, uses fp. */
	FRAME_BP_MATTERS = 4,
	/* The trace table is full: its node is that of an older frame. */
	FRAME_TRUNCATED = 8,
	FRAME_BP_SAVED = 16,            /* the caller's fp was read from memory, */
	FRAME_BP_COMPARED = 32,         /* and a step from there on uses it */
	FRAME_AGAIN = 64                /* the step can't be compared, but is taken each time */
};

#define FRAME_SLOT_SHIFT 7
/* Bytes; there is no room for a place beyond that. */
#define FRAME_SLOT_END (UINT32_C(1) << 28)

/* FRAME_BP_SAVED with the place, which is below FRAME_SLOT_END. */
static ALWAYS_INLINE uint32_t frame_saved(uintptr_t below_cfa)
{
	return (uint32_t)below_cfa << (FRAME_SLOT_SHIFT - 3) | FRAME_BP_SAVED;
}

/* Where it is saved; the next older frame's sp is the CFA. */
static ALWAYS_INLINE uintptr_t frame_saved_at(const struct frame *f)
{
	return f[-1].sp - (uintptr_t)(f->read.how >> FRAME_SLOT_SHIFT) * 8;
}

/* Copies what a walk writes. */
static ALWAYS_INLINE void frame_copy(struct frame *to, const struct frame *from)
{
	to->pc = from->pc;
	to->sp = from->sp;
	to->bp = from->bp;
	/* With the site: one word on x86-64. */
	__builtin_memcpy(&to->read, &from->read,
			 offsetof(struct frame, node) - offsetof(struct frame, read));
}

/* Sets what of the step from f to the next older frame is compared from now on: the
 * return address, and the word that fp was read from if fp matters to that frame or an
 * older one. `matters` is FRAME_BP_MATTERS if that is so, else 0; returns that of f. */
static ALWAYS_INLINE uint32_t frame_settle(struct frame *f, uint32_t matters)
{
	uint32_t how = f->read.how;
	if (LIKELY(!(matters | (how & FRAME_BP_READ))))
		return 0;
	how |= matters && how & FRAME_BP_SAVED ? FRAME_BP_COMPARED : 0;
	how |= how & FRAME_BP_READ || (matters && how & FRAME_BP_KEPT) ? FRAME_BP_MATTERS : 0;
	f->read.how = how;
	return how & FRAME_BP_MATTERS;
}

/* A word of the stack that the remembered frames depend on (same.h). */
struct listed_word {
	uintptr_t at, value;
};

#define RUN_WORDS 24u

/* Several frames that were walked together (runs.h). */
struct run {
	/* The registers of the newest of them; sp 0: this is no run. */
	uintptr_t pc, sp, bp;
	/* The registers of the frame that called the oldest of them. */
	uintptr_t end_pc, end_sp, end_bp;
	/* The trace of that calling frame, and that of the newest frame. */
	uint32_t base, node;
	/* The calling frame's place among the remembered frames. */
	uint32_t join;
	uint8_t how;                    /* FRAME_BP_MATTERS of the newest */
	uint8_t count;                  /* how many words are compared */
	uint8_t turn, pad;
	uint64_t value[RUN_WORDS];
	uint32_t slot[RUN_WORDS]; /* bytes above sp */
};
_Static_assert(offsetof(struct run, value) == 64, "a line of the cache");

/* Words in which stacks with the same pc and sp differ. */
struct run_sample {
	uint32_t slot[2];
};

#endif

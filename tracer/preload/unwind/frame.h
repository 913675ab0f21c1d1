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

/* What a step read besides the return address.  If it read nothing else, this names the
 * return address once more, so that a comparison needs no branch. */
struct step_read {
	uint64_t value;
	uint32_t slot;                  /* bytes above sp where it stood */
	uint32_t how;                   /* enum frame_how */
	struct machine_return ret;      /* of the return address */
};

/*
 * A frame that was walked, and how the step to its caller read fp.  The rest of that
 * step follows from the caller's own frame, whose sp is the CFA.
 */
struct frame {
	uintptr_t pc, sp, bp;
	struct step_read read;
	uint32_t node;                  /* the trace of this and all older frames */
	uint32_t site;
};
_Static_assert(sizeof(struct frame) == 48 + sizeof(struct machine_return),
	       "each capture goes over many of them");

enum frame_how {
	FRAME_BP_KEPT = 1,              /* the step leaves fp as it is */
	FRAME_BP_READ = 2,              /* the step uses fp */
	/* This step, or a later one on the way to the root, uses fp. */
	FRAME_BP_MATTERS = 4,
	/* The trace table is full: its node is that of an older frame. */
	FRAME_TRUNCATED = 8,
	/* The caller's fp was read from memory, but no step from there on uses it. */
	FRAME_BP_SAVED = 16
};

/* In a remembered frame with FRAME_BP_SAVED, the bits above the flags say where that fp
 * is saved, in words above sp.  `read` then names the return address once more. */
#define FRAME_SLOT_SHIFT 5
/* Bytes; the field has no room for a slot beyond that. */
#define FRAME_SLOT_END (UINT32_C(1) << 30)

/* Copies what a walk writes.  (One half after the other, because reading a word that
 * was just written in two halves stalls the processor.) */
static ALWAYS_INLINE void frame_copy(struct frame *to, const struct frame *from)
{
	to->pc = from->pc;
	to->sp = from->sp;
	to->bp = from->bp;
	to->read.value = from->read.value;
	to->read.slot = *(const volatile uint32_t *)&from->read.slot;
	to->read.how = from->read.how;
	to->read.ret = from->read.ret;
	to->site = from->site;
}

/* Sets what of the step from f to the next older frame is compared from now on: the
 * return address, and the word that fp was read from if fp matters to that frame or an
 * older one. `matters` is FRAME_BP_MATTERS if that is so, else 0; returns the same of
 * f. */
static ALWAYS_INLINE uint32_t frame_settle(struct frame *f, uint32_t matters)
{
	uint32_t how = f->read.how, slot = f->read.slot;
	if (how == FRAME_BP_KEPT) {
		f->read.how |= matters;
		return matters;
	}
	const struct frame *older = f - 1;
	uint32_t ret = (uint32_t)(machine_return_slot(&f->read.ret, f->sp, older->sp) - f->sp);
	how |= how * (FRAME_BP_MATTERS / FRAME_BP_READ);
	/* Computed without a branch. */
	bool saved = !matters & (slot != ret) & (slot < FRAME_SLOT_END);
	f->read.value = saved ? machine_return_word(&f->read.ret, older->pc) : f->read.value;
	f->read.slot = saved ? ret : slot;
	f->read.how = saved ? how | FRAME_BP_SAVED | slot / 8 << FRAME_SLOT_SHIFT : how;
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

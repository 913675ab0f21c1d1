/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_FRAME_H
#define TRACER_PRELOAD_UNWIND_FRAME_H
/*
 * What is remembered of a stack that was walked: its frames (last.c), and runs of
 * several of them (runs.h).
 */
#include <stddef.h>
#include <stdint.h>

/* What a step read besides the return address; where that is nothing, the return
 * address once more. */
struct step_read {
	uint64_t value;
	uint32_t slot;                  /* bytes above sp where it stood */
	uint32_t how;                   /* enum frame_how */
};

/*
 * A frame that was walked, and how the step to its caller read rbp.  The rest
 * of that step is in the caller's own frame: its sp is the CFA, and the word
 * below that was the return address.
 */
struct frame {
	uintptr_t pc, sp, bp;
	struct step_read read;
	uint32_t node;                  /* the trace of this and all older frames */
	uint32_t site;
};
_Static_assert(sizeof(struct frame) == 48, "each capture goes over many of them");

enum frame_how {
	FRAME_BP_KEPT = 1,              /* the caller's rbp is the frame's own */
	FRAME_BP_READ = 2,              /* the step uses rbp */
	FRAME_BP_MATTERS = 4,           /* it, or one further on up to the root, does */
	FRAME_TRUNCATED = 8,            /* its node is that of an older frame */
	FRAME_BP_SAVED = 16             /* the caller's rbp was read, and does not matter there */
};

/* Of a remembered frame with FRAME_BP_SAVED, above the flags: where that rbp stands, in
 * words above sp.  `read` is then the return address once more. */
#define FRAME_SLOT_SHIFT 5
#define FRAME_SLOT_END (UINT32_C(1) << 30)      /* bytes: no slot beyond has room there */

#define RUN_WORDS 24u

/* Frames that were walked together: runs.h. */
struct run {
	uintptr_t pc, sp, bp;           /* of the newest of them; sp 0: no run */
	uintptr_t end_pc, end_sp, end_bp;       /* of the frame that they stand on */
	uint32_t base, node;            /* the traces of that one, and of the newest */
	uint32_t join;                  /* where it stood among the remembered frames */
	uint8_t how;                    /* FRAME_BP_MATTERS of the newest */
	uint8_t count;                  /* of words */
	uint8_t turn, pad;
	uint64_t value[RUN_WORDS];
	uint32_t slot[RUN_WORDS]; /* bytes above sp */
};
_Static_assert(offsetof(struct run, value) == 64, "a line of the cache");

/* Where stacks from one pc and sp differ. */
struct run_sample {
	uint32_t slot[2];
};

#endif

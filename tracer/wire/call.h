/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_CALL_H
#define TRACER_WIRE_CALL_H
/* Requests from the program to memtop (share/include/memtop.h): a WIRE_CALL record in the
 * caller's ring, answered in the ring's reply. */
#include "tracer/wire/wire.h"

enum wire_call_op {
	WIRE_CALL_MEMORY,               /* reply: current, peak */
	WIRE_CALL_SNAPSHOT,             /* text: name, may be empty; reply: its number */
	WIRE_CALL_MARK,                 /* text */
	WIRE_CALL_RESET_PEAK,
	WIRE_CALL_FINALIZE,             /* from the tracer: Python begins to tear itself down */
	WIRE_CALL_CLEAR,                /* forget all live blocks */
	WIRE_CALL_START, WIRE_CALL_STOP,
	WIRE_CALL_CEILING,              /* value: bytes; reply: 0, or 1 with a text */
	WIRE_CALL_GROWTH,               /* like CEILING, for what is live now */
	WIRE_CALL_LOOK,                 /* text: name; a look at the heap; reply: its number */
	WIRE_CALL_UNREACHABLE,          /* like LOOK, but not kept; reply: bytes and
					 * blocks that are unreachable, and 1 with a text
					 * if there are any */
	WIRE_CALL_LAST_LOOK,            /* from the tracer: the process ends */
	WIRE_CALL_STACKS                /* value: see WIRE_STACKS_...; reply: the length
					 * of the text, and 1 with the requested part of
					 * it */
};

/* The value of WIRE_CALL_STACKS: which part of the text, of which thread, and at what
 * moment. */
#define WIRE_STACKS_OFFSET(value) ((uint32_t)(value))           /* 0: the stacks are taken
								 * anew */
#define WIRE_STACKS_THREAD(value) ((int32_t)((value) >> 32 & 0x3fffffff))       /* 0: all */
#define WIRE_STACKS_PEAK (UINT64_C(1) << 63)                    /* at the peak, not now */

struct wire_call {
	struct wire_payload head;       /* detail: enum wire_call_op */
	uint32_t sequence;              /* stored to reply.sequence when answered */
	uint32_t text_length;
	uint64_t value;
	/* text, not terminated */
};
#define WIRE_TEXT_MAX 4096u             /* bytes of a mark's or snapshot's text */
#define WIRE_REPLY_MAX 2048u            /* bytes of an answer's text, terminated */

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_CALL_H
#define TRACER_WIRE_CALL_H
/* What the program asks memtop for (share/include/memtop.h): a WIRE_CALL record
 * in the caller's ring, answered in the ring's reply. */
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
	WIRE_CALL_GROWTH,               /* the same for what is live now */
	WIRE_CALL_LOOK,                 /* text: name; a look at the heap; reply: its number */
	WIRE_CALL_UNREACHABLE,          /* the same, not kept; reply: bytes and blocks that
					 * nobody holds, and 1 with a text if there are any */
	WIRE_CALL_LAST_LOOK             /* from the tracer: the process ends */
};

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

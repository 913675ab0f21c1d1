/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_LOOK_H
#define TRACER_COLLECT_LOOK_LOOK_H
/*
 * A look at a process: which of its blocks point to which, and which of them nobody
 * holds.
 *
 *	all threads stop --------------------------- all go on
 *	  registers, maps, the caller's blocks,                  the clone is read,
 *	  a copy-on-write clone (or the memory is copied)        then the graph, in peace
 *
 * Roots are: writable memory in which no block lies (data of modules, anonymous and
 * shared mappings), stacks from 128 bytes below the stack pointer up (the red zone of
 * the System V ABI for x86-64, 3.2.2), general and vector registers of each thread.
 * Memory in which blocks lie is the allocator's: its free parts hold nothing.
 *
 * A process that may not be stopped as a whole, or that another one traces, is read twice
 * while it runs.  A pointer that moves from place to place is in one of the two; so what
 * was anywhere in either holds, and what was allocated meanwhile is held.
 *
 * The target gets no memory by it: what was never touched is not read.  Should memtop die
 * while threads stand, the kernel lets them go on.
 */
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/look/paged.h"
#include "tracer/collect/look/rooted.h"
#include "tracer/collect/look/typed.h"
#include "tracer/look/graph/graph.h"

struct look_range {
	uint64_t start, end;            /* addresses [start, end) */
};

struct look_ranges {
	const struct look_range *of;
	size_t length;
};

#define LOOK_TRIES 3

/* How the memory was taken: from a clone, copied while all stood, or copied twice while the
 * process ran. */
enum look_way { LOOK_COW, LOOK_COPY, LOOK_RUNNING };

struct look_settled;

/* Called by who gives blocks, in any thread: what is given from now on is known already,
 * and the process need not stand for it.  Otherwise it stands until `blocks` returns. */
void look_settle(struct look_settled *settled);

struct look_question {
	int32_t pid;                    /* as memtop sees it */
	/* While all threads stand: adds each block to the graph, in a thread of its
	 * own.  0 or -errno; -EAGAIN: all go on for a millisecond and stop again,
	 * which is tried LOOK_TRIES times. */
	int (*blocks)(void *user, struct graph *graph, struct look_settled *settled);
	void *user;
	/* Filled in by `blocks`: memory that is no block, and holds; NULL: none. */
	const struct look_ranges *moving;
	/* The process is to be looked at while it runs: from now on `moving` is to have all
	 * memory in which a block began or ended, in stretches by address that lie apart;
	 * false: that is over.  Nothing is settled then.  NULL: it has to stand. */
	void (*running)(void *user, bool on);
	bool no_pause;                  /* so from the start; else where it cannot be stopped */
	/* wire_control.cow of the process; 0: it is not to be cloned. */
	uint64_t cow;
	/* The same as it is now: another one, if the process has become another program since,
	 * and 0 until that has told.  In any thread.  NULL: nobody knows. */
	uint64_t (*cow_now)(void *user);
	/* wire_control.own of the process: the tracer's own memory holds nothing.
	 * 0: none. */
	uint64_t own;
	/* Is made, if the caller has one: on success typed_free is the caller's.
	 * NULL: nobody asks for types. */
	struct typed *typed;
	struct paged *paged;            /* the same for pages and arenas; paged_free */
	unsigned python;                /* its CPython, as in struct types_memory */
	/* The graph is marked and the process runs: what the caller asks of the graph's roots,
	 * by their names; while it lasts, names of objects may be asked (names.h).  0 or -errno.
	 * NULL: nobody asks, and all roots have number 0. */
	int (*held)(void *user, struct graph *graph, struct rooted *rooted);
};

struct look_told {
	enum look_way way;
	unsigned threads;               /* that stood */
	uint64_t pause;                 /* ns, from the first that stopped until all went
					 * on; 0: LOOK_RUNNING, each stood by itself */
	uint64_t copied;                /* bytes of the target's memory */
	uint64_t unread;                /* bytes that were there and could not be read: if not 0,
					 * what is called unreachable may be held from there */
};

/*
 * Looks; *graph is marked, and graph_free is the caller's.  Other threads of the caller
 * may go on; all calls of ptrace come from a thread that does nothing else.  0, or -errno
 * and no graph:
 *	-ESRCH      there is no such process (any more)
 *	-EPERM      the kernel refuses; or another tracer (gdb, strace) is there, and nobody
 *	            gave `running`
 *	-ETIMEDOUT  in three tries some thread did not stop within 50 ms
 *	-EAGAIN     what `blocks` returned each time
 *	-ENOMEM     no memory for the copy or the graph
 *	others from `blocks`
 */
int look_at(const struct look_question *question, struct graph **graph,
	    struct look_told *told);

/* The same as a sentence without its end: "another process traces it, ...". */
const char *look_refusal(int error);

#endif

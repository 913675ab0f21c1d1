/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_LOOK_H
#define TRACER_COLLECT_LOOK_LOOK_H
/*
 * A look at a process: which of its blocks point to which, and which nothing holds.
 *
 *	all threads stop --------------------------- all go on
 *	  registers, maps, the caller's blocks,                  the clone is read,
 *	  a copy-on-write clone (or the memory is copied)        then the graph is made
 *
 * Roots are: memory in which no block lies (data of modules, anonymous and
 * shared mappings), stacks from 128 bytes below the stack pointer up (the red zone of
 * the System V ABI for x86-64, 3.2.2), general and vector registers of each thread.
 * Memory in which blocks lie is the allocator's: its free parts hold nothing.
 *
 * A process that may not be stopped as a whole, or that another one traces, is read twice
 * while it runs.  A pointer that moves from place to place is in one of the two; so what
 * was anywhere in either counts as holding, and what was allocated meanwhile as held.
 *
 * This allocates nothing in the target: memory that was never touched is not read.  If
 * memtop dies while threads are stopped, the kernel lets them go on.
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
/* How the memory was taken: from a clone, copied while all threads were stopped, read where
 * it is while they were, or copied twice while the process ran. */
enum look_way { LOOK_COW, LOOK_COPY, LOOK_STOOD, LOOK_RUNNING };
struct look_settled;

/* Called by whoever gives the blocks, in any thread: all that is still to be given is
 * known already.  Without this call the process is stopped until `blocks` returns. */
void look_settle(struct look_settled *settled);
/* Whether all threads are stopped: 1; 0: not yet; or -errno, which `blocks` is to return. */
int look_standing(struct look_settled *settled);

struct look_question {
	int32_t pid;                    /* in memtop's pid namespace */
	bool early;                     /* `blocks` asks look_standing, if it stops at all */
	/* Called while all threads are stopped, or if it is `early` before that, in a
	 * thread of its own: adds each block to the graph.  0 or -errno; -EAGAIN: all go on
	 * for a millisecond and stop again, which is tried LOOK_TRIES times. */
	int (*blocks)(void *user, struct graph *graph, struct look_settled *settled);
	void *user;
	/* Filled in by `blocks`: memory that is no block but holds some, and what the program
	 * is known to have mapped; NULL: none. */
	const struct look_ranges *moving;
	const struct rooted_mappings *mapped;
	/* The process is looked at while it runs.  If `on`, from now on `moving` must get
	 * all memory in which a block begins or ends, as ranges by address that do not
	 * touch; else that is over.  Nothing is settled then.  NULL: it must be stopped. */
	void (*running)(void *user, bool on);
	bool no_pause;                  /* do so from the start, not only if it must be */
	bool waits;                     /* it waits for this look: if no more than states is
					 * asked for, no copy is made */
	/* wire_control.cow of the process; 0: do not clone it. */
	uint64_t cow;
	/* The same as it is now: another address if the process has become another
	 * program since, and 0 until its tracer has told.  Called in any thread.  NULL: it
	 * can't be known. */
	uint64_t (*cow_now)(void *user);
	/* wire_control.own of the process: the tracer's own memory, which holds nothing. */
	uint64_t own;
	bool misses;                    /* some blocks are not known, which may hold others:
					 * all memory between blocks is a root */
	/* Filled in if not NULL: after success the caller calls typed_free.  NULL: types
	 * are not asked for. */
	struct typed *typed;
	struct paged *paged;            /* likewise for pages and arenas; paged_free */
	unsigned python;                /* its CPython, as in struct types_memory */
	/* Called once the graph is marked and the process runs: here the caller uses the
	 * graph's roots by their names; until it returns, names of objects may be asked
	 * for (names.h).  0 or -errno.  NULL: not asked for, and all roots have number
	 * 0. */
	int (*held)(void *user, struct graph *graph, struct rooted *rooted);
};

struct look_told {
	enum look_way way;
	unsigned threads;               /* how many were stopped */
	uint64_t pause;                 /* ns, from the first thread's stop until all went
					 * on; 0: LOOK_RUNNING, each was stopped alone */
	uint64_t copied;                /* bytes of its memory */
	uint64_t unread;                /* bytes that could not be read: if not 0, what is
					 * called unreachable may be held from there */
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

/* The same as a sentence without a full stop, valid until the thread asks again. */
const char *look_refusal(int error);

#endif

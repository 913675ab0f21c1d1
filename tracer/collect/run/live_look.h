/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_LOOK_H
#define TRACER_COLLECT_RUN_LIVE_LOOK_H
/*
 * Looks at the heap (share/doc/HEAP.md): what was found is kept as a snapshot like any
 * other, which has struct snapshot_look.  One thread takes them, one after the other,
 * since two tracers of one process are refused by the kernel.
 */
#include <pthread.h>
#include "tracer/collect/error.h"
#include "tracer/collect/rings/image.h"
#include "tracer/collect/run/state/look_found.h"
#include "tracer/collect/run/state/look_pace.h"
#include "tracer/ground/threads/worker.h"

struct live;

/* What to look at.  Data that it points to need not outlive the call. */
struct look_order {
	uint32_t process;               /* index in the program's list + 1; 0: all that
					 * live */
	uint32_t rule;                  /* of --heap-at, + 1; 0: none */
	const char *name;               /* of the snapshot; "" or NULL: it gets no name */
	bool unkept;                    /* no snapshot is to be kept */
	bool last;                      /* the process is about to end */
	bool retained;                  /* also find what would be freed without each row,
					 * which takes longer */
};

/* Called when a look has ended, with what it found of the process, or of all together, whose
 * `number` is set if it was kept; or with NULL and the reason.  In the looks' thread, or, for a
 * look that was not taken, where the run ends. */
typedef void live_looked(void *user, struct snapshot *found, const struct error *error);

/* Queues a look, in any thread; `user` is passed to the callback.  False: out of memory or
 * threads, or looks_stop was called, and the callback is not called. */
bool live_look_later(struct live *live, const struct look_order *order,
		     live_looked *done, void *user);

/* What the last look of a process found: *found is a reference, or NULL; unreachable: the
 * bytes and blocks that nobody holds.  False: there was none; *why says why the first one
 * that was tried failed, as long as the run is there, or is "". */
bool live_last_look(struct live *live, uint32_t process, uint64_t unreachable[2],
		    struct snapshot **found, const char **why);

/* The looks of a run. */
struct looks {
	struct worker *worker;          /* whose jobs they are */
	_Atomic unsigned ended;         /* number of the desk's looks that have ended, */
	_Atomic unsigned newest;        /* and the number of the last one's snapshot; 0:
					 * it failed */
	struct look_pace pace;
	pthread_mutex_t lock;           /* protects the fields below */
	struct look_found told;          /* what the last look found */
	struct last_look {
		bool taken;
		uint64_t bytes, blocks; /* that nobody holds */
		struct snapshot *found; /* NULL: nothing of that kind */
		char *refused;          /* why the first that failed did; NULL: none has */
	} *last;                        /* of each process, by its place in the list + 1 */
	size_t room;
};
/* Their thread begins with the first look.  False: out of memory or descriptors.  looks_stop
 * ends it, while the reader lives; the reader may ask for further ones until looks_free. */
bool looks_start(struct looks *looks);
/* Waits until all looks that were queued have ended. */
void looks_wait(struct looks *looks);
void looks_stop(struct looks *looks);
void looks_free(struct looks *looks);
/* What the last look found; all zero before the first. */
void looks_told(struct looks *looks, struct look_found *told);
/* What the last look of a process found is not needed any more. */
void looks_forget(struct looks *looks, uint32_t process);

/* The live_looked of the desk's looks; `user` is the live run. */
live_looked live_looked_desk;

/* Writes "snapshot 3, paused 12 ms". */
void live_look_sentence(const struct snapshot *found, char *text, size_t size);

/* How many seconds a look at a process, or at all (0), will take: see look_pace.h.  0: it
 * has no figures any more. */
double live_look_seconds(struct live *live, uint32_t process, bool retained);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_DRAIN_H
#define TRACER_COLLECT_RINGS_DRAIN_H
/*
 * Merges the rings of one image by stamp and applies their events to the model.  Holds no
 * lock and does no I/O other than waking futexes.  For the reader's thread alone.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/rings/mirror.h"
#include "tracer/collect/rings/segment.h"
#include "tracer/collect/names/symbolize.h"
#include "tracer/heap/domains.h"
#include "tracer/wire/call.h"

struct drain;

/* A thread that waits for a reply. */
struct drain_caller {
	uint32_t ring, sequence;
};

/* A call of the program itself (memtop.h); it is answered before the next event is
 * read. */
struct drain_call {
	enum wire_call_op op;
	const char *text;               /* text_length bytes, not terminated */
	size_t text_length;
	uint64_t asked;                 /* a number that came with the call */
	uint64_t value[2];              /* the reply */
	char *answer;                   /* the reply's text: room for WIRE_REPLY_MAX
					 * bytes */
	struct drain_caller caller;     /* who waits; needed for an answer that comes
					 * later */
};

/* Result of options.call: drain_answer will be called later. */
#define DRAIN_LATER (1 << 16)

struct drain_options {
	struct segment *segment;        /* all borrowed */
	struct model *model;
	struct catalog *catalog;
	pthread_mutex_t *lock;          /* protects the catalog's writers */
	struct mirror *mirror;
	struct symbolizer_space *space;
	bool namesakes;                 /* its threads are told apart by name alone */
	/* Called after each irregular stack, before the next event; or NULL. */
	void (*settle)(void *image);
	void *image;
	/* Answers a call with 0 or -errno.  Called in the reader's thread. */
	int (*call)(void *user, struct drain_call *call);
	void *user;
	/* Called repeatedly while the names thread is behind and nothing is read, so that
	 * the tracers see that the reader is alive. */
	void (*waiting)(void *user);
	void *waiting_user;
};

/* NULL: out of memory. */
struct drain *drain_new(const struct drain_options *options);
void drain_free(struct drain *drain);

/* Reads what the rings hold, up to a bound that is taken first; `final`: everything,
 * since the target has ended.  Returns how many slots were read. */
uint64_t drain_round(struct drain *drain, bool final);
/* Sends the answer that DRAIN_LATER promised: status, two values, and a text of at most
 * WIRE_REPLY_MAX bytes including its end, or NULL. */
void drain_answer(struct drain *drain, struct drain_caller caller, int status,
		  const uint64_t value[2], const char *text);
/* Slots in use in the fullest ring when the last round began. */
uint64_t drain_fill(const struct drain *drain);
/* Whether any ring has something to read now. */
bool drain_pending(const struct drain *drain);

/* Events lost so far: not recorded by the tracer (see enum wire_loss), nonsense in a
 * ring, or no memory in the model. */
struct drain_lost {
	uint64_t all, allocations, frees, unended;
};
struct drain_lost drain_lost(const struct drain *drain);

/* Shows the old block, by address and size, of each realloc that has begun and not ended
 * yet.  A result of `show` other than 0 ends this and is returned. */
int drain_moving(const struct drain *drain,
		 int (*show)(void *user, uint64_t address, uint64_t size), void *user);

/* Calls seen(user, tid, thread) for each ring that has an owner now. */
void drain_threads(struct drain *drain,
		   void (*seen)(void *user, int32_t tid, struct thread_id thread), void *user);

#endif

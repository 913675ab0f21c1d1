/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_DRAIN_H
#define TRACER_COLLECT_RINGS_DRAIN_H
/*
 * Rings to model: one image's rings merged by stamp, event by event.  Holds no
 * lock and does no I/O but futex wakes.  Used by the reader's thread alone.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/rings/mirror.h"
#include "tracer/collect/rings/segment.h"
#include "tracer/collect/names/symbolize.h"
#include "tracer/heap/aside.h"
#include "tracer/wire/call.h"

struct drain;

/* A thread that waits for a reply. */
struct drain_caller {
	uint32_t ring, sequence;
};

/* What the program itself asked for (memtop.h); answered before the next event. */
struct drain_call {
	enum wire_call_op op;
	const char *text;               /* text_length bytes, not terminated */
	size_t text_length;
	uint64_t asked;                 /* a number that came with it */
	uint64_t value[2];              /* the reply */
	char *answer;                   /* and its text: room for WIRE_REPLY_MAX bytes */
	struct drain_caller caller;     /* who waits, for an answer that comes later */
};

/* Returned by options.call: drain_answer will follow. */
#define DRAIN_LATER (1 << 16)

struct drain_options {
	struct segment *segment;        /* all borrowed */
	struct model *model;
	struct catalog *catalog;
	pthread_mutex_t *lock;          /* around the catalog's writers */
	struct mirror *mirror;
	struct symbolizer_space *space;
	/* NULL, or called behind each irregular stack, before the next event. */
	void (*settle)(void *image);
	void *image;
	/* Answers a call: 0 or -errno.  In the reader's thread. */
	int (*call)(void *user, struct drain_call *call);
	void *user;
	/* Called again and again while names are behind and nothing is read: tracers
	 * shall see that the reader lives. */
	void (*waiting)(void *user);
	void *waiting_user;
};

/* NULL: out of memory. */
struct drain *drain_new(const struct drain_options *options);
void drain_free(struct drain *drain);

/* Reads what the rings hold, up to a bound taken first; `final`: everything
 * (the target has ended).  Returns how many slots it read. */
uint64_t drain_round(struct drain *drain, bool final);
/* The answer that DRAIN_LATER promised: status, two values, and a text of at most
 * WIRE_REPLY_MAX bytes with its end, or NULL. */
void drain_answer(struct drain *drain, struct drain_caller caller, int status,
		  const uint64_t value[2], const char *text);
/* Slots that the fullest ring held when the last round began. */
uint64_t drain_fill(const struct drain *drain);
/* Whether any ring holds something now. */
bool drain_pending(const struct drain *drain);

/* Events lost, so far: not recorded by the tracer (see enum wire_loss), nonsense in a
 * ring, or without memory in the model. */
struct drain_lost {
	uint64_t all, allocations, frees, unended;
};
struct drain_lost drain_lost(const struct drain *drain);

/* Shows what reallocs that are under way have taken away and not brought yet: address and
 * size of the old block.  What `show` returns other than 0 ends it, and is returned. */
int drain_moving(const struct drain *drain,
		 int (*show)(void *user, uint64_t address, uint64_t size), void *user);

/* Calls seen(user, tid, thread) for each ring that a thread owns now. */
void drain_threads(struct drain *drain,
		   void (*seen)(void *user, int32_t tid, struct thread_id thread), void *user);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_ROSTER_PARTS_H
#define TRACER_COLLECT_RUN_STATE_ROSTER_PARTS_H
/* What roster.c and roster_fold.c share.  Lock held in all of it. */
#include "tracer/collect/run/state/roster_fold.h"

#include <pthread.h>

#define ROSTER_GONE 1024u               /* processes without a place that the roll may still
					 * ask for; it is read every 32 hellos */
#define ROSTER_HEADS 64u                /* groups of each kind */

/* What stands beside each process of the program's list. */
struct roster_entry {
	int pidfd;                      /* -1: none (any more) */
	unsigned images;                /* how many said hello and were traced */
	uint64_t image;                 /* number of the present one */
	uint64_t hello;                 /* CLOCK_MONOTONIC ns of the last after an exec; 0: none */
	int32_t inside;                 /* its pid in its own namespace; 0: it never said
					 * hello */
	bool shell;                     /* a shell (sh -c) that has not yet been matched
					 * with a start of one */
	bool kept;                      /* a snapshot was kept of it */
	bool left, judged;              /* see roster_leave and roster_to_judge */
	uint32_t next;                  /* of a vacant place: the next one that may be taken;
					 * 0: none */
};

/* A process that has no place any more. */
struct roster_gone {
	int32_t pid, ppid;
	struct roster_entry entry;
};

/* What the processes that are counted with one have in common. */
enum roster_likeness { LIKE_COMMAND, LIKE_PROGRAM, LIKE_NONE, ROSTER_LIKENESSES };

/* The process with which others are counted. */
struct roster_head {
	uint32_t process;
	enum roster_likeness likeness;
};

struct roster {
	struct course *course;
	pthread_mutex_t lock;           /* around all below */
	struct program program;         /* its `ended` and `seconds` are the course's to say */
	unsigned version;               /* of its list of processes */
	struct roster_entry *entries;   /* by place in that list */
	size_t room;
	unsigned untraced;

	unsigned fold_after;            /* so many ended ones have places; 0: all */
	unsigned ended;                 /* traced ones that have ended and have a place */
	unsigned holds;                 /* snapshots are being taken */
	uint32_t watched;               /* whose figures are on the screen */
	uint32_t vacant, vacant_last;   /* places that may be taken, oldest first; 0: none */
	struct roster_head heads[ROSTER_LIKENESSES * ROSTER_HEADS];
	size_t heads_length, alike[ROSTER_LIKENESSES];
	struct roster_gone gone[ROSTER_GONE];   /* a ring */
	size_t gone_length;             /* that it ever had */
	uint64_t *met;                  /* the pids of all of these, one bit each */
	size_t met_words;
};

/* Those of the last ROSTER_GONE that has the image with that number; NULL: none. */
const struct roster_gone *roster_gone_image(const struct roster *roster, uint64_t image);
/* Whether one that has no place any more had that pid. */
bool roster_gone_met(const struct roster *roster, int32_t pid);
/* How many of the ring are in use. */
static inline size_t roster_gone_known(const struct roster *roster)
{
	return roster->gone_length < ROSTER_GONE ? roster->gone_length : ROSTER_GONE;
}
/* Takes a vacant place, which is the next one, for good. */
void roster_take_place(struct roster *roster, uint32_t process);

#endif

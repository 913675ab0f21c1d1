/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_ASKED_H
#define TUI_DESK_PARTS_ASKED_H
/* What the desk has asked the session for without waiting, and the heap that it shows. */
#include "tracer/collect/run/errands.h"

#define ASKED_MOST 16u
#define ASKED_COSTS 3

struct desk;

/* What is done with an answer; it takes over the snapshot. */
typedef void desk_then(struct desk *desk, const char *text, struct answer *answer);

/* The snapshots that are shown. */
struct heaps {
	struct snapshot *live;          /* the newest, or the frozen one; or NULL */
	/* Older ones, for bytes a second: the one in use, and its successor. */
	struct snapshot *before, *soon;
};

struct asked {
	struct worker *errands;         /* NULL: each question is answered at once */
	struct errand *fresh;           /* a new snapshot of the heap, on its way */
	double costs[ASKED_COSTS];      /* of the newest ones, in seconds, the last one
					 * first */
	uint32_t grows;                 /* rows up to which snapshots come with
					 * verdicts */
	bool hasty;                     /* a key wants one sooner than it is due */
	struct question_of {
		struct errand *errand;
		desk_then *then;
		char text[256];
	} line[ASKED_MOST];             /* in the order in which they were asked */
	unsigned length;
	struct looks {                  /* Looks at the heap, which the session takes. */
		bool warned;            /* the user was told that the next one takes
					 * long */
		bool awaited;
		unsigned ended;         /* status.looks before it was asked for */
	} looks;
};

/* Appends a question to the queue, with what is done with its answer.  NULL: the queue is
 * full, or out of memory. */
struct errand *asked_add(struct asked *asked, struct session *session,
			 errand_question *question, const char *text, desk_then *then);
/* Takes the first question off the queue if it has been answered.  False: it has not. */
bool asked_take(struct asked *asked, struct question_of *first, struct answer *answer);
/* Waits a moment for an errand.  True: it has been answered. */
bool asked_soon(const struct asked *asked, const struct errand *errand);

/* Makes the snapshot that was asked for the live one.  True if it came, or failed. */
bool asked_take_fresh(struct asked *asked, struct heaps *heaps);
/* How many rows the next snapshot may have to come with verdicts, by what the newest ones
 * cost with them.  `last` is the newest snapshot, or NULL.  A number that was once too
 * costly is not tried again: marks that come and go would be worse than none. */
uint32_t asked_grows(struct asked *asked, const struct snapshot *last);
/* Gives up the snapshot that is on its way. */
void asked_forget_fresh(struct asked *asked);
/* Gives it up too, but asks for a newer one sooner than it would be due. */
void asked_hurry(struct asked *asked);
/* Gives up everything, and ends the worker. */
void asked_close(struct asked *asked);

#endif

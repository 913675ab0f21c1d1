/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_ASKED_H
#define TUI_DESK_PARTS_ASKED_H
/* What the desk asked the session for and does not wait for, and the heap that it
 * shows. */
#include "tracer/collect/run/errands.h"

#define ASKED_MOST 16u
#define ASKED_COSTS 3

struct desk;

/* What is done with an answer: the snapshot is taken over. */
typedef void desk_then(struct desk *desk, const char *text, struct answer *answer);

/* The heap as it is shown. */
struct heaps {
	struct snapshot *live;          /* the newest, or the one it was frozen at; or NULL */
	/* Older ones, for bytes a second: the one taken, and the next to be. */
	struct snapshot *before, *soon;
};

struct asked {
	struct worker *errands;         /* NULL: all is answered when it is asked */
	struct errand *fresh;           /* the heap as it is, on its way */
	double costs[ASKED_COSTS];      /* seconds that the newest ones took, the last one first */
	uint32_t grows;                 /* rows of a heap up to which its verdicts come with it */
	bool hasty;                     /* a key wants one, sooner than it is due */
	struct question_of {
		struct errand *errand;
		desk_then *then;
		char text[256];
	} line[ASKED_MOST];             /* in the order asked */
	unsigned length;
	struct looks {                  /* at the heap: the session takes them */
		bool warned;            /* that the next one takes long */
		bool awaited;
		unsigned ended;         /* before it: status.looks */
	} looks;
};

/* Adds a question at the end of the line, with what is done with its answer.  NULL: the
 * line is full, or there is no memory. */
struct errand *asked_add(struct asked *asked, struct session *session,
			 errand_question *question, const char *text, desk_then *then);
/* Takes the first of the line, if its answer has come; false: it has not. */
bool asked_take(struct asked *asked, struct question_of *first, struct answer *answer);
/* Waits a moment for an errand; true: it is answered. */
bool asked_soon(const struct asked *asked, const struct errand *errand);

/* Takes the heap that was asked for as the live one: true if it came, or came to
 * nothing. */
bool asked_take_fresh(struct asked *asked, struct heaps *heaps);
/* How many rows the next one may have to come with verdicts, by what the newest cost with
 * them; `last`: the newest, or NULL.  What was too dear once is not tried again: marks
 * that come and go would be worse than none. */
uint32_t asked_grows(struct asked *asked, const struct snapshot *last);
/* The heap that is on its way is not wanted any more. */
void asked_forget_fresh(struct asked *asked);
/* Nor is it, but a newer one is, sooner than that would be due. */
void asked_hurry(struct asked *asked);
/* Nothing is wanted any more, and the worker ends. */
void asked_close(struct asked *asked);

#endif

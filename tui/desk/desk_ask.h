/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_ASK_H
#define TUI_DESK_DESK_ASK_H
/* What the desk asked the session for and does not wait for. */
#include "tracer/collect/run/errands.h"

#define ASKED_MOST 16u

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
	double cost;                    /* seconds that the last one took */
	bool hasty;                     /* a key wants one, sooner than it is due */
	struct question_of {
		struct errand *errand;
		desk_then *then;
		char text[256];
	} line[ASKED_MOST];             /* in the order asked */
	unsigned length;
};

/* Asks; `then` follows with the answer: at once if that comes within a moment,
 * else when it is there, and until then `doing` is said at the foot (NULL: nothing
 * is said, nor waited for). */
void desk_ask(struct desk *desk, errand_question *question, const char *text,
	      const char *doing, desk_then *then);
/* Does what follows from the answers that came. */
void desk_answers(struct desk *desk);
/* Asks for the heap as it is, if that is not under way already. */
void desk_ask_fresh(struct desk *desk);
/* Takes it for the live one: true if it came, or came to nothing. */
bool asked_take_fresh(struct asked *asked, struct heaps *heaps);
/* The heap that is on its way is not wanted any more; nor is it, but a newer one, and
 * sooner than that is due; nor is anything, and the worker ends. */
void asked_forget_fresh(struct asked *asked);
void asked_hurry(struct asked *asked);
void asked_close(struct asked *asked);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_ASK_H
#define TUI_DESK_DESK_ASK_H
/* Questions to the session whose answers the desk doesn't wait for (parts/asked.h). */
#include "tui/desk/desk.h"

/* Asks a question; `then` is called with the answer.  If that comes within a moment, the call
 * waits for it.  Else `doing` is shown at the foot, and `then` is called when the answer has
 * come.  With `doing` NULL nothing is shown or waited for.  If too many questions are open, or
 * out of memory, the foot says so and `then` is never called. */
void desk_ask(struct desk *desk, errand_question *question, const char *text,
	      const char *doing, desk_then *then);
/* Handles the answers that have come, in the order in which they were asked for. */
void desk_answers(struct desk *desk);
/* Asks for a new snapshot of the heap, unless one is on its way or the view is frozen. */
void desk_ask_fresh(struct desk *desk);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_ASK_H
#define TUI_DESK_DESK_ASK_H
/* What the desk asks the session for and does not wait for (parts/asked.h). */
#include "tui/desk/desk.h"

/* Asks; `then` follows with the answer: at once if that comes within a moment,
 * else when it is there, and until then `doing` is said at the foot (NULL: nothing
 * is said, nor waited for). */
void desk_ask(struct desk *desk, errand_question *question, const char *text,
	      const char *doing, desk_then *then);
/* Does what follows from the answers that came. */
void desk_answers(struct desk *desk);
/* Asks for the heap as it is, if that is not under way already. */
void desk_ask_fresh(struct desk *desk);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions to the session, which may take seconds on a large heap.  Meanwhile the desk draws
 * and handles keys, and continues with the answer when it has come.  An answer that comes
 * within a moment is waited for, so that it looks as if there had been no question.
 */
#include "tui/desk/desk_ask.h"

void desk_ask(struct desk *desk, errand_question *question, const char *text,
	      const char *doing, desk_then *then)
{
	struct asked *asked = &desk->asked;
	const struct errand *errand = asked_add(asked, desk->session, question, text, then);
	if (!errand)
		desk_fail(desk, "%s", asked->length ? "earlier requests are still being answered: "
						      "wait a moment"
						    : "out of memory");
	else if (!doing || asked_soon(asked, errand))
		desk_answers(desk);
	else
		desk_say(desk, "%s", doing);
}

void desk_answers(struct desk *desk)
{
	struct question_of first;
	struct answer answer;
	while (asked_take(&desk->asked, &first, &answer)) {
		first.then(desk, first.text, &answer);
		desk_touch(desk);
	}
}

void desk_ask_fresh(struct desk *desk)
{
	struct asked *asked = &desk->asked;
	if (desk->run.frozen && desk->heaps.live)
		asked->hasty = false;
	else if (!asked->fresh)
		asked->fresh = errands_ask(asked->errands, desk->session, errand_now, "");
	else
		return;
	if (asked->fresh && (asked->hasty || !desk->heaps.live))
		asked_soon(asked, asked->fresh);
}

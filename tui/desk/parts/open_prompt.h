/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_OPEN_PROMPT_H
#define TUI_DESK_PARTS_OPEN_PROMPT_H
/*
 * What the open prompt is for (desk_prompt.c).  Filters and searches apply while they are
 * typed.  A text that was given and turns out to be wrong opens the prompt again, unless
 * another key came meanwhile: so what is typed on acts as no key.
 */
#include "tui/base/field.h"

struct asking;
struct filter;
struct open_prompt {
	const struct asking *asking;
	unsigned which;                 /* the filter that is edited */
	char tried[FIELD_MAX];          /* the text as it was looked at last, */
	bool applied;                   /* and whether the screen follows it */
	struct filter *filter;          /* in place of `which` in the active ones, or NULL */
	char searched[256];             /* what was searched for before */
	bool given;                     /* it may still turn out to be wrong: */
	char text[FIELD_MAX];           /* what was given */
};

#endif

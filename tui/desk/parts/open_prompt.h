/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_OPEN_PROMPT_H
#define TUI_DESK_PARTS_OPEN_PROMPT_H
/*
 * What the open prompt is for (desk_prompt.c).  Filters and searches apply while they are
 * being typed.  If a text was entered and turns out to be wrong, the prompt opens again,
 * unless another key came meanwhile; so what is typed in between is not taken for keys.
 */
#include "tui/base/field.h"

struct asking;
struct filter;
struct open_prompt {
	const struct asking *asking;
	unsigned which;                 /* the filter that is edited */
	char tried[FIELD_MAX];          /* the text when it was last tried, */
	bool applied;                   /* and whether the screen follows it */
	struct filter *filter;          /* applies in place of `which`; or NULL */
	char searched[256];             /* what was searched for before */
	bool given;                     /* a text was entered that may still be wrong: */
	char text[FIELD_MAX];           /* that text */
};

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_PROMPT_H
#define TUI_DESK_DESK_PROMPT_H
/* The line at the foot in which a text is typed. */
#include "tui/base/field.h"
#include "tui/desk/desk.h"

/* Opens the prompt of an action; false if it has none. */
bool desk_prompt(struct desk *desk, enum action action);
/* The same for one filter of the list, or a new one: ASK_FILTER_*. */
void desk_prompt_filter(struct desk *desk, enum ask ask, unsigned which);
/* A key while it is open.  When a text was given that is an action's, returns that action
 * with the text (ACTION_COMMAND: a line of `:`); else ACTION_NONE: the prompt stays, or
 * nothing is left to do. */
enum action desk_prompt_key(struct desk *desk, uint32_t key, char text[FIELD_MAX]);
/* Applies a filter or a search as far as it is typed, if that changed; true: the
 * screen did too.  At most one table is on its way for it, however fast one types. */
bool desk_prompt_apply(struct desk *desk);
/* Opens the prompt again, with the sentence under the text, if what was given last turned
 * out to be wrong and no key came since. */
void desk_prompt_verdict(struct desk *desk);
/* A key came that is not the prompt's: what was given before stays as it went. */
void desk_prompt_forget(struct desk *desk);
/* What the typed filter leaves, or that no row near by has what is searched for; "":
 * nothing to tell. */
const char *desk_prompt_preview(const struct desk *desk, char text[64]);

#endif

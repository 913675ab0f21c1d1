/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_PROMPT_H
#define TUI_DESK_DESK_PROMPT_H
/* The line at the foot in which a text is typed. */
#include "tui/base/field.h"
#include "tui/desk/desk.h"

/* Opens the prompt of an action.  False: it has none. */
bool desk_prompt(struct desk *desk, enum action action);
/* Opens the prompt for one filter of the list: ASK_FILTER_EDIT, ASK_FILTER_NAME, or
 * ASK_FILTER_ADD for a new one. */
void desk_prompt_filter(struct desk *desk, enum ask ask, unsigned which);
/* Handles a key while the prompt is open.  If it enters a text for an action, returns the
 * action and the text (ACTION_COMMAND: a line of `:`).  Else returns ACTION_NONE: the prompt
 * stays open, or nothing is left to do. */
enum action desk_prompt_key(struct desk *desk, uint32_t key, char text[FIELD_MAX]);
/* Applies a filter or a search as far as it is typed, if the text has changed.  True: the
 * screen has changed too.  However fast one types, at most one table for it is on its way. */
bool desk_prompt_apply(struct desk *desk);
/* Opens the prompt again, with the message under the text, if the text that was entered last
 * turned out to be wrong and no key came since. */
void desk_prompt_verdict(struct desk *desk);
/* Another key came: the prompt will not open again for the text that was entered last. */
void desk_prompt_forget(struct desk *desk);
/* Returns what is shown beside the prompt: how much the typed filter leaves, that no row has
 * what is searched for, or "". */
const char *desk_prompt_preview(const struct desk *desk, char text[64]);

#endif

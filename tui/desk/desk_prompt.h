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
/* Asks what the typed filter would leave. */
void desk_prompt_count(struct desk *desk);
/* What it would leave; "" if unknown. */
const char *desk_prompt_preview(const struct desk *desk);

#endif

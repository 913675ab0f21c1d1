/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_HISTORY_H
#define TUI_TERM_HISTORY_H
/* What was typed before, with a list for each kind of prompt. */

/* Makes the list of this kind readline's; read from its file the first time. */
void history_use(const char *kind);
/* Adds a line to the list in use, unless it is empty or the last one again. */
void history_take(const char *line);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_APP_H
#define TUI_DESK_APP_H
/* Shows a session on the screens of the desk, on a terminal or played from a script. */
#include "tracer/collect/run/session.h"
#include "tui/desk/parts/app_options.h"
#include "tui/desk/parts/desk_state.h"

/* Makes sure that a crash leaves a usable terminal.  Called first of all, before a recording
 * is opened. */
void app_prepare(void);
/*
 * Runs until the user quits.  The session stays the caller's.  Returns memtop's exit status:
 * the target's own, what the quit dialog decided, 0 or 1 for --play, and 125 after a message
 * if there was no screen.  *ended says what happened to a target that was still running.
 */
int app_run(struct session *session, const struct app_options *options, enum desk_end *ended);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_APP_H
#define TUI_DESK_APP_H
/* The desk: screens over a session, on a terminal or played from a script. */
#include "tracer/collect/run/session.h"
#include "tui/desk/parts/app_options.h"
#include "tui/desk/parts/desk_state.h"

/* First of all, before a recording is opened: a crash leaves a sane terminal. */
void app_prepare(void);
/*
 * Runs until the user quits.  Returns the exit status for memtop proper:
 * of a quit live run what the quit dialog chose, for --play 0 or 1; *ended is what became
 * of a target that ran.  Does not close the session.
 */
int app_run(struct session *session, const struct app_options *options, enum desk_end *ended);

#endif

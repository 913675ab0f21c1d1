/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_RC_H
#define TUI_DESK_RC_H
/* The commands that run at the start, and the view that is saved at the end. */
struct desk;

/* Runs the commands that restore the last view, then those of memtoprc.  The foot says which
 * line was wrong. */
void rc_run(struct desk *desk);
/* Saves the view if it has changed since rc_run.  A failure is not reported: the screen is
 * closed by then. */
void rc_keep(struct desk *desk);

#endif

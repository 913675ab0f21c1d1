/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_RC_H
#define TUI_DESK_RC_H
/* What is done at the start and kept at the end. */
struct desk;

/* Runs what was kept of the last view, then memtoprc. */
void rc_run(struct desk *desk);
/* Keeps the view if it has changed since. */
void rc_keep(struct desk *desk);

#endif

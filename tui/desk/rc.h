/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_RC_H
#define TUI_DESK_RC_H
/* What is done at the start and kept at the end, and the folders for both. */
#include <stdbool.h>

struct desk;

/* Runs what was kept of the last view, then memtoprc. */
void rc_run(struct desk *desk);
/* Keeps the view if it has changed since. */
void rc_keep(struct desk *desk);
/* NULL if there is none; made if it is missing. */
const char *rc_state_folder(char path[4096]);
/* False if there is none; it may be missing. */
bool rc_config_folder(char path[4096]);

#endif

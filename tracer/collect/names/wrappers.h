/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_WRAPPERS_H
#define TRACER_COLLECT_NAMES_WRAPPERS_H
/* Allocator wrappers: functions that allocate on behalf of their callers. */
#include <stdbool.h>

struct wrappers;

/* The text of the list: share/memtop/wrappers beside the running executable
 * (../share, also one folder higher; else the one compiled in), then the user's own
 * $XDG_CONFIG_HOME/memtop/wrappers.  The caller frees it; NULL: out of memory. */
char *wrappers_text(void);

/* Reads lines "func:GLOB", "file:GLOB"; blank lines, "# ..." and lines of any
 * other form are skipped.  NULL text: an empty list.  NULL: out of memory. */
struct wrappers *wrappers_new(const char *text);
void wrappers_free(struct wrappers *wrappers);

/* Whether a frame with this function in this file is a wrapper. */
bool wrappers_match(const struct wrappers *wrappers, const char *function,
		    const char *file);

#endif

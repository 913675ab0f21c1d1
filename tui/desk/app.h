/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_APP_H
#define TUI_DESK_APP_H
/* The desk: screens over a session, on a terminal or played from a script. */
#include <stdbool.h>
#include "tracer/collect/run/session.h"

enum app_color { COLOR_AUTO, COLOR_YES, COLOR_NO };

struct app_options {
	const char *filter;             /* the view's first filter, or NULL */
	enum app_color color;
	bool ascii, no_mouse;
	bool fixed_clock;               /* times and rates print as constants (goldens) */
	const char *play;               /* script file, "-" for stdin, NULL: a terminal */
	unsigned width, height;         /* of the played screen; 0: 80x24 */
};

/* First of all, before a recording is opened: a crash leaves a sane terminal. */
void app_prepare(void);
/*
 * Runs until the user quits.  Returns the exit status for memtop proper:
 * of a quit live run what the quit dialog chose, for --play 0 or 1.  Does not
 * close the session.
 */
int app_run(struct session *session, const struct app_options *options);

#endif

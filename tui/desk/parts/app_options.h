/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_APP_OPTIONS_H
#define TUI_DESK_PARTS_APP_OPTIONS_H
/* The options for the screens, from the command line. */
#include <stdbool.h>

struct mine;                            /* views/row/mine.h */

enum app_color { COLOR_AUTO, COLOR_YES, COLOR_NO };

struct app_options {
	const char *filter;             /* the view's first filter, or NULL */
	const struct mine *mine;        /* --mine; NULL or off: not given */
	enum app_color color;
	bool ascii, no_mouse;
	bool fixed_clock;               /* times and rates print as constants (goldens) */
	const char *news;               /* said at the foot at the start; NULL: nothing */
	const char *play;               /* script file, "-" for stdin, NULL: a terminal */
	const char *output;             /* the live run's recording; NULL: none is kept */
	bool quiet;                     /* nothing is printed after the screen */
	unsigned width, height;         /* of the played screen; 0: 80x24 */
};

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SHOWN_SHOWN_H
#define TUI_SHOWN_SHOWN_H
/* What is shown and how: the times and heaps that were chosen, the user's wishes, the
 * target's terminal, and the foot of the screen.  The desk owns one of each, and lends it
 * to screens (tui/screens/context.h). */
#include <stdarg.h>
#include "tracer/heap/snapshot.h"
#include "tui/base/action.h"
#include "tui/base/canvas.h"
#include "tui/timeline/timeline.h"
#include "views/filter/saved.h"
#include "views/table/table.h"

/* The heap at a time that was chosen on the timeline; NULL: none was, or it has not come
 * yet. */
struct past_heap {
	struct snapshot *heap, *before; /* before: for bytes a second, or NULL */
	double time;
};

/* Time travel: the picture of the run, and the heaps at cursor and anchor. */
struct travel {
	struct timeline timeline;
	struct past_heap at;            /* at the cursor: all tables show it */
	struct past_heap anchor;
};

/* The snapshots that tables are made from. */
struct shown_heaps {
	struct snapshot *now;           /* NULL: there is none yet */
	struct snapshot *old;           /* of a diff, else NULL */
	struct snapshot *before;        /* some seconds older, for rates; or NULL */
	struct snapshot *judged;        /* whose curves give the verdicts; or NULL */
	char now_name[80], old_name[80];
};

/* How the user wants tables to be made. */
struct wishes {
	struct filter_list active;      /* the filters that are on */
	bool cumulative, raw, inverted;
	struct mine mine;               /* whether own code names rows, and which code
					 * that is */
	bool mine_new;                  /* no table was made since they asked for it */
	uint32_t columns_more, columns_less;    /* by 1 << id: those asked for, and hidden */
	unsigned detail;                /* height of the pane below tables, + 1; 0:
					 * automatic */
	struct search search;
	char follow[1024];              /* key of the row to select in another tab; "":
					 * none */
};

/* The target's terminal. */
struct output {
	const struct canvas *canvas;    /* its screen, or NULL */
	unsigned above;                 /* lines scrolled out above it */
	unsigned scroll;                /* how many lines it is scrolled back */
	bool focus;                     /* it gets the keys */
	bool asks;                      /* unseen output ends in mid-line */
};

/* The message at the foot of the screen, and why the last command failed, which is kept
 * when another message comes. */
struct foot {
	char text[256];
	bool error;
	char failure[256];              /* "": the command did not fail */
	size_t failed_at;               /* the byte of its text that is wrong */
};

/* Says something at the foot of the screen. */
void foot_say(struct foot *foot, bool error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void foot_say_list(struct foot *foot, bool error, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));
/* Says what went wrong, and that a command failed because of it, at the beginning of its
 * text. */
void foot_fail(struct foot *foot, const char *format, ...) __attribute__((format(printf, 2, 3)));
void foot_fail_list(struct foot *foot, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_CONTEXT_H
#define TUI_SCREENS_CONTEXT_H
/* All that screens may see: the desk fills it from the session, screens draw
 * it.  A screen changes only what stands under "the view" and "for the desk". */
#include <stdbool.h>
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/snapshot.h"
#include "tui/base/screen.h"
#include "tui/timeline/timeline.h"
#include "views/filter/saved.h"
#include "views/table/table.h"

/* The figures of the header and the gauges. */
struct gauges {
	struct totals totals;
	char unknown_by[128];           /* who freed blocks that were never seen to begin */
	double seconds;
	uint64_t rss, rss_file, rss_anon, rss_stack;    /* 0: unknown */
	uint64_t rss_current;           /* traced when those were read */
	uint64_t tracer, unresolved;
	double alloc_rate, free_rate;   /* a second */
	bool live, met, stopped;
	unsigned untraced;
	struct heavier heavier;         /* another process holds more */
};

/* A row of the Snapshots tab. */
struct moment_line {
	enum moment_kind kind;
	unsigned number, same;          /* same: how many were so called before */
	char name[64];
	double time;
	bool known;                     /* totals are filled */
	struct totals totals;
};

/* What a process holds, or held at its end. */
struct kin_figures {
	bool known, final;              /* final: they change no more */
	struct totals totals;
};

/* The heap of a time that was chosen on the timeline; NULL: none was, or it is on its way. */
struct past_heap {
	struct snapshot *heap;
	double time;
};

/* The target's terminal. */
struct output {
	const struct canvas *canvas;    /* its screen, or NULL */
	unsigned above;                 /* lines scrolled out above it */
	unsigned scroll;                /* how many of them are shown now */
	bool focus;                     /* it gets the keys */
	bool asks;                      /* what it printed last ends in mid-line, unseen */
};

enum ask {
	ASK_NONE,
	ASK_DIFF,                       /* against the moment `ask_text` */
	ASK_COPY,                       /* ask_text to the clipboard; ask_line: its frames, or 0 */
	ASK_EDIT,                       /* $EDITOR at ask_text, ask_line */
	ASK_FILTER_ADD,
	ASK_FILTER_EDIT,                /* the filter ask_line */
	ASK_FILTER_NAME,
	ASK_FILTERS_CHANGED,
	ASK_PROCESS,                    /* whose figures: ask_text as session_choose has it */
	ASK_KILL, ASK_LEAVE             /* quit, and the target with it, or not (or detach) */
};

struct source_lines;
struct context {
	/* What there is. */
	struct gauges gauges;
	const struct program *program;
	uint32_t process;               /* whose figures: its place in the list + 1; 0: all */
	/* By such a place, the sum at 0; only while the list of processes is looked at. */
	struct kin_figures *kin;
	size_t kin_length;
	const struct mark *marks;
	size_t marks_length;
	struct moment_line *moments;
	size_t moments_length;
	struct timeline timeline;
	struct past_heap at, anchor;    /* at its cursor, for all tables; at its anchor */
	struct snapshot *now, *old, *before;    /* of tables; old: a diff; before: for bytes a second */
	char now_name[80], old_name[80];
	struct output output;
	struct source_lines *source;    /* screens find some there, or say which they lack; or NULL */
	struct curves *curves;          /* of rows: the same */
	double behind;                  /* seconds that a frozen view lies behind */
	bool frozen, recording, ascii, fixed_clock;
	bool click_again;               /* the click is the second of a double one */

	/* The view: what tables are asked for. */
	struct saved_filters filters;
	struct filter_list active;      /* those that are on */
	bool cumulative, raw, inverted;
	struct mine mine;               /* whether, and which, own code names rows */
	uint32_t columns_more, columns_less;    /* by 1 << id: those asked for, and hidden */
	unsigned detail;                /* rows of the pane below tables, + 1; 0: by the window */
	struct search search;
	char follow[1024];              /* key to select after a change of tab; "" none */

	/* For the desk. */
	char message[256];
	bool message_error;
	struct screen next;             /* with REACT_OPEN: ops, and a state it owns */
	enum ask ask;
	char ask_text[4096];
	unsigned ask_line;
};
/* Says something at the foot of the screen. */
void context_say(struct context *context, bool error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Whether any gauge or row may show what the clock says. */
static inline bool context_clock(const struct context *context) { return !context->fixed_clock; }

#endif

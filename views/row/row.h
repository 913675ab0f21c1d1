/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_ROW_H
#define VIEWS_ROW_ROW_H
/* The parts of a question over a snapshot: the view that is asked for, the table that
 * answers it, its rows and their frames.  This is data only: table.h makes it, and
 * everything that shows, filters or exports it reads it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/snapshot.h"
#include "views/row/column.h"
#include "views/row/row_type.h"

struct filter_list;                     /* views/filter/filter.h */
struct mine;                            /* views/row/mine.h */

enum view_key {
#define KEY(ID, ...) BY_##ID,
#include "views/row/keys.def"
#undef KEY
	VIEW_KEYS
};
/* What the rows of a key are made of. */
enum view_key_of {
	OF_FRAME,                       /* one frame of each stack; cumulative: all */
	OF_STACK,
	OF_ROW,                         /* what a snapshot's row has besides its stack */
	OF_TREE
};

struct view {
	enum view_key by;
	bool cumulative;                /* not with traceback, thread, domain */
	bool raw;                       /* allocator wrappers name rows too */
	const struct mine *mine;        /* if on, own code names rows; NULL: off */
	bool compat;                    /* counts as tracemalloc does */
	bool any_filters;               /* then filters look at the newest of any code */
	bool inverted;                  /* BY_TREE: callees first, their callers beneath */
	bool nested;                    /* written as the tree of holders (held/laid.h) */
	bool counted;                   /* only what is part of `current`: no mmap domain */
	unsigned frames;                /* the newest that tell stacks apart; 0: nframe */
	const struct filter_list *filters;      /* NULL: none */
	enum column_id sort;            /* COLUMN_DEFAULT: tracemalloc's order */
	bool reverse;
	size_t limit;                   /* 0: all */
	struct snapshot *before;        /* an earlier moment, for rates; or NULL */
	bool ascii;                     /* curves are drawn without block elements */
	bool members;                   /* table_members will be asked: table_members.h */
	bool same_run;                  /* the old snapshot's times can be compared */
	bool (*stop)(void *user);       /* asked meanwhile; true gives it up; or NULL */
	void *stop_user;
};

/* A frame as text; pointers live as long as the table. */
struct row_frame {
	const char *file, *function, *module;   /* never NULL; "" if unknown */
	unsigned line;
	enum lang lang;
	bool inlined, wrapper, unresolved;
};

struct row {
	/* "/src/a.c:4" ("/lib/x.so!strdup" where no line is known; for a stack, of its
	 * newest frame that is no wrapper), a file, function or module ("?"), "TID NAME",
	 * or a domain. */
	const char *key;
	struct figures now;
	uint64_t peak;
	struct look_figures look;       /* of `now`; all zero if nothing was found */
	uint64_t retained;              /* 0: not known */
	struct row_type type;           /* name NULL: not known */
	uint64_t old_size, old_count;   /* diffs */
	int64_t size_diff, count_diff;
	double error;                   /* standard error of now.size, if sampled */
	double rate;                    /* bytes a second, if the table's seconds > 0 */
	double age, oldest;             /* of blocks: average, largest; NaN: unknown */
	const struct growth_verdict *growth;    /* NULL: it has no curve */
	int32_t tid;                    /* BY_THREAD */
	const char *thread_name;        /* BY_THREAD, else NULL */
	uint16_t domain;                /* BY_DOMAIN */
	struct trace_id trace;          /* one trace of the row, for its stack */
	bool from_old;                  /* `trace` is in the old snapshot's catalog */
	struct row_frame newest;        /* the frame that names the row, if frames_length */
	uint32_t frames_length;         /* 1 by line, file, function, module; else 0 */
	size_t index;                   /* its place in the table */
	/* BY_TREE (views/table/tree.h). */
	uint64_t path;                  /* a hash of its frames, equal in all tables */
	uint64_t parent_size;           /* bytes of its parent */
	uint64_t guides;                /* bit i: a line goes on below at indent i */
	uint32_t node, depth, children; /* children of a closed row: 1 may mean more */
	uint32_t hidden, folded;        /* children, and frames, that have no own row */
	uint16_t indent;                /* branching nodes above it */
	bool fork, open;                /* it has siblings; its children are shown */
};

/* The verdict of a row of a table with verdicts: a row without a curve held nothing. */
void row_verdict(const struct row *row, struct growth_verdict *verdict);
/* Which share of all its blocks ever allocated has been freed, 0 to 1. */
double row_freed(const struct row *row);

struct table {
	struct view view;
	bool diff;
	struct snapshot *now, *old;     /* retained; old NULL if no diff */
	size_t length;                  /* rows: at most limit */
#define TABLE_MANY SIZE_MAX             /* the number of rows is not known */
	size_t total_rows;              /* before limit */
	struct figures sum;             /* of all traces that filters keep, once each */
	struct look_figures look;       /* the same */
	/* The part of `sum` that is on stacks whose cut moves figures in this table. */
	struct figures cut[CUTS];
	uint64_t old_sum, old_count;
	/* Seconds between the moments of `rate`; 0: there is no rate. */
	double seconds;
	uint64_t sizes[SIZE_CLASSES];   /* table_drill: blocks by size, if counted */
	float births[GROWTH_BINS];      /* their bytes by birth at the last census, */
	double births_at;               /* which was at this time; 0: none known */
};

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_H
#define VIEWS_TABLE_H
/*
 * One question over one snapshot, or over two (a diff): rows in order, with
 * the totals and the provenance that every presentation needs.  The screens,
 * text, CSV and JSON all print this and compute nothing of their own.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/snapshot.h"
#include "views/column.h"
#include "views/filter.h"

enum view_key {
	BY_LINENO, BY_TRACEBACK, BY_FILENAME, BY_FUNCTION, BY_MODULE, BY_THREAD, BY_DOMAIN,
	BY_TREE,                        /* callers and callees: views/tree.h */
	VIEW_KEYS
};

struct view {
	enum view_key by;
	bool cumulative;                /* not with traceback, thread, domain */
	bool raw;                       /* wrappers are not skipped */
	bool compat;                    /* count as tracemalloc does */
	bool inverted;                  /* BY_TREE: callees first, their callers beneath */
	bool counted;                   /* only what is part of current: no mmap domain */
	unsigned frames;                /* newest frames that tell stacks apart; 0: nframe */
	const struct filter_list *filters;      /* NULL: none */
	enum column_id sort;            /* COLUMN_DEFAULT: tracemalloc's order */
	bool reverse;
	size_t limit;                   /* 0: all */
	struct snapshot *before;        /* an earlier moment of the run, for rates; NULL: none */
	bool same_run;                  /* the old snapshot is of the same run, told by time */
	bool (*stop)(void *user);       /* asked while it is built: true gives up; or NULL */
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
	/* "/src/a.c:4" ("/lib/x.so!strdup" where no line is known; a stack's is its newest
	 * frame that is no wrapper), a file, function or module ("?"), "TID NAME", a domain. */
	const char *key;
	struct figures now;
	uint64_t peak;
	uint64_t old_size, old_count;   /* diffs */
	int64_t size_diff, count_diff;
	double error;                   /* standard error of now.size, of samples */
	double rate;                    /* bytes a second, if the table's seconds > 0 */
	int32_t tid;                    /* BY_THREAD */
	const char *thread_name;        /* BY_THREAD, else NULL */
	uint16_t domain;                /* BY_DOMAIN */
	struct trace_id trace;          /* one trace of the row, for its stack */
	bool from_old;                  /* `trace` is in the old snapshot's catalog */
	struct row_frame newest;        /* the frame that names the row, if frames_length */
	uint32_t frames_length;         /* 1 for line, file, function, module; 0 thread, domain */
	size_t index;                   /* its place in the table */
	/* BY_TREE (views/tree.h). */
	uint64_t path;                  /* stands for its frames, in any table */
	uint64_t parent_size;           /* bytes of what it hangs from */
	uint64_t guides;                /* bit i: a line goes on below at indent i */
	uint32_t node, depth, children; /* children of a closed row: 1 may mean some */
	uint32_t hidden;                /* children that are no rows */
	uint16_t indent;                /* forks above it */
	bool fork, open;                /* it has siblings; its children are rows */
};

struct table {
	struct view view;
	bool diff;
	struct snapshot *now, *old;     /* retained; old NULL if no diff */
	size_t length;                  /* rows: at most limit */
#define TABLE_MANY SIZE_MAX             /* rows that were not counted */
	size_t total_rows;              /* before limit */
	struct figures sum;             /* of all rows' traces that the filters keep, once each */
	uint64_t old_sum, old_count;
	double seconds;                 /* between the moments of `rate`; 0: there is no rate */
	/* Live blocks of table_drill's rows by size class; none: nobody counted. */
	uint64_t sizes[SIZE_CLASSES];
};

/* NULL with a problem (bad combination, out of memory), "" if the view's stop gave up.
 * Cumulative counts each frame of a stack, wrappers too; compat implies raw and
 * leaves out what holds no block.  A column of diffs sorts nothing else: then
 * the default order is taken.  Row tests of filters do not reach table_drill.
 * BY_TREE gives a table without rows: tree_flatten (views/tree.h) makes them. */
struct table *table_build(const struct view *view, struct snapshot *now, struct snapshot *old,
			  char problem[256]);
void table_free(struct table *table);

/* Row i < length, made when first asked for and then kept (of a tree until the next
 * tree_flatten); an empty row without memory.  table_read keeps none: for long passes. */
const struct row *table_at(const struct table *table, size_t i);
void table_read(const struct table *table, size_t i, struct row *row);

/* Frames without a function in all stacks of the new or old snapshot: a pass over them. */
uint64_t table_unresolved(const struct table *table, bool old);

/* A row's whole stack (or its one frame), newest first, at most `max`; how many. */
size_t table_frames(const struct table *table, const struct row *row, struct row_frame *frames,
		    size_t max);
/* All frames of the row's example trace (drill in), newest first. */
size_t table_stack(const struct table *table, const struct row *row, struct row_frame *frames,
		   size_t max, bool *cut);
/* The traces behind a row as a traceback table (drill in), same filters. */
struct table *table_drill(const struct table *table, const struct row *row, char problem[256]);

/* "lineno"... and back; -1: unknown. */
const char *view_key_name(enum view_key by);
int view_key_parse(const char *word);

#endif

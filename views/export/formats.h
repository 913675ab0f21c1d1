/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_FORMATS_H
#define VIEWS_EXPORT_FORMATS_H
/*
 * The one table of formats that a view can be exported in: the command, the
 * screens, help and completion all read it.  Formats of stacks show whole
 * stacks whatever the view groups by; tables are written as they are.
 */
#include <stdbool.h>
#include "views/export/export.h"
#include "views/export/stacks.h"
#include "views/text/text.h"

/* Blocks of a tracemalloc pickle that need `force`: one tuple stands for each. */
#define EXPORT_MANY_BLOCKS UINT64_C(10000000)

struct export_request {
	const struct table *table;
	struct provenance now, old;         /* old: of diffs */
	text_source source;             /* NULL: no source lines in "text" */
	void *user;                     /* of source */
	bool force;                     /* write more than EXPORT_MANY_BLOCKS */
};

struct export_format {
	const char *name;               /* --format=, :export */
	const char *suffix;             /* that files of it have, with its dot */
	const char *help;               /* one sentence */
	bool stacks;                    /* wants a table of whole stacks */
	bool binary;                    /* no text for a terminal */
	/* As export_run; the table is one of stacks if it must be. */
	int (*write)(const struct export_request *request, struct sink *sink,
		     char problem[256]);
};

/* By its place in the list, from 0; NULL behind the last. */
const struct export_format *export_format_get(unsigned number);
/* By name; NULL if there is none. */
const struct export_format *export_format_find(const char *name);
/* By the longest suffix of a file's name; NULL if no format has it. */
const struct export_format *export_format_of(const char *path);

/*
 * Writes the question of request->table to the sink.  0; the sink's error; or
 * -EINVAL or -ENOMEM with a sentence in `problem`, which is "" otherwise.
 * What was written by then is no whole file.
 */
int export_run(const struct export_format *format, const struct export_request *request,
	       struct sink *sink, char problem[256]);

/* What a stack is weighed by where its table is sorted by this column, by size if
 * by none; NULL: no figure of single stacks (percent, average, location, diffs). */
const struct column *export_weight(enum column_id sort);
uint64_t export_value(const struct column *weight, const struct stack *stack);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_FORMATS_H
#define VIEWS_EXPORT_FORMATS_H
/*
 * The one table of formats that a view can be exported in: the command, the screens, help
 * and completion all read it.  Formats of stacks show whole stacks whatever the view
 * groups by; formats of tables write the table as it is.
 */
#include <stdbool.h>
#include "views/export/export.h"
#include "views/export/stacks.h"
#include "views/text/text.h"

/* With more blocks than this a tracemalloc pickle needs `force`: it has a tuple for
 * each. */
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
	const char *suffix;             /* the ending of its files' names, with the dot */
	const char *help;               /* one sentence */
	bool stacks;                    /* it needs a table of whole stacks */
	bool binary;                    /* not a text for terminals */
	/* Works like export_run; if `stacks` is set, the table is one of stacks. */
	int (*write)(const struct export_request *request, struct sink *sink,
		     char problem[256]);
};

/* The format at a place in the list, from 0; NULL after the last. */
const struct export_format *export_format_get(unsigned number);
/* The format of that name; NULL if there is none. */
const struct export_format *export_format_find(const char *name);
/* The format with the longest suffix that the file's name has; NULL if no format has
 * one. */
const struct export_format *export_format_of(const char *path);

/*
 * Exports the table of the request to the sink.  0; the sink's error; or -EINVAL or
 * -ENOMEM with a sentence in `problem`, which is "" otherwise.  After a failure, what has
 * been written is not a complete file.
 */
int export_run(const struct export_format *format, const struct export_request *request,
	       struct sink *sink, char problem[256]);

/* The column by which stacks are weighed in a table that is sorted by this one (size if
 * it is sorted by none).  NULL: single stacks don't have the figure (percent, average,
 * location, diffs). */
const struct column *export_weight(enum column_id sort);
uint64_t export_value(const struct column *weight, const struct stack *stack);

#endif

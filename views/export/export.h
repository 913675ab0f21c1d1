/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_EXPORT_H
#define VIEWS_EXPORT_EXPORT_H
/* Tables in formats for programs.  JSON: share/doc/JSON.md. */
#include "tracer/heap/catalog/program.h"
#include "views/format/sink.h"
#include "views/table/table.h"
#include "views/text/verdict.h"

/* Where a snapshot comes from. */
struct provenance {
	const char *file;               /* the recording; "" for a live run */
	const struct program *program;
	struct heavier heavier;         /* a process that holds, or grew, more than the
					 * one shown */
	/* Zero if there is no history, or if it was not asked for. */
	struct history_extent history;
};

/* How many chains of holders are written with a row, at most. */
#define EXPORT_CHAINS 8u

/* Writes report's JSON, or diff's if the table is a diff (old is its origin, else
 * NULL). */
int export_json(const struct table *table, const struct provenance *now, const struct provenance *old,
		struct sink *sink);
/* Writes the rows of a diff alone, in the form that they have in report's JSON: an
 * array. */
int export_stacks(const struct table *table, struct sink *sink);
int export_csv(const struct table *table, struct sink *sink);

/* Write check's verdict as JUnit's XML, and as Markdown.  0 or the sink's error. */
int export_verdict_junit(const struct verdict *verdict, struct sink *sink);
int export_verdict_markdown(const struct verdict *verdict, struct sink *sink);
/* Writes the one of these that the file's name asks for: .xml, .md or .markdown, else
 * JSON. */
int export_verdict_to(const char *path, const struct verdict *verdict, struct sink *sink);

#endif

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
	const char *file;               /* recording, or "" for a live run */
	const struct program *program;
	struct heavier heavier;         /* who holds, or grew, more than the process shown */
	/* Zero: there is no history, or it was not asked for. */
	struct history_extent history;
};

/* Of who holds a row, at most so many ways stand with it. */
#define EXPORT_CHAINS 8u

/* report's JSON; diff's if the table is one (old: its origin, else NULL). */
int export_json(const struct table *table, const struct provenance *now, const struct provenance *old,
		struct sink *sink);
/* The rows of a diff alone, as report's JSON has them: an array. */
int export_stacks(const struct table *table, struct sink *sink);
int export_csv(const struct table *table, struct sink *sink);

/* check's verdict as JSON, as JUnit's XML, and as Markdown.  0 or the sink's error. */
int export_verdict(const struct verdict *verdict, struct sink *sink);
int export_verdict_junit(const struct verdict *verdict, struct sink *sink);
int export_verdict_markdown(const struct verdict *verdict, struct sink *sink);
/* That of these which the file's name asks for: .xml, .md or .markdown, else JSON. */
int export_verdict_to(const char *path, const struct verdict *verdict, struct sink *sink);

#endif

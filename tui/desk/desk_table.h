/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_TABLE_H
#define TUI_DESK_DESK_TABLE_H
/*
 * What takes its time over a snapshot is done by workers: the table of the screen on top,
 * what a filter that is typed would leave, source lines, exports.  The desk shows the last table, draws
 * and answers keys until the next one is there.  A script has no workers: it waits.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "tracer/ground/worker.h"

struct desk;
struct filter;
struct table_job;
struct export_job;
struct source_job;
struct source_lines;
struct session;

struct tables {
	struct worker *builder;         /* of tables; NULL: each is built when it is asked */
	struct worker *exporter;        /* of files, which must not hold up tables; or NULL */
	struct table_job *asked;        /* of the screen on top, or NULL */
	struct table_job *count;        /* of the prompt, or NULL */
	struct export_job *export;      /* or NULL */
	double at, cost;                /* when the last table came; seconds of a core */
	/* What a typed filter would leave, "" if unknown, and for which text and heap. */
	char counted[4096], answer[64];
	uint64_t counted_of;
};

struct sources {
	struct session *session;        /* knows the files */
	struct source_lines *lines;     /* what is known and what is wanted, for screens */
	struct worker *reader;          /* waits for no table; NULL: all is read when asked */
	struct source_job *asked;       /* or NULL */
};

/* Begins the workers, or without memory for one does what it would at once; ends them,
 * whatever they were asked. */
void tables_open(struct tables *tables);
void tables_close(struct tables *tables);
/* Whether something is on its way. */
bool tables_busy(const struct tables *tables);
/* The export that is on its way is not wanted any more (desk_export.c). */
void tables_forget_export(struct tables *tables);

/* Asks for the table of the screen on top, in place of what was asked before. */
void desk_table_ask(struct desk *desk);
/* Another screen is on top now. */
void tables_forget_table(struct tables *tables);
/* Waits a moment for what was asked: what is soon there needs no frame before it. */
void desk_table_await(struct desk *desk);
/* Does what follows from what the workers have done. */
void desk_tables_take(struct desk *desk);

/* Asks what the table on top would hold with this filter in place of the one of that
 * number; the filter and its text are copied.  The answer stands in tables.answer. */
void desk_count_ask(struct desk *desk, struct filter *typed, const char *text,
		    unsigned instead);
void tables_forget_count(struct tables *tables);

/* desk_source.c: of zeroed sources, false without memory; with a worker or without.  Ends
 * them, whatever is on its way. */
bool sources_open(struct sources *sources, struct session *session, bool worker);
void sources_close(struct sources *sources);
/* Takes the lines that were read, or asks for those that were not there when the screen
 * was drawn, and waits a moment for them.  True: they came; it is to be drawn again. */
bool sources_take(struct sources *sources);
bool sources_await(struct sources *sources);

/* desk_export.c: writes the table of the screen on top: "FORMAT FILE".  What follows
 * when that is done. */
void desk_export(struct desk *desk, const char *text);
void desk_export_take(struct desk *desk);
/* A file to write ("-": standard output) or NULL with errno; closing it: 0 if all was
 * written. */
FILE *desk_open_output(const char *path);
int desk_close_output(FILE *file);

#endif

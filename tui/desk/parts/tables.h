/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_TABLES_H
#define TUI_DESK_PARTS_TABLES_H
/*
 * What takes its time over a snapshot is done by workers: the table of the screen on top,
 * and exports.  The desk shows the last table, draws and answers keys until the next one
 * is there.  A script has no workers: it waits.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/ground/worker.h"

struct question;
struct table_job;

struct tables {
	struct worker *builder;         /* of tables; NULL: each is built when it is asked */
	struct worker *exporter;        /* of files, which must not hold up tables; or NULL */
	struct table_job *asked;        /* of the screen on top, or NULL */
	struct job *export;             /* desk_export.c's, or NULL */
	double at, cost;                /* when the last table came; seconds of a core */
};

/* Begins the workers; without memory for one, its jobs are done when they are asked
 * for. */
void tables_open(struct tables *tables);
/* Ends the workers, whatever they were asked. */
void tables_close(struct tables *tables);
/* Whether something is on its way. */
bool tables_busy(const struct tables *tables);

/* Has a question answered for the screen on top, in place of the one that was asked
 * before, which is given up.  Takes the question over; with NULL for it, or without
 * memory, nothing is on its way. */
void tables_ask(struct tables *tables, struct question *question);
/* The question with its answer, which is the caller's, and in *seconds how long a core
 * took for it; NULL: it has not come, or none was asked. */
struct question *tables_take(struct tables *tables, double *seconds);

/* What was asked for is not wanted any more. */
void tables_forget_table(struct tables *tables);

#endif

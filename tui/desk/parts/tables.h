/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_TABLES_H
#define TUI_DESK_PARTS_TABLES_H
/*
 * Work on a snapshot that takes long is done by workers: the table of the screen on top,
 * and exports.  The desk shows the last table, draws and handles keys until the next one
 * is there.  A script has no workers, and waits.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/ground/threads/worker.h"

struct question;
struct table_job;

struct tables {
	struct worker *builder;         /* of tables; NULL: each is built at once */
	struct worker *exporter;        /* of files, so that they don't delay tables; or
					 * NULL */
	struct table_job *asked;        /* of the screen on top, or NULL */
	struct job *export;             /* desk_export.c's, or NULL */
	double at, cost;                /* when the last table came; processor seconds */
};

/* Starts the workers; if there is no memory for one, its jobs are done at once. */
void tables_open(struct tables *tables);
/* Ends the workers, whatever they are doing. */
void tables_close(struct tables *tables);
/* Whether something is on its way. */
bool tables_busy(const struct tables *tables);

/* Has a question answered for the screen on top, and gives up the one that was asked
 * before.  Takes the question over.  If it is NULL, or if out of memory, nothing is on
 * its way. */
void tables_ask(struct tables *tables, struct question *question);
/* Takes the question with its answer, and sets *seconds to the processor time that it
 * took.  NULL: it has not been answered, or none was asked. */
struct question *tables_take(struct tables *tables, double *seconds);

/* Gives up the question that was asked. */
void tables_forget_table(struct tables *tables);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_PARTS_H
#define TRACER_COLLECT_RECORDING_STORE_PARTS_H
/* The inside of a store, shared by store.c (file, run) and store_write.c
 * (catalog, moments); for no one else. */
#include <sqlite3.h>
#include "tracer/collect/recording/store.h"
#include "tracer/ground/finder.h"

enum store_statement {
	STORE_META, STORE_PROCESS, STORE_ARGUMENT, STORE_POINT, STORE_MARK, STORE_THREAD,
	STORE_MODULE, STORE_FRAME, STORE_SITE, STORE_SITE_FRAME, STORE_TRACE, STORE_MOMENT,
	STORE_STAT, STORE_SOURCE, STORE_FORGET_MOMENT, STORE_FORGET_STATS,
	STORE_UNKNOWN, STORE_FORGET_UNKNOWN, STORE_HISTORY, STORE_FORGET_HISTORY,
	STORE_STATEMENTS
};

/* A set of ids: one bit each, grown as needed. */
struct store_set {
	uint8_t *bits;
	size_t bytes;
};

/* What was last written of a moment, so that an unchanged one is left alone. */
struct store_moment {
	uint32_t process;
	enum moment_kind kind;
	unsigned number;
	uint64_t digest;
};

struct store {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statements[STORE_STATEMENTS];
	bool open;                      /* a transaction is */

	/* Of the catalog: what the file has. */
	struct catalog *catalog;        /* retained; NULL before the first snapshot */
	struct store_set frames, sites[2], traces[2];   /* [1]: of memtop's own making */
	uint32_t *modules, *threads;    /* reason, name as written + 1; 0: not yet */
	uint32_t modules_length, threads_length;
	uint32_t *unnamed;              /* sites written without frames */
	size_t unnamed_length, unnamed_room;
	uint32_t sources;               /* frames whose source was looked up, 1 + the last */
	struct store_moment *moments;   /* its index + 1: moment.id */
	size_t moments_length, moments_room;
	struct finder moment_index;      /* by process, kind and number */
};

/* Fills *error after a failed call of SQLite; -1. */
int store_failed(const struct store *store, struct error *error);
/* Begins a transaction if none is open. */
int store_begin(struct store *store, struct error *error);
/* Steps a statement of no rows, resets it. */
int store_step(struct store *store, enum store_statement which, struct error *error);
void store_bind(struct store *store, enum store_statement which, int at, uint64_t value);
void store_bind_text(struct store *store, enum store_statement which, int at, const char *text);
void store_bind_real(struct store *store, enum store_statement which, int at, double value);

/* Names that came since, threads and modules that changed. */
int store_refresh(struct store *store, struct error *error);
/* A trace and all that it stands on, if the file lacks it; the catalog is followed. */
int store_trace(struct store *store, struct trace_id id, struct error *error);
/* What is written from now on is of this catalog: another's is forgotten. */
int store_follow(struct store *store, struct catalog *catalog, struct error *error);
/* Forgets a process's moments. */
int store_forget_process(struct store *store, uint32_t process, struct error *error);
/* Forgets what the file has of the catalog (in memory only). */
void store_forget(struct store *store);

#endif

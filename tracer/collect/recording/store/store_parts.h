/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_PARTS_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_PARTS_H
/* The inside of a store, shared by store.c (file, run) and store_*.c; for no one else. */
#include <sqlite3.h>
#include "tracer/collect/recording/store/store.h"
#include "tracer/collect/recording/store/store_layers.h"
#include "tracer/collect/recording/store/store_run.h"
#include "tracer/collect/recording/store/store_set.h"
#include "tracer/ground/finder.h"

enum store_statement {
	STORE_META, STORE_PROCESS, STORE_ARGUMENT, STORE_POINT, STORE_MARK, STORE_THREAD,
	STORE_MODULE, STORE_FRAME, STORE_SITE, STORE_SITE_FRAME, STORE_TRACES, STORE_MOMENT,
	STORE_STATS, STORE_FIGURE, STORE_SOURCE, STORE_FORGET_MOMENT, STORE_FORGET_STATS,
	STORE_FORGET_FIGURES, STORE_UNKNOWN, STORE_FORGET_UNKNOWN, STORE_HISTORY,
	STORE_FORGET_HISTORY, STORE_FORGET_PAST, STORE_CEILING, STORE_GROWTH_AXIS, STORE_GROWTH,
	STORE_FORGET_GROWTH_AXIS, STORE_FORGET_GROWTH, STORE_LOOK, STORE_LOOK_STAT, STORE_LOOK_TYPE,
	STORE_LOOK_PART, STORE_FORGET_LOOK, STORE_FORGET_LOOK_STATS, STORE_FORGET_LOOK_TYPES,
	STORE_FORGET_LOOK_PARTS, STORE_LOOK_ROOT, STORE_LOOK_NODE, STORE_LOOK_NAME,
	STORE_LOOK_EXAMPLE, STORE_FORGET_LOOK_ROOTS, STORE_FORGET_LOOK_NODES,
	STORE_FORGET_LOOK_NAMES, STORE_FORGET_LOOK_EXAMPLES, STORE_ARENA, STORE_ARENA_PART,
	STORE_FORGET_ARENAS, STORE_FORGET_ARENA_PARTS, STORE_MAPPER, STORE_FORGET_MAPPERS, STORE_STATEMENTS
};

/* What was last written for a moment, so that an unchanged one is not written again. */
struct store_moment {
	uint32_t process;
	enum moment_kind kind;
	unsigned number;
	uint64_t digest;
	struct store_layers layers;
};

struct store {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statements[STORE_STATEMENTS];
	bool prepared, open, whole, unshared;   /* tables are made or can't be; a transaction
					 * is; the file has a whole state; and a journal */
	struct catalog *catalog;        /* retained, or NULL; of it the file has: */
	struct store_set frames, sites[2], traces[2];   /* [1]: of memtop's own making */
	struct store_set fresh[2];      /* traces that are still to be written */
	uint32_t fresh_first[2], fresh_end[2];  /* range of their bits; end 0: none */
	uint32_t *modules, *threads;    /* reason, name as written, + 1; 0: not yet */
	uint32_t modules_length, threads_length;
	uint32_t *unnamed;              /* sites written without frames */
	size_t unnamed_length, unnamed_room;
	uint32_t sources;               /* frames below this had their source looked up */
	uint32_t ahead, traces_ahead;   /* sites and the tracer's traces below these are
					 * written */
	uint32_t traces_whole;          /* as far as store_traces_whole looked */
	struct store_moment *moments;   /* by moment.id - 1 */
	size_t moments_length, moments_room;
	struct finder moment_index;      /* by process, kind and number */
	uint32_t *layers;               /* [layer]: how many moments have it */
	uint32_t layers_length, layer_free;     /* all below layer_free are in use */
	struct store_base *bases;       /* [process] */
	uint32_t bases_length;
	size_t bases_rows;              /* of all bases */
	struct store_run run;           /* what is being written */
};

/* Fills *error after a failed call of SQLite; -1. */
int store_failed(const struct store *store, struct error *error);
/* Run SQL without rows, "BEGIN" if needed, a prepared statement.  0, or -1 with *error. */
int store_execute(struct store *store, const char *sql, struct error *error);
int store_begin(struct store *store, struct error *error);
int store_step(struct store *store, enum store_statement which, struct error *error);
int store_step_rows(struct store *store, sqlite3_stmt *statement, struct error *error);
/* An insert's statement for n rows at a time, for sqlite3_finalize; NULL with *error. */
sqlite3_stmt *store_rows_of(struct store *store, enum store_statement which, unsigned n,
			    struct error *error);
void store_bind(struct store *store, enum store_statement which, int at, uint64_t value);
void store_bind_text(struct store *store, enum store_statement which, int at, const char *text);
void store_bind_real(struct store *store, enum store_statement which, int at, double value);

int store_no_memory(struct error *error);       /* fills *error; -1 */
/* Grows an array of words to this length, with new ones 0.  0 or -1: out of memory. */
int store_words(uint32_t **words, uint32_t *length, uint32_t wanted);

/* A site's number in the file: small, as the tracer's and memtop's own alternate. */
uint32_t store_site_number(struct site_id id);
/* Writes a site and the names that it has so far.  0, or -1 with *error, as all below. */
int store_site(struct store *store, struct site_id id, struct error *error);
/* Notes that a trace is needed, with its older nodes up to one that the file has, and
 * writes their sites.  Most are there: store_has_trace. */
int store_trace(struct store *store, struct trace_id id, struct error *error);
static inline bool store_has_trace(const struct store *store, struct trace_id id)
{
	return store_set_has(&store->traces[id.v >= TRACE_OURS], id.v & ~TRACE_OURS);
}
int store_traces(struct store *store, struct error *error);     /* writes those noted */
/* The file has all of the tracer's traces below this one, or gets them with those noted. */
uint32_t store_traces_whole(struct store *store);

/* Looks at all rows before they are written: notes the traces that they need, and
 * continues a digest.  *in_order: they can be written as they are. */
int store_rows_look(struct store *store, const struct snapshot *snapshot, uint64_t *digest,
		    bool *in_order, struct error *error);
/* Writes a snapshot's rows: to a layer of their own, or as differences from the process's
 * base.  *layers: those that the moment then uses, held for it.  The store may keep a
 * reference. */
int store_rows(struct store *store, struct snapshot *snapshot, bool in_order,
	       struct store_layers *layers, struct error *error);
/* Replaces the curves of a moment's rows; or deletes them. */
int store_growth(struct store *store, uint64_t moment, const struct snapshot *snapshot,
		 struct error *error);
int store_forget_growth(struct store *store, uint64_t moment, struct error *error);
/* The same for what a look found. */
int store_look(struct store *store, uint64_t moment, const struct snapshot *snapshot,
	       struct error *error);
int store_forget_look(struct store *store, uint64_t moment, struct error *error);
/* Writes new names, and threads and modules that changed. */
int store_refresh(struct store *store, struct error *error);
/* From now on this catalog is written; another one is forgotten. */
int store_follow(struct store *store, struct catalog *catalog, struct error *error);
void store_forget(struct store *store); /* in memory only: what the file has of it */

#endif

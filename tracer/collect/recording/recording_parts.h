/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_RECORDING_PARTS_H
#define TRACER_COLLECT_RECORDING_RECORDING_PARTS_H
/* The inside of an open recording, shared by recording.c (file, queries),
 * recording_load.c (the run), recording_catalog.c, recording_traces.c,
 * recording_moment.c, recording_rows.c and recording_edit.c; for no one else. */
#include <sqlite3.h>
#include "tracer/collect/recording/recording.h"

/* Ids in the file, ascending; the catalog's id is place + first. */
struct recording_ids {
	uint32_t *ids;
	size_t length, room;
	uint32_t first;
};

struct recording {
	sqlite3 *db;
	sqlite3_stmt *source;           /* asks for a line of source; NULL: not yet */
	char *path;
	uint64_t bytes;                 /* the file's size */
	bool has_log;                   /* a log stands beside it: it is, or was, being written */
	int finished;                   /* 1: the file says so, -1: not, 0: too old to say */
	uint64_t steps, steps_max;      /* of SQLite in one query, in thousands */
	struct program program;
	struct catalog *catalog;
	struct recording_ids modules, threads, frames, sites, traces;
	bool has_processes;             /* format 2: each moment is of one process */
	bool has_cuts;                  /* format 3: why stacks are cut, what was lost by kind */
	bool has_reasons;               /* format 3: process.reason */
	uint32_t process;               /* recording_choose */
	struct moment *moments;         /* of all processes */
	uint32_t *moment_ids;           /* for each of them moment.id */
	size_t moments_length;
	struct moment *chosen;          /* those of `process` */
	size_t chosen_length;
	struct point *points;
	size_t points_length;
	struct mark *marks;
	size_t marks_length;
	bool has_chunks;                /* format 4: traces and rows of moments are in chunks */
	uint64_t cells, cells_max;      /* read from chunks in one query */
	bool has_sizes;                 /* stat.sizes: older files have none */
	bool has_unknown;               /* the table unknown_free, likewise */
	bool has_history;               /* the table history, likewise */
	struct recording_past **pasts;  /* see recording_history.c */
	size_t pasts_length;
	bool has_ceilings;              /* the table ceiling, likewise */
	bool has_growth;                /* growth_axis and growth, likewise */
	bool has_types;                 /* look_type and look_part */
	bool has_held;                  /* look_root and look_node, from format 6 on */
	bool has_names, has_examples, has_mappers;      /* look_name, _example, _mapper */
	bool has_arenas, has_cycles;    /* look_arena and look_arena_part; the looks' `cycles` */
	bool has_looks;                 /* look and look_stat, from format 5 on */
	bool has_ages, has_folded;      /* figure.born, oldest, moment.walked: format 5; process.folded */
};

/* One row's columns, read without trusting them: anything that is not as the schema says
 * sets `bad` and reads as zero. */
struct recording_row {
	sqlite3_stmt *statement;
	bool bad;
};

uint64_t row_u64(struct recording_row *row, int column);
/* A number of at most `max`. */
uint32_t row_u32(struct recording_row *row, int column, uint32_t max);
double row_real(struct recording_row *row, int column);
/* Valid until the next row. */
const char *row_text(struct recording_row *row, int column, size_t *length);

/* Adds one row to the recording: 0, -EINVAL (damaged) or -ENOMEM. */
typedef int (*recording_fold)(struct recording *recording, struct recording_row *row,
			      void *user);
/* Runs a query, with `parameter` bound to its first placeholder, and calls the function
 * for each row.  0 or -1 with *error. */
int recording_query(struct recording *recording, const char *sql, uint64_t parameter,
		    recording_fold fold, void *user, struct error *error);

/* Makes an array of `size` byte elements hold one more than `length` (doubling
 * at powers of two).  0 or -ENOMEM. */
int recording_room(void *array, size_t length, size_t size);

/* Adds an id.  0, -EINVAL (not ascending) or -ENOMEM. */
int ids_add(struct recording_ids *ids, uint32_t id);
/* The catalog's id; 0 if the file has no such id. */
uint32_t ids_find(const struct recording_ids *ids, uint32_t id);

int recording_load_run(struct recording *recording, struct error *error);
int recording_load_catalog(struct recording *recording, struct error *error);
/* Reads the traces; the sites must have been read before. */
int recording_load_traces(struct recording *recording, struct error *error);
/* Reads the rows of a moment into its snapshot, which has none.  0 or -1 with *error. */
int recording_rows(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		   struct error *error);
/* Reads the curves of a moment's rows, which come in the order of the catalog's ids. */
int recording_growth(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		     struct error *error);
/* Reads what a look found at a moment, if one was taken.  0 or -1 with *error. */
int recording_look(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		   struct error *error);
/* Reads who holds what, if that was found out, for a look whose types were read. */
int recording_held(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		   struct error *error);
void recording_free_run(struct recording *recording);
void recording_free_history(struct recording *recording);
struct when;
/* The moment at a time: one reference, or NULL with *error. */
struct snapshot *recording_past_moment(struct recording *recording, const char *moment,
				       const struct when *when, struct error *error);
/* When the run ended, by its last tick: moments of the end were read a little later. */
void recording_span(struct recording *recording, uint32_t process, double *begins, double *ends);
/* "cannot read PATH: why", status 125; and that it has no moment yet, status 2; -1. */
int recording_failed(const struct recording *recording, struct error *error, const char *why);
int recording_empty(const struct recording *recording, struct error *error);
/* Replaces control characters in the sentence by "?", since it may quote any file. */
void recording_make_safe(struct error *error);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_RECORDING_PARTS_H
#define TRACER_COLLECT_RECORDING_RECORDING_PARTS_H
/* The inside of an open recording, shared by recording.c (file, questions),
 * recording_load.c (what it holds), recording_catalog.c, recording_traces.c,
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
	char *path;
	uint64_t bytes;                 /* of the file */
	bool has_log;                   /* a log stands beside it: it is, or was, being written */
	int finished;                   /* 1: by its own word, -1: not; 0: an older file */
	uint64_t steps, steps_max;      /* of SQLite's machine in one question, in thousands */
	struct program program;
	struct catalog *catalog;
	struct recording_ids modules, threads, frames, sites, traces;
	bool has_processes;             /* format 2: moments are of one process each */
	bool has_cuts;                  /* format 3: why stacks are cut (sites 2 to 7 say it), and
					 * what was lost by kind */
	bool has_reasons;               /* format 3: process.reason */
	uint32_t process;               /* recording_choose */
	struct moment *moments;         /* of all */
	uint32_t *moment_ids;           /* moment.id of each */
	size_t moments_length;
	struct moment *chosen;          /* those of `process` */
	size_t chosen_length;
	struct point *points;
	size_t points_length;
	struct mark *marks;
	size_t marks_length;
	bool has_chunks;                /* format 4: traces and rows of moments are in chunks */
	uint64_t cells, cells_max;      /* read from chunks in one question */
	bool has_sizes;                 /* stat.sizes: older memtops did not count them */
	bool has_unknown;               /* the table unknown_free: the same */
	bool has_history;               /* the table history: the same */
	struct recording_past **pasts;  /* see recording_history.c */
	size_t pasts_length;
	bool has_ceilings;              /* the table ceiling: the same */
	bool has_growth;                /* growth_axis and growth: the same */
	bool has_types;                 /* look_type and look_part */
	bool has_held;                  /* look_root and look_node, from format 6 on */
	bool has_names;                 /* look_name */
	bool has_arenas;                /* look_arena and look_arena_part */
	bool has_looks;                 /* look and look_stat, from format 5 on */
	bool has_ages;                  /* figure.born and oldest, moment.walked: the same */
};

/* One row's columns, read with suspicion: anything that is not what the schema
 * says makes `bad` true and reads as zero. */
struct recording_row {
	sqlite3_stmt *statement;
	bool bad;
};

uint64_t row_u64(struct recording_row *row, int column);
/* At most `max`. */
uint32_t row_u32(struct recording_row *row, int column, uint32_t max);
double row_real(struct recording_row *row, int column);
/* Valid until the next row. */
const char *row_text(struct recording_row *row, int column, size_t *length);

/* Folds one row into the recording: 0, -EINVAL (damaged) or -ENOMEM. */
typedef int (*recording_fold)(struct recording *recording, struct recording_row *row,
			      void *user);
/* Runs a query, `parameter` bound to its first mark, for each row.  0 or -1
 * with *error. */
int recording_query(struct recording *recording, const char *sql, uint64_t parameter,
		    recording_fold fold, void *user, struct error *error);

/* Makes an array of `size` byte elements hold one more than `length` (doubling
 * at powers of two).  0 or -ENOMEM. */
int recording_room(void *array, size_t length, size_t size);

/* 0 or -EINVAL (not ascending), -ENOMEM. */
int ids_add(struct recording_ids *ids, uint32_t id);
/* The catalog's id; 0 if the file has no such. */
uint32_t ids_find(const struct recording_ids *ids, uint32_t id);

int recording_load_run(struct recording *recording, struct error *error);
int recording_load_catalog(struct recording *recording, struct error *error);
/* Sites come before. */
int recording_load_traces(struct recording *recording, struct error *error);
/* Reads the rows of a moment into its snapshot, which has none.  0 or -1 with *error. */
int recording_rows(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		   struct error *error);
/* Curves of a moment's rows, which stand in the order of their catalog's ids. */
int recording_growth(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		     struct error *error);
/* What a look found at a moment, if one was taken.  0 or -1 with *error. */
int recording_look(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		   struct error *error);
/* Of a look whose types were read: who holds what, if that was found out. */
int recording_held(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		   struct error *error);
void recording_free_run(struct recording *recording);
void recording_free_history(struct recording *recording);
struct when;
/* The moment of a time: one reference, or NULL with *error. */
struct snapshot *recording_past_moment(struct recording *recording, const char *moment,
				       const struct when *when, struct error *error);

/* When the run ended, by its last tick: what ended with it was read a little later. */
double recording_end(struct recording *recording, uint32_t process);

/* "cannot read PATH: why", status 125; -1. */
int recording_failed(const struct recording *recording, struct error *error, const char *why);
/* What a file from anywhere says is in the sentence: control characters become "?". */
void recording_make_safe(struct error *error);

#endif

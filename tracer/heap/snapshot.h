/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_SNAPSHOT_H
#define TRACER_HEAP_SNAPSHOT_H
/*
 * A frozen moment: its totals, and one row for each (trace, thread, domain) that ever
 * held a block.  Immutable; reference-counted; it holds a reference to its catalog.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/catalog.h"
#include "tracer/heap/growth/growth.h"
#include "tracer/heap/tally/look_types.h"
#include "tracer/heap/tally/row_figures.h"
#include "tracer/heap/unknown.h"

/* Memory for a snapshot, which another thread has found than the one that freezes it.
 * Zero-initialise. */
struct snapshot_room {
	struct snapshot_row *rows;      /* from malloc */
	size_t length;
	struct kept_figures figures;    /* empty */
};

struct totals {
	uint64_t current, peak, peak_ever;      /* bytes */
	double peak_at;                 /* second of the run when peak_ever came; 0: unknown */
	uint64_t blocks, allocations, frees;
	uint64_t total, temporary;
	uint64_t mapped;                /* bytes of the mmap domain: not in current */
	uint64_t unknown_frees;         /* of blocks whose allocation was never seen */
	/* Events that were not recorded, and those that made no sense. */
	uint64_t lost, lost_allocations, lost_frees;
	uint64_t unended;               /* of lost_frees: blocks that are live here for that reason */
	uint64_t truncated;             /* the sum of cut */
	uint64_t cut[CUTS];             /* stacks by enum cut: model_cuts */
	uint64_t events;
};

enum moment_kind {
	MOMENT_LIVE, MOMENT_NAMED, MOMENT_PEAK, MOMENT_EXIT,
	MOMENT_FINALIZE,                /* taken before Python's finalization */
	MOMENT_TICK     /* of the history: its rows have no temporary blocks, peaks or sizes */
};

/* How rows grew until the last census before the moment; in a sum a list of processes. */
struct snapshot_growth {
	struct growth_axis axis;
	size_t length;
	struct growth_row {
		uint32_t row;           /* of the snapshot */
		struct growth_curve curve;
		uint64_t size, count, allocations;      /* of a sum: the process's own */
	} *rows;
	bool lost;                      /* dropped for lack of room */
	uint32_t process;               /* in a sum: index in the program's list + 1 */
	int32_t pid;
	uint32_t processes;             /* in a sum: so many without curves; 0: just `process` */
	struct snapshot_growth *next;   /* of a sum; else NULL */
	uint32_t references;            /* beside the first; atomic */
};

struct snapshot {
	struct catalog *catalog;
	struct totals totals;
	struct unknown_frees unknown;   /* who made totals.unknown_frees */
	double time;                    /* seconds since the target started */
	enum moment_kind kind;
	uint32_t process;               /* its place in the program's list + 1; 0: all */
	int32_t pid;                    /* of that process; 0: all, or not known */
	unsigned number;                /* of MOMENT_NAMED, from 1; else 0 */
	char name[64];                  /* "live", "peak", "exit", or the user's */
	uint32_t nframe;
	uint64_t sample;                /* not 0: estimates, one mark in so many bytes */
	size_t rows_length;
	struct snapshot_row *rows;
	struct kept_figures figures;    /* of the rows: snapshot_put */
	struct snapshot_growth *growth; /* NULL: not known */
	struct snapshot_look *look;     /* NULL: there was no look */
	double walked;                  /* when `oldest` of its rows was looked up; negative: never */
	bool ageless;                   /* births are not known */
	uint32_t references;            /* atomic */
};

/* Whether the row is of the mmap domain (not in the totals); of Python's allocators. */
bool snapshot_row_maps(const struct snapshot_row *row);
bool snapshot_row_python(const struct snapshot_row *row);
/* As the snapshot's, of a row: 0 for mappings, which are not sampled. */
uint64_t snapshot_row_sample(const struct snapshot *snapshot, const struct snapshot_row *row);
/* The standard error of the bytes in all rows if blocks were sampled, else 0. */
double snapshot_error(const struct snapshot *snapshot);

/* Sets the totals' counts of cut stacks, by reason and in all. */
void totals_cut(struct totals *totals, const uint64_t cut[CUTS]);

/* A new snapshot of `rows` rows without key or figures; one reference.  NULL: out of memory. */
struct snapshot *snapshot_new(struct catalog *catalog, size_t rows);
/* The same without rows, in that memory, of which it leaves nothing unless it returns NULL. */
struct snapshot *snapshot_new_in(struct catalog *catalog, struct snapshot_room *room);
void snapshot_room_free(struct snapshot_room *room);
/* Says what a row counts of a snapshot that nobody else has yet.  False: out of memory,
 * and it counts nothing. */
bool snapshot_put(struct snapshot *snapshot, struct snapshot_row *row,
		  const struct row_figures *figures);
/* Exchanges the rows of two snapshots, with what they count. */
void snapshot_take_rows(struct snapshot *to, struct snapshot *from);
/* How much memory its rows and their figures take. */
size_t snapshot_bytes(const struct snapshot *snapshot);
/* Curves are reference-counted like snapshots.  NULL is allowed, here and below. */
struct snapshot_growth *snapshot_growth_retain(struct snapshot_growth *growth);
void snapshot_growth_release(struct snapshot_growth *growth);
/* The time of the last census of any of its processes, in seconds; 0: there was none. */
double snapshot_census(const struct snapshot *snapshot);
/* Whether any of its processes ran for long enough for a verdict. */
bool snapshot_judges(const struct snapshot *snapshot);
struct snapshot *snapshot_retain(struct snapshot *snapshot);
/* Drops a reference; the last one frees the snapshot and drops its catalog. */
void snapshot_release(struct snapshot *snapshot);

#endif

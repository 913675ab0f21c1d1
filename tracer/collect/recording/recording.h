/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_RECORDING_H
#define TRACER_COLLECT_RECORDING_RECORDING_H
/*
 * Reads a recording on disk, an SQLite database (share/doc/RECORDING.md).  It is
 * untrusted input: every id is checked.
 */
#include <stdbool.h>
#include "tracer/collect/error.h"
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/past.h"
#include "tracer/heap/snapshot.h"

struct recording;

struct moment {
	uint32_t process;               /* its place in the program's list + 1; 0: all */
	enum moment_kind kind;
	unsigned number;                /* number of a snapshot, from 1; else 0 */
	char name[64];                  /* "exit", "peak", "live", or the snapshot's ("" if none) */
	double time;
};

/* Opens and checks a file.  0, or -1 with *error filled (status 125; 127 if there is no
 * such file). */
int recording_open(struct recording **out, const char *path, struct error *error);
void recording_close(struct recording *recording);

const struct program *recording_program(const struct recording *recording);
/* The catalog that gives its ids a meaning; borrowed. */
const struct catalog *recording_catalog(const struct recording *recording);
/* All site ids in that catalog are below this. */
uint32_t recording_sites_end(const struct recording *recording);
/* Chooses the process whose moments and snapshots are asked for from now on: its place in
 * the program's list + 1 (1 at first); 0: all together. */
void recording_choose(struct recording *recording, uint32_t process);
const struct moment *recording_moments(const struct recording *recording, size_t *length);
const struct point *recording_points(const struct recording *recording, size_t *length);
const struct mark *recording_marks(const struct recording *recording, size_t *length);

/*
 * The snapshot of a moment: "exit", "peak", "live"; digits alone are a snapshot's number;
 * anything else is a name.  NULL or "": exit, or live if the run had not ended.  Returns
 * one reference, or NULL with *error (status 2: there is no such moment; the text names
 * those there are).
 */
struct snapshot *recording_snapshot(struct recording *recording, const char *moment,
				    struct error *error);

/* The last known figures of a process; false: there are none. */
bool recording_totals(struct recording *recording, uint32_t process, struct totals *totals);

/* Who holds more at a snapshot's moment than the process that it shows (none if it shows
 * all together).  With `old`, an earlier moment of this recording: who grew more
 * since. */
struct heavier recording_heavier(struct recording *recording, const struct snapshot *now,
				 const struct snapshot *old);

/* The ticks of the chosen process or, for all together, what all held at each of their
 * ticks; none if the history can't be read. */
void recording_ticks(struct recording *recording, struct tick_list *list);
struct trails;
/* What rows of the chosen process (or of all together) held at given times, as far as
 * their history can be read: 0, -ENOMEM, -EINVAL or -ECANCELED. */
int recording_trails(struct recording *recording, struct trails *trails);
/* Its path, as it was opened; borrowed. */
const char *recording_path(const struct recording *recording);
/* How far back the history of the chosen process goes (for all together: of the
 * first). */
void recording_extent(struct recording *recording, struct history_extent *extent);

/* A line of source kept in the recording: the length written, without newline, or -1 if
 * it is not there. */
int recording_source(struct recording *recording, const char *path, unsigned line, char *text,
		     size_t size);

/* Splits FILE[@MOMENT] (memtop(1), SNAPSHOTS: the last @ splits, unless a file of the
 * whole name exists).  Writes the path into `path`; returns the moment's part
 * of `argument`, or NULL if there is none. */
const char *recording_split(const char *argument, char *path, size_t size);

#endif

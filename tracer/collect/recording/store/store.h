/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_H
/*
 * A recording on disk, written as the run goes.  Everything here is called by
 * the one thread that owns the store.  Whatever kills the process between two
 * calls of store_commit leaves a file that opens with the last commit's state.
 */
#include <stdbool.h>
#include "tracer/collect/error.h"
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/snapshot.h"

struct store;

/* Reads a line of source into text; its length, or -1. */
typedef int (*store_source)(void *user, const char *path, unsigned line, char *text, size_t size);

/* Creates the file (mode 0600), empty but with room for its tables.  Refuses an existing
 * file without `force`.  0, or -1 with *error (status 125). */
int store_create(struct store **out, const char *path, bool force, struct error *error);
/* Makes the tables, which else the first write does: some milliseconds.  -1 with *error:
 * the file is removed. */
int store_prepare(struct store *store, struct error *error);

/* Each returns 0 or -1 with *error; the caller goes on without a store then. */
int store_program(struct store *store, const struct program *program, struct error *error);
/* Writes a moment and whatever its catalog has gained; a moment of the same
 * process, kind and number replaces the earlier one. */
int store_snapshot(struct store *store, const struct snapshot *snapshot, struct error *error);
/* Forgets the snapshots of a number, of all processes. */
int store_forget_number(struct store *store, unsigned number, struct error *error);
int store_point(struct store *store, const struct point *point, struct error *error);
int store_mark(struct store *store, const struct mark *mark, struct error *error);
/* Writes the source lines that named frames stand on, each once. */
int store_sources(struct store *store, struct catalog *catalog, store_source read, void *user,
		  struct error *error);
/* An image began in place of a process's old one (exec): forgets the moments of
 * that.  Process 0: of all, and the catalog; keeps points and marks. */
int store_restart(struct store *store, uint32_t process, struct error *error);
/* `wait`: this commit and all later ones, until the disk has them, so that a loss of
 * power mixes no old and new pages; a run that ends with its first commit has none that
 * are old. */
int store_commit(struct store *store, bool wait, struct error *error);
/* The same, into the file's log alone, which is waited for by nobody: a death of the
 * process loses nothing of it, a loss of power may. */
int store_commit_log(struct store *store, struct error *error);
/* A copy of what is committed so far, to another path. */
int store_copy(struct store *store, const char *path, bool force, struct error *error);
/* All that there is has been written: a file that does not say so was cut off. */
int store_finished(struct store *store, struct error *error);
/* Commits, waiting for the disk if an earlier commit did, makes one plain file of it, and
 * closes it. */
int store_finish(struct store *store, struct error *error);

#endif

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
/* Makes the tables, which takes some milliseconds; otherwise the first write does it.  -1
 * with *error: the file is removed. */
int store_prepare(struct store *store, struct error *error);

/* Each of the following returns 0 or -1 with *error; then the caller goes on without a
 * store. */
int store_program(struct store *store, const struct program *program, struct error *error);
/* Writes a moment and what is new in its catalog; a moment of the same process, kind and
 * number replaces the earlier one.  The store may keep a reference to it. */
int store_snapshot(struct store *store, struct snapshot *snapshot, struct error *error);
/* The same for the moment "exit" or "peak" of a process with which others are counted, whose
 * own last moment before Python's end is deleted. */
int store_joined(struct store *store, struct snapshot *snapshot, struct error *error);
/* Deletes the snapshots with a number, of all processes. */
int store_forget_number(struct store *store, unsigned number, struct error *error);
int store_point(struct store *store, const struct point *point, struct error *error);
int store_mark(struct store *store, const struct mark *mark, struct error *error);
/* Writes the lines of source that named frames refer to, each once. */
int store_sources(struct store *store, struct catalog *catalog, store_source read, void *user,
		  struct error *error);
/* Writes the sites that the catalog has so far, with their names and their lines of
 * source, and its traces by the thousand, before a moment needs them.  *any: there was
 * something new. */
int store_ahead(struct store *store, struct catalog *catalog, store_source read, void *user,
		bool *any, struct error *error);
/* A new image replaced a process's old one (exec): deletes the old one's moments.
 * Process 0: those of all, and the catalog; points and marks are kept. */
int store_restart(struct store *store, uint32_t process, struct error *error);
/* Commits a whole state; nobody can read the file before the first one.  `wait`: this
 * commit and all later ones wait for the disk, so that a loss of power does not mix old and
 * new pages; a run that ends with its first commit has no old ones. */
int store_commit(struct store *store, bool wait, struct error *error);
/* The same for the last state, behind which comes nothing but store_finish. */
int store_commit_last(struct store *store, struct error *error);
/* Commits to the file's log only (before the first whole state to the file, which has none) and
 * does not wait for the disk: if the process dies nothing is lost, after a loss of power it
 * may be. */
int store_commit_log(struct store *store, struct error *error);
/* Copies what is committed so far to another path. */
int store_copy(struct store *store, const char *path, bool force, struct error *error);
/* Marks the file as complete, or not: a file without this mark was cut off.  Where it can't be
 * taken back, all that was not committed is. */
int store_finished(struct store *store, bool finished, struct error *error);
/* Commits, waiting for the disk if an earlier commit did, turns the file into one plain
 * file, and closes it. */
int store_finish(struct store *store, struct error *error);
/* Closes the file where that can't be done: it has what it had with its last whole state. */
void store_leave(struct store *store);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_WRITER_H
#define TRACER_COLLECT_RECORDING_WRITER_H
/*
 * The store's thread: takes what is to be recorded from a queue, and every five seconds
 * asks for the live state and commits it.  In between, each second of the histories is
 * committed as it comes, so that whichever process is killed, the file has all but the
 * last second; so are snapshots and marks, those of 20 ms together.
 */
#include <stdbool.h>
#include "tracer/collect/error.h"
#include "tracer/collect/recording/store/store.h"
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/snapshot.h"

struct writer;

/* Called in the writer's thread. */
struct writer_ops {
	/* Frozen moments of all processes, with one reference each, in a malloced
	 * array; NULL: nothing to freeze. */
	struct snapshot **(*freeze)(void *user, enum moment_kind kind, size_t *length);
	/* The same for the exit and the peak at once, in this order.  May be asked for in a
	 * thread that the writer's begins and waits for, while that one calls others of
	 * these. */
	void (*freeze_ends)(void *user, struct snapshot **all[2], size_t length[2]);
	/* Fills in a copy of the program as it is now, which program_free frees. */
	void (*program)(void *user, struct program *program);
	/* Writes what changed in the histories: 0, or -1 with *error.  NULL: there are
	 * none. */
	int (*history)(void *user, struct store *store, struct error *error);
	/* Does what that would have to do at the end, in the thread that waits for it, once
	 * the last moments are frozen.  NULL: nothing. */
	void (*meanwhile)(void *user);
	/* The moments "exit" and "peak" that have become others since the last call, as for
	 * freeze, of processes with which others are counted.  NULL: there are none. */
	struct snapshot **(*joined)(void *user, size_t *length);
	/* Of the process of that place (writer_vacate) the file has nothing any more. */
	void (*vacated)(void *user, uint32_t process);
	/* The run's catalog, from which names are written before a moment needs them; it
	 * lives as long as the writer.  NULL: nothing is written ahead. */
	struct catalog *(*catalog)(void *user);
	/* Recording has ended because of an error, which the sentence tells. */
	void (*failed)(void *user, const char *sentence);
};

/* Creates the recording at `path` and begins the thread, which may call `ops` from now
 * on; `private_file`: writer_free removes it.  -1 with *error: it can't be made, or out
 * of memory.  Later failures, also in making its tables, are reported to `failed`. */
int writer_begin(struct writer **out, const char *path, bool force, bool private_file,
		 const struct writer_ops *ops, void *user, struct error *error);
/* Call it in place of writer_free for a run that could not begin: removes the file. */
void writer_discard(struct writer *writer);

/* These only queue: the snapshot is retained, texts are copied.  Snapshots and marks are
 * committed soon. */
void writer_snapshot(struct writer *writer, struct snapshot *snapshot);
/* Deletes the snapshots with a number. */
void writer_forget(struct writer *writer, unsigned number);
void writer_point(struct writer *writer, const struct point *point);
void writer_mark(struct writer *writer, const struct mark *mark);
/* The histories have a new tick: it is committed soon, so that whatever kills memtop
 * leaves a file with all but the last second.  Does not wait. */
void writer_tick(struct writer *writer);
/* Calls `told` in the writer's thread once all that was queued before can be read in the
 * file, even if the file is not finished; with *error: recording had failed or fails now.
 * `told` must not wait.  False: out of memory, and it is not called. */
bool writer_tell(struct writer *writer, void (*told)(void *user, const struct error *error),
		 void *user);
/* A new image replaced the old one in a process: what is recorded of the process starts
 * again. */
void writer_restart(struct writer *writer, uint32_t process);
/* The process is counted with another one, and another will have its place: nothing is
 * recorded of it any more.  ops.vacated is called then. */
void writer_vacate(struct writer *writer, uint32_t process);
/* Commits the present state to the disk as soon as possible; does not wait. */
void writer_flush(struct writer *writer);
/* Commits the present state and copies the file; waits until that is done. */
int writer_copy(struct writer *writer, const char *path, bool force, struct error *error);
/* Writes the last moments (exit or live, peak) and sources, commits and closes the file;
 * waits until that is done.  0, or -1 with *error, also if recording failed before.  A
 * second call does nothing. */
int writer_finish(struct writer *writer, struct error *error);
/* The same, without waiting. */
void writer_finish_later(struct writer *writer);
/* Ends the thread; removes a private file. */
void writer_free(struct writer *writer);

#endif

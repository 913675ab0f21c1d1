/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_CHRONICLE_H
#define TRACER_COLLECT_RUN_STATE_CHRONICLE_H
/*
 * The histories of a live run's processes.  The reader's thread hands in what happened
 * and goes on; whoever comes next with a question, or has time to spare, enters it.  Its
 * three locks are held only within these calls, which may be made in any thread.  A
 * process is its index in the program's list + 1.
 */
#include "tracer/collect/recording/store/store_history.h"
#include "tracer/heap/history/trail.h"
#include "tracer/heap/past.h"

struct chronicle;

/* A new chronicle of at most `limit` bytes; not 0 `sample`: the figures are of samples,
 * one mark in so many bytes.  The catalog must outlive it.  NULL: out of memory. */
struct chronicle *chronicle_new(struct catalog *catalog, uint64_t limit, uint64_t sample);
void chronicle_free(struct chronicle *chronicle);       /* may be NULL */

/* What happened in an image of a process: takes the arrays over.  Waits for nobody. */
void chronicle_news(struct chronicle *chronicle, uint32_t process, uint64_t image,
		    struct history_news *news);
/* A process that has ended, and whose place in the list is vacant, is counted with another
 * one that ended before: what it left is added there as another end, and its own ticks
 * go.  Waits for nobody. */
void chronicle_join(struct chronicle *chronicle, uint32_t process, uint32_t head);
/* Enters what came, and drops what is too much, a little at each call. */
void chronicle_work(struct chronicle *chronicle);

/* The last tick of a process (0: of all together) at or before `time`.  0 and a
 * reference; -ENOENT: there is none that early; or -ENOMEM. */
int chronicle_at(struct chronicle *chronicle, uint32_t process, double time,
		 struct snapshot **out);
/* What rows of a process (0: of all together) held at some times: 0, -ENOMEM, or
 * -ECANCELED. */
int chronicle_trails(struct chronicle *chronicle, uint32_t process, struct trails *trails);
/* The times of a process's first tick and of the last one (0: of all); false: it has
 * none. */
bool chronicle_span(struct chronicle *chronicle, uint32_t process, double *first, double *last);

/* The ticks of a process (0: of all together) as of the last work that was done, and how
 * far back its history goes (of all together: the first one's).  Waits neither for such
 * work nor for moments that other threads ask for.  False: out of memory, and the list is
 * empty. */
bool chronicle_ticks(struct chronicle *chronicle, uint32_t process, struct tick_list *list);
void chronicle_extent(struct chronicle *chronicle, uint32_t process,
		      struct history_extent *extent);

/* Writes what changed since the last call.  0, or -1 with *error. */
int chronicle_save(struct chronicle *chronicle, struct store *store, struct error *error);

#endif

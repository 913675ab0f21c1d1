/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_MOMENTS_TRIGGERS_H
#define TRACER_COLLECT_RUN_MOMENTS_TRIGGERS_H
/*
 * Snapshots that are taken automatically: by the user's rules (--snapshot-at, --heap-at),
 * and near a ceiling, which is watched here.
 */
#include "tracer/collect/run/moments/moments.h"
#include "tracer/collect/run/state/rules.h"

struct triggers;

struct triggers_options {
	const struct rule *rules;       /* copied, but for what they point to */
	size_t rules_length;
	bool screen;                    /* somebody can ask for the snapshots during the run */
	/* These belong to the caller and must outlive the triggers. */
	struct course *course;
	struct roster *roster;
	struct meter *meter;
	struct moments *moments;
	/* Begins a look at the heap for a rule of that kind and does not wait; in any
	 * thread.  Its result is to be passed to triggers_keep. */
	void (*look)(void *user, uint32_t rule, const char *name);
	void *user;
};

/* NULL: out of memory. */
struct triggers *triggers_new(const struct triggers_options *options);
void triggers_free(struct triggers *triggers);  /* may be NULL */
/* Sets the reader, before it reads from any process. */
void triggers_connect(struct triggers *triggers, struct reader *reader);

/* In the door's thread: the target has begun; check what is due, and return in how many
 * seconds to check again; the run is over. */
void triggers_begin(struct triggers *triggers);
double triggers_watch(struct triggers *triggers);
void triggers_end(struct triggers *triggers);
/* A process may end before anybody checks what it holds, so it is checked once more: in
 * the reader's thread when it ends, in the door's once all has been read. */
void triggers_last(struct triggers *triggers, struct image *image);
void triggers_last_of_all(struct triggers *triggers);
/* In the door's thread: memtop got a signal.  False: no rule waits for it. */
bool triggers_signal(struct triggers *triggers, int number);

/* Puts a mark (moments_mark) and takes snapshots that wait for it; not in the reader's
 * thread. */
int triggers_mark(struct triggers *triggers, const char *text, struct error *error);
/* Takes snapshots that wait for a mark that an image has put, in the reader's thread. */
void triggers_marked_here(struct triggers *triggers, struct image *image, const char *text,
			  double time);

/* Keeps what a rule has frozen (moments_keep), and drops its oldest snapshots if they are
 * too many.  Returns the number, or -1. */
int triggers_keep(struct triggers *triggers, uint32_t rule, const char *name,
		  struct snapshot *const *all, size_t length);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_MOMENTS_TRIGGERS_H
#define TRACER_COLLECT_RUN_MOMENTS_TRIGGERS_H
/*
 * Snapshots that take themselves: by the user's rules (--snapshot-at, --heap-at), and where
 * a ceiling is near, which is watched for here.
 */
#include "tracer/collect/run/moments/moments.h"
#include "tracer/collect/run/state/rules.h"

struct triggers;

struct triggers_options {
	const struct rule *rules;       /* copied, but for what they point to */
	size_t rules_length;
	bool screen;                    /* somebody can ask for the snapshots during the run */
	/* Of the caller, who lets them outlive the triggers. */
	struct course *course;
	struct roster *roster;
	struct meter *meter;
	struct moments *moments;
	/* Begins a look at the heap for a rule that takes those, and waits for nothing;
	 * in any thread.  What it finds is given to triggers_keep. */
	void (*look)(void *user, uint32_t rule, const char *name);
	void *user;
};

/* NULL: out of memory. */
struct triggers *triggers_new(const struct triggers_options *options);
void triggers_free(struct triggers *triggers);  /* may be NULL */
/* The reader, before it reads of any process. */
void triggers_connect(struct triggers *triggers, struct reader *reader);

/* In the door's thread: the target begins; what is due is looked at, and in how many
 * seconds again; the run is over. */
void triggers_begin(struct triggers *triggers);
double triggers_watch(struct triggers *triggers);
void triggers_end(struct triggers *triggers);
/* A process may be over before anybody looks at what it holds, so that is looked at
 * once more: in the reader's thread when one ends, in the door's when all are read. */
void triggers_last(struct triggers *triggers, struct image *image);
void triggers_last_of_all(struct triggers *triggers);
/* In the door's thread: memtop got a signal.  False: no rule is for it. */
bool triggers_signal(struct triggers *triggers, int number);

/* Puts a mark (moments_mark) and takes what waits for it; not in the reader's thread. */
int triggers_mark(struct triggers *triggers, const char *text, struct error *error);
/* Takes what waits for a mark that an image has put, in the reader's thread. */
void triggers_marked_here(struct triggers *triggers, struct image *image, const char *text,
			  double time);

/* Keeps what a rule has frozen (moments_keep), and lets go of what is too much for it.
 * The number, or -1. */
int triggers_keep(struct triggers *triggers, uint32_t rule, const char *name,
		  struct snapshot *const *all, size_t length);

#endif

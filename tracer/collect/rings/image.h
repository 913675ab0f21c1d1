/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_IMAGE_H
#define TRACER_COLLECT_RINGS_IMAGE_H
/*
 * One traced image (a process from exec, or fork, to exec or end) and what belongs to it
 * alone: segment, model, and the reader's state.
 */
#include <pthread.h>
#include "tracer/collect/rings/drain.h"
#include "tracer/collect/rings/pages.h"
#include "tracer/collect/rings/parts.h"
#include "tracer/collect/names/regions.h"
#include "tracer/collect/rings/family.h"
#include "tracer/heap/history/history.h"

struct settled {
	uint32_t ticket;
	struct trace_id trace;
};

enum image_state {
	IMAGE_LIVE,                     /* its rings are read */
	IMAGE_READ,                     /* all events are read; stacks may still wait for
					 * names */
	IMAGE_LEFT                      /* kept for forked children to come */
};

/* A control page's figures and losses, for when it is gone. */
struct image_counts {
	struct drain_lost lost;
	uint64_t truncated, irregular, tracer_bytes;
	uint64_t referee_stacks, referee_wrong;
	unsigned python;                /* see image_python */
	unsigned python_state;          /* enum wire_python_state */
	unsigned filtered;              /* set a seccomp filter; in a sum: how many did */
	char unseen[64];                /* see wire.h */
	bool unborn;                    /* got a segment, but never began to use it */
	bool leaving;                   /* is in an exec, or was when last seen */
};
struct image {
	uint64_t number;                /* number in this run, from 1 */
	uint32_t process;               /* index in the program's list + 1 */
	int32_t pid;                    /* in memtop's pid namespace */
	int32_t inside;                 /* in its own pid namespace */
	bool referee;                   /* for tests: its stacks are compared */
	bool misses;                    /* the reader's: see image_misses */
	enum image_state state;         /* the reader's, protected by its lock */
	uint32_t nframe, python_nframe;
	struct family *family;              /* borrowed */
	struct segment *segment;        /* NULL once all events are read */
	struct pages pages;             /* of the model's live blocks */
	struct model *model;            /* the reader's */
	struct mirror *mirror;          /* the reader's */
	struct drain *drain;            /* the reader's */
	struct symbolizer_space *space;
	struct image_counts last;       /* valid without a segment */
	struct parts parts;
	struct regions born;            /* what it had mapped when it said hello */
	int (*call)(void *user, struct image *image, struct drain_call *call);
	void (*waiting)(void *user);
	void *user;
	pthread_mutex_t settled_lock;   /* protects the three fields below */
	struct settled *settled;        /* from the names thread to the reader */
	size_t settled_length, settled_room;
	bool telling;                   /* the reader's: within model_tell */
	uint32_t modules;               /* the reader's: how many at the last tick */
	uint64_t events, peak;          /* the same: told so far; totals.peak at its last round */
	double peak_at;                 /* the same: totals.peak_at, the end of that round */
	/* The reader's, for the history: the last reported tick, and the totals then. */
	struct history_tick tick;
	uint64_t ticked[HISTORY_TOTALS], ticked_peak, ticked_modules;
};

struct image_options {
	struct segment_options segment; /* `image` and `pid` are set by image_new */
	struct family *family;
	uint32_t process;
	int32_t pid, inside;
	bool namesakes;                 /* see drain.h */
	struct parts parts;
	/* Answers the program's calls, see drain.h. */
	int (*call)(void *user, struct image *image, struct drain_call *call);
	void (*waiting)(void *user);    /* see drain.h */
	void *user;
};
/* 0, or -1 with *error. */
int image_new(struct image **out, const struct image_options *options, struct error *error);
/* The reader must not use the image any more, and must have disowned the segment. */
void image_free(struct image *image);
/* Frees what is needed only for reading, once all events are read. */
void image_close(struct image *image);

/* For the reader: books the blocks of irregular stacks under their traces. */
void image_settle(struct image *image);
/* For the reader: names the modules that freed blocks whose allocation was never seen. */
void image_name_callers(struct image *image);
/* For the reader: freezes a moment, without time, name and number.  NULL: out of memory. */
struct snapshot *image_freeze(struct image *image, enum moment_kind kind);
/* The same, as model_freeze_in. */
struct snapshot *image_freeze_in(struct image *image, enum moment_kind kind,
				 struct snapshot_room *room, struct snapshot **peak);
/* For the reader: a part from the image's options at its own peak.  NULL: there is none, or
 * memory ran out, now or while it was kept. */
struct snapshot *image_part(struct image *image, unsigned part);
/* The version of the image's Python interpreter, major << 8 | minor; 0: it has none. */
unsigned image_python(const struct image *image);
/* Whether it may have blocks that were never recorded. */
bool image_misses(const struct image *image);

/* For the reader: waits until all stacks so far have names, at most so long. */
void image_name(struct image *image, double seconds);
/* For the reader, in a call: the program stops tracing, or resumes.  False: no change. */
bool image_pause(struct image *image, bool pause);
bool image_paused(const struct image *image);
/* The number of frames that views show of its stacks. */
uint32_t image_shown(const struct image *image);
void image_totals(const struct image *image, struct totals *totals);
void image_counts(const struct image *image, struct image_counts *counts);

#endif

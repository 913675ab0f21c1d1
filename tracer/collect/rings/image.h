/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_IMAGE_H
#define TRACER_COLLECT_RINGS_IMAGE_H
/*
 * One traced image (a process from exec, or fork, to exec or end) and what
 * belongs to it alone: segment, model, the reader's state.
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
	IMAGE_READ,                     /* all is read; stacks may wait for their names */
	IMAGE_LEFT                      /* kept for forked children that may come */
};

/* What a control page says, and what was lost, when it is no longer there. */
struct image_counts {
	struct drain_lost lost;
	uint64_t truncated, irregular, tracer_bytes;
	uint64_t referee_stacks, referee_wrong;
	unsigned python;                /* see image_python */
	unsigned python_state;          /* enum wire_python_state */
	unsigned filtered;              /* it set a seccomp filter, and its tracer is quiet; of
					 * several: how many */
	char unseen[64];                /* see wire.h */
	bool unborn;                    /* it was given a segment and never began with it */
	bool leaving;                   /* it is, or was last, in an exec */
};
struct image {
	uint64_t number;                /* in this run, from 1 */
	uint32_t process;               /* its place in the program's list + 1 */
	int32_t pid;                    /* in memtop's pid namespace */
	int32_t inside;                 /* as it sees itself */
	bool referee;                   /* tests: its stacks are compared */
	enum image_state state;         /* the reader's, under its lock */
	uint32_t nframe, python_nframe;
	struct family *family;              /* borrowed */
	struct segment *segment;        /* NULL once all is read */
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
	pthread_mutex_t settled_lock;   /* around the three below */
	struct settled *settled;        /* from the names thread to the reader */
	size_t settled_length, settled_room;
	bool easing, telling;           /* the reader's: in a pass of model_ease, of model_tell */
	uint32_t modules;               /* the reader's: that were there at the last tick */
	uint64_t events, peak;          /* the same: told so far; totals.peak at its last round */
	double peak_at;                 /* the same: totals.peak_at, the end of that round */
	/* The reader's, of its history: what is told up to `tick`, and what there was then. */
	struct history_tick tick;
	uint64_t ticked_peak, ticked_modules;
};

struct image_options {
	struct segment_options segment; /* its `image` and `pid` are filled in */
	struct family *family;
	uint32_t process;
	int32_t pid, inside;
	struct parts parts;
	/* Answers the program's calls, see drain.h. */
	int (*call)(void *user, struct image *image, struct drain_call *call);
	void (*waiting)(void *user);    /* see drain.h */
	void *user;
};

/* -1 with *error. */
int image_new(struct image **out, const struct image_options *options, struct error *error);
/* The reader must not use the image any more; it has disowned the segment. */
void image_free(struct image *image);
/* All is read: gives back what only reading needs. */
void image_close(struct image *image);

/* Reader: moves the blocks of irregular stacks to their traces. */
void image_settle(struct image *image);
/* Reader: says which modules freed blocks that were never seen to begin. */
void image_name_callers(struct image *image);
/* Reader: a frozen moment; time, name and number are the caller's to fill.
 * NULL: out of memory. */
struct snapshot *image_freeze(struct image *image, enum moment_kind kind);
/* In *rows: model_freeze_in. */
struct snapshot *image_freeze_in(struct image *image, enum moment_kind kind,
				 struct snapshot_row **rows, size_t room);
/* Reader: a part of the image's options at its own peak.  NULL: there is no
 * such part, or out of memory, now or while it was kept. */
struct snapshot *image_part(struct image *image, unsigned part);
/* The interpreter that the image has, major << 8 | minor; 0: none. */
unsigned image_python(const struct image *image);

/* Reader: waits until all stacks so far have their names, at most so long. */
void image_name(struct image *image, double seconds);
/* Reader, in a call: the program stops tracing, or goes on.  False: that changes
 * nothing, or memtop has stopped for good. */
bool image_pause(struct image *image, bool pause);
bool image_paused(const struct image *image);
/* Frames that views show of its stacks. */
uint32_t image_shown(const struct image *image);
/* Reader: totals with lost and truncated. */
void image_totals(const struct image *image, struct totals *totals);
void image_counts(const struct image *image, struct image_counts *counts);

#endif

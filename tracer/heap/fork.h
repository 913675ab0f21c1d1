/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_FORK_H
#define TRACER_HEAP_FORK_H
/* What a model keeps for the program's own domains and its mappings (domains.h), and for
 * forked children that have not said hello yet: a part of model_parts.h. */
#include "tracer/heap/live/live.h"
#include "tracer/heap/live/ranges.h"

struct model;
struct model_ring;
struct wire_event;

/* Blocks of the program's own domains: one table for each domain. */
#define TRACKS_MAX 16u
struct track {
	unsigned domain;
	struct live *live;
};
struct tracks {
	unsigned length;
	struct track of[TRACKS_MAX];
};

/* A part of a mapping that the ring's last release took away; it is put back if that
 * release turns out to have failed. */
struct map_held {
	const struct model_ring *ring;
	struct range piece;
	bool temporary;                 /* the release was counted as temporary */
};

struct maps {
	struct ranges ranges;
	struct map_held *held;
	size_t held_length, held_room;
};

/* Applies an ACQUIRE of the mmap domain, counted by this tally.  Results as of
 * model_map. */
int maps_begin(struct model *model, struct model_ring *ring, uint32_t tally,
	       const struct wire_event *event);
/* Both forget all blocks and leave their tallies to the caller. */
void tracks_free(struct tracks *tracks);
void maps_free(struct maps *maps);

/* What stood at an address before a change: the log is undone backwards. */
struct undo {
	uint64_t address;
	uint64_t size : 47;
	uint64_t there : 1;             /* 0: there was no block */
	uint64_t table : 16;            /* 0: malloc's and Python's; else index of the
					 * track + 1 */
	uint32_t tally, birth;
};

/* All blocks at one moment. */
struct fork_blocks {
	struct live live;
	struct tracks tracks;
};

/* A fork whose child may still come and want the blocks of that moment. */
struct open_fork {
	uint64_t id;
	int32_t pid;                    /* the child's, as its parent sees it; 0: not
					 * known yet */
	uint64_t position;              /* in the log, counted from its very first
					 * entry */
	struct fork_blocks *copy;       /* made once the log got too long; else NULL */
	struct ranges ranges;           /* of the mmap domain: few, and copied at once */
};

struct forks {
	struct undo *log;
	size_t length, room;
	uint64_t base;                  /* entries that were dropped at the log's front */
	struct open_fork *open;         /* the oldest first */
	size_t open_length, open_room;
	size_t watching;                /* those without a copy, for which the log is
					 * kept */
};

/* Logs a change, before or after it is made, while forks->watching is not 0 (see
 * forks_note). */
void forks_log(struct model *model, unsigned table, uint64_t address,
	       const struct live_block *old);

/* Makes copies for all open forks.  To be called before the whole table changes at
 * once. */
void forks_keep(struct model *model);

/* Apply WIRE_FORK and WIRE_FORKED.  0, -ENOMEM or -EINVAL. */
int forks_open(struct model *model, uint64_t id);
int forks_name(struct model *model, uint64_t id, uint64_t pid);
void forks_free(struct forks *forks);

#endif

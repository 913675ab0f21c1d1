/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_WATCH_H
#define TRACER_COLLECT_RUN_LIVE_WATCH_H
/* What is watched of a live run from outside, its ceilings, and snapshots that take
 * themselves: by rule, and where a ceiling is near. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;
struct live;
struct snapshot;

/* In the door's thread: the target begins; for door_ops; the run is over. */
void live_watch_begin(struct live *live);
double live_watch(void *user);
void live_watch_end(struct live *live);
/* A process may be over before anybody looks at what it holds, so that is looked at
 * once more: in the reader's thread when one ends, in the door's when all are read. */
void live_watch_last(struct live *live, struct image *image);
void live_watch_last_of_all(struct live *live);
/* The same: memtop got a signal.  False: no rule is for it. */
bool live_signal(struct live *live, int number);

/* A mark was put: by whoever is not the reader, or by an image in the reader's thread. */
void live_marked(struct live *live, const char *text);
void live_marked_here(struct live *live, struct image *image, const char *text, double time);

/* Keeps what a rule has frozen (live_keep), and lets go of what is too much for it.  The
 * number, or -1. */
int live_keep_ruled(struct live *live, uint32_t rule, const char *name,
		    struct snapshot *const *all, size_t length);

#endif

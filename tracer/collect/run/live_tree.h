/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_TREE_H
#define TRACER_COLLECT_RUN_LIVE_TREE_H
/* The processes of a live run; a part of live.h. */
#include <stdbool.h>
#include "tracer/collect/run/unseen.h"
#include "tracer/collect/rings/reader.h"
#include "tracer/wire/env.h"

struct live;

/* In the door's thread: a new image says hello.  Returns the fd of its segment, or -1: it
 * is not traced. */
int live_hello(struct live *live, const struct meet_hello *hello, int32_t pid);
/* In the door's thread: a process came, and its hello did not, or was of another version. */
void live_unheard(struct live *live, int32_t pid, bool closed);
/* In the door's thread: some processes of the list have ended. */
void live_ends(void *user);
/* In the thread of who judges each process: one that has ended was judged, and may be counted
 * with others.  False: not yet, as a part of its heap has the highest peak so far. */
bool live_fold(struct live *live, uint32_t process);

#endif

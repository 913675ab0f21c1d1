/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_TREE_H
#define TRACER_COLLECT_RUN_LIVE_TREE_H
/* The processes of a live run; a part of live.h. */
#include <stdbool.h>
#include "tracer/collect/run/unseen.h"
#include "tracer/collect/rings/reader.h"
#include "tracer/wire/env.h"

struct live;

/* The door's: a new image says hello.  The descriptor of its segment, or -1: it is not
 * traced. */
int live_hello(struct live *live, const struct meet_hello *hello, int32_t pid);
/* The door's: processes of the list have ended. */
void live_ends(void *user);

#endif

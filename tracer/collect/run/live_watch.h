/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_WATCH_H
#define TRACER_COLLECT_RUN_LIVE_WATCH_H
/* What is watched of a live run from outside: its ceilings.  In the door's thread. */

struct live;

/* The target begins: the first look. */
void live_watch_begin(struct live *live);
/* For door_ops. */
double live_watch(void *user);
/* The run is over: whether the OOM killer had a part in it. */
void live_watch_end(struct live *live);

#endif

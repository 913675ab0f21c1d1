/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_LOOK_H
#define TRACER_COLLECT_RUN_LIVE_LOOK_H
/*
 * Looks at the heap (share/doc/HEAP.md): what was found is kept as a snapshot like any
 * other, which has struct snapshot_look.  One thread takes them, one after the other,
 * since two tracers of one process are refused by the kernel.
 */
#include "tracer/collect/error.h"
#include "tracer/collect/rings/image.h"

struct live;

/* How a look ended that nobody waited for: `number` of the snapshot, or -1 with the
 * error. In the looks' thread; or where the run ends, if it was not taken. */
typedef void live_looked(void *user, int number, const struct error *error);

/* Looks at a process (its place in the list + 1; 0: each that lives), waits for it,
 * and keeps the result under a name ("" or NULL: none).  Its number, or -1 with
 * *error.  In any thread but the reader's and the door's: a look takes a second for
 * some million blocks. */
int live_look(struct live *live, uint32_t process, const char *name, struct error *error);
/* The same without waiting, in any thread; `user` is passed on.  `rule`: that of
 * --heap-at by which it is taken, + 1; 0: none.  False: out of memory, and nobody is
 * told. */
bool live_look_later(struct live *live, uint32_t process, uint32_t rule, const char *name,
		     live_looked *done, void *user);

/* The live_looked of the desk's looks; `user` is the live run. */
live_looked live_looked_desk;

/* How many seconds a look will take at least, as far as that can be told. */
double live_look_seconds(struct live *live, uint32_t process);

#endif

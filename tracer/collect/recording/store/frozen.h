/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_FROZEN_H
#define TRACER_COLLECT_RECORDING_STORE_FROZEN_H
/*
 * The last moments of all processes, exit and peak, which are frozen to be written: when they
 * are needed, or ahead of the time in a thread of their own, as freezing is the reader's work
 * and writing the store's.
 */
#include <pthread.h>
#include <stdbool.h>
#include "tracer/heap/snapshot.h"

struct frozen {
	/* Fills both with snapshots with one reference each, in malloced arrays; NULL: there
	 * are none.  Called in the thread that asks, or in the one that frozen_ahead begins. */
	void (*freeze)(void *user, struct snapshot **all[2], size_t length[2]);
	void *user;
	/* The rest is zero at first. */
	struct snapshot **all[2];       /* belong to the owner once they were taken */
	size_t length[2];
	pthread_t thread;
	bool ahead;                     /* the thread runs, or was not waited for */
};

/* Begins to freeze them in a thread; without one, they are frozen when they are taken. */
void frozen_ahead(struct frozen *frozen);
/* Waits for that thread, if there is one, and drops what it froze; otherwise does nothing. */
void frozen_drop(struct frozen *frozen);
/* Freezes them, or waits until they are frozen. */
void frozen_take(struct frozen *frozen);

#endif

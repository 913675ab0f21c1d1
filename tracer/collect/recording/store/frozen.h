/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_FROZEN_H
#define TRACER_COLLECT_RECORDING_STORE_FROZEN_H
/*
 * A moment of all processes that is frozen to be written, at once or ahead of the time in a
 * thread of its own.  Freezing is the reader's work and writing the store's: one after the
 * other, each waits for the other in turn.
 */
#include <pthread.h>
#include <stdbool.h>
#include "tracer/heap/snapshot.h"

struct frozen {
	/* Snapshots with one reference each, in a malloced array; NULL: there are none.  Called
	 * in the thread that asks, or in the one that frozen_ahead begins. */
	struct snapshot **(*freeze)(void *user, enum moment_kind kind, size_t *length);
	void *user;
	enum moment_kind kind;
	struct frozen *next;            /* NULL, or who is frozen ahead behind it, if it has
					 * many rows */
	/* The rest is zero at first. */
	struct snapshot **all;          /* belongs to the owner once it was taken */
	size_t length;
	pthread_t thread;
	bool ahead;                     /* the thread runs, or was not waited for */
};

/* Begins to freeze it in a thread of its own; without one, it is frozen when it is taken. */
void frozen_ahead(struct frozen *frozen);
/* Waits for that thread, if there is one, and drops what it froze and what comes behind it;
 * otherwise does nothing. */
void frozen_drop(struct frozen *frozen);
/* Freezes it, or waits until it is frozen. */
void frozen_take(struct frozen *frozen);

#endif

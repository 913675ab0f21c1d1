/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_HISTORY_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_HISTORY_H
/* Histories in the recording: a row of the table `history` for each tick. */
#include "tracer/collect/recording/store/store.h"
#include "tracer/heap/history/history.h"

/* Writes what changed in a process's history since the last call, and the traces of the
 * catalog that it refers to.  0, or -1 with *error. */
int store_history(struct store *store, struct catalog *catalog, uint32_t process,
		  struct history *history, struct error *error);
/* Deletes all ticks of a process, whose place in the list another one may take. */
int store_forget_history(struct store *store, uint32_t process, struct error *error);

#endif

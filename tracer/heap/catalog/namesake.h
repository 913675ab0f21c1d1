/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_NAMESAKE_H
#define TRACER_HEAP_CATALOG_NAMESAKE_H
/*
 * Threads that are told apart by their names alone: those of processes that begin when
 * many have ended already, or there would be two more threads, and rows of their own in
 * each sum, for each worker that a supervisor ever started.
 */
#include "tracer/heap/catalog/catalog.h"

/* (writer) The thread that stands for all of that name; its tid is 0. */
struct thread_id namesake_thread(struct catalog *catalog, struct str_id name);

#endif

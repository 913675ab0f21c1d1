/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_MEMORY_H
#define TRACER_HEAP_MEMORY_H
/*
 * Where the table of live blocks gets its memory: one piece, made longer and
 * shorter at its end.  A pure room knows only malloc; whoever can ask the
 * system for better says so here.
 */
#include <stddef.h>

/* resize makes the `from` bytes at `memory` `to` bytes long, maybe elsewhere;
 * aligned to 64, what is new has any content; from NULL, or freed (`to` is 0).
 * NULL: no memory, and the old piece still stands. */
struct heap_memory {
	void *(*resize)(void *user, void *memory, size_t from, size_t to);
	void *user;
};

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_STRPOOL_H
#define TRACER_HEAP_CATALOG_STRPOOL_H
/*
 * Keeps each string once and never frees one: equal bytes get equal ids.  Texts lie in
 * blocks that never move.  One writer; readers need no lock (see catalog.h).
 */
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/chunk.h"
#include "tracer/heap/catalog/ids.h"
#include "tracer/ground/finder.h"

struct arena_block;

/* Bytes that live until the arena is freed.  Zero-initialise. */
struct arena {
	struct arena_block *newest;
	size_t room;                    /* bytes left in the newest block */
	_Atomic uint64_t bytes;         /* taken from malloc */
};

/* Takes `size` bytes, aligned to 8.  NULL: out of memory. */
void *arena_take(struct arena *arena, size_t size);
void arena_free(struct arena *arena);

struct strpool {
	struct arena arena;
	struct chunks texts;            /* const char * each; [0] is "" */
	_Atomic uint32_t length;        /* published strings, 0 included */
	struct finder index;
};

/* Initialises a zeroed pool.  0 or -ENOMEM. */
int strpool_init(struct strpool *pool);
void strpool_free(struct strpool *pool);
/* (writer) The id of the bytes, which are copied if they are new.  {0} for no bytes and
 * when out of memory.  The text ends at the first NUL byte. */
struct str_id strpool_intern(struct strpool *pool, const char *bytes, size_t length);
/* (writer) The id of the bytes if the pool has them, else {0}. */
struct str_id strpool_find(const struct strpool *pool, const char *bytes, size_t length);
/* NUL-terminated; "" for an unknown id. */
const char *strpool_text(const struct strpool *pool, struct str_id id);

#endif

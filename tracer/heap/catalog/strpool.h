/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_STRPOOL_H
#define TRACER_HEAP_CATALOG_STRPOOL_H
/*
 * Each string once, for ever: equal bytes get equal ids.  Texts lie in blocks
 * that never move.  One writer, readers without a lock (see catalog.h).
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

/* `size` bytes at a multiple of 8, or NULL: out of memory. */
void *arena_take(struct arena *arena, size_t size);
void arena_free(struct arena *arena);

struct strpool {
	struct arena arena;
	struct chunks texts;            /* const char * each; [0] is "" */
	_Atomic uint32_t length;        /* published strings, 0 included */
	struct finder index;
};

/* 0 or -ENOMEM; on a zeroed pool. */
int strpool_init(struct strpool *pool);
void strpool_free(struct strpool *pool);
/* (writer) {0} for no bytes and when out of memory.  A NUL byte ends the text. */
struct str_id strpool_intern(struct strpool *pool, const char *bytes, size_t length);
/* (writer) The same, if it is there already; else {0}. */
struct str_id strpool_find(const struct strpool *pool, const char *bytes, size_t length);
/* NUL-terminated; "" for an unknown id. */
const char *strpool_text(const struct strpool *pool, struct str_id id);

#endif

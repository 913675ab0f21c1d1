/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An allocator of the program's own that memtop sees through: objects are carved out of
 * chunks from malloc.  Each object is tracked in a domain of the program's own, with the
 * stack that asked for it; the chunks are removed from malloc's domain, since their
 * contents would otherwise count twice.
 *
 * 	memtop record -o pool.memtop ./pool && memtop report --by=domain pool.memtop
 */
#include <stdio.h>
#include <stdlib.h>
#include "share/include/memtop.h"

#define POOL_DOMAIN 16u                 /* any number from 16 up */
#define CHUNK_OBJECTS 256u

struct object {
	struct object *next;            /* while it is free */
	char bytes[40];
};

struct pool {
	struct object *free;
	size_t chunks;
};

static void pool_grow(struct pool *pool)
{
	struct object *chunk = malloc(CHUNK_OBJECTS * sizeof(*chunk));

	if (!chunk)
		exit(1);
	memtop_untrack(0, chunk);
	for (unsigned i = 0; i < CHUNK_OBJECTS; i++) {
		chunk[i].next = pool->free;
		pool->free = &chunk[i];
	}
	pool->chunks++;
}

static struct object *pool_take(struct pool *pool)
{
	struct object *object;

	if (!pool->free)
		pool_grow(pool);
	object = pool->free;
	pool->free = object->next;
	memtop_track(POOL_DOMAIN, object, sizeof(*object));
	return object;
}

static void pool_give(struct pool *pool, struct object *object)
{
	memtop_untrack(POOL_DOMAIN, object);
	object->next = pool->free;
	pool->free = object;
}

static struct object *take_for_kept(struct pool *pool) { return pool_take(pool); }
static struct object *take_for_given(struct pool *pool) { return pool_take(pool); }

int main(void)
{
	static struct object *kept[1000], *given[500];
	struct pool pool = {NULL, 0};

	for (unsigned i = 0; i < 1000; i++)
		kept[i] = take_for_kept(&pool);
	for (unsigned i = 0; i < 500; i++)
		given[i] = take_for_given(&pool);
	for (unsigned i = 0; i < 500; i++)
		pool_give(&pool, given[i]);
	printf("%zu bytes in 1000 objects, %zu chunks\n", 1000 * sizeof(*kept[0]), pool.chunks);
	return 0;
}

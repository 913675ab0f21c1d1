/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Strings are appended to 64 KiB blocks; an array of pointers gives each id
 * its text; the hash index (the writer's alone) finds the id of a text.
 */
#include "tracer/heap/catalog/strpool.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)64 * 1024)

struct arena_block {
	struct arena_block *older;
	char *free;                     /* where the next bytes go */
	char bytes[];
};

struct key {
	const char *bytes;
	size_t length;
};

static void *arena_block_new(struct arena *arena, size_t size)
{
	struct arena_block *block = malloc(sizeof(*block) + size);

	if (!block)
		return NULL;
	block->free = block->bytes;
	atomic_fetch_add_explicit(&arena->bytes, sizeof(*block) + size,
				  memory_order_relaxed);
	return block;
}

void *arena_take(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX - BLOCK_BYTES)
		return NULL;
	size = (size + 7) & ~(size_t)7;
	if (arena->room < size) {
		size_t room = size > BLOCK_BYTES / 4 ? size : BLOCK_BYTES;
		struct arena_block *block = arena_block_new(arena, room);

		if (!block)
			return NULL;
		if (room == size && arena->newest) {
			/* A large string gets a block of its own, which is listed behind
			 * the block that is still being filled. */
			block->older = arena->newest->older;
			arena->newest->older = block;
			return block->bytes;
		}
		block->older = arena->newest;
		arena->newest = block;
		arena->room = room;
	}
	assert(arena->newest && arena->room >= size);
	char *taken = arena->newest->free;

	arena->newest->free += size;
	arena->room -= size;
	return taken;
}

void arena_free(struct arena *arena)
{
	struct arena_block *block = arena->newest;

	while (block) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
	arena->newest = NULL;
	arena->room = 0;
}

int strpool_init(struct strpool *pool)
{
	const char **empty = chunk_reserve(&pool->texts, sizeof(*empty), 0);

	if (!empty)
		return -ENOMEM;
	*empty = "";
	/* Pairs with strpool_text. */
	atomic_store_explicit(&pool->length, 1, memory_order_release);
	return 0;
}

void strpool_free(struct strpool *pool)
{
	arena_free(&pool->arena);
	chunk_free(&pool->texts);
	finder_free(&pool->index);
}

const char *strpool_text(const struct strpool *pool, struct str_id id)
{
	/* Pairs with the store at the end of append: pointer and text are whole. */
	if (id.v >= atomic_load_explicit(&pool->length, memory_order_acquire))
		return "";
	const char *const *text = chunk_at(&pool->texts, sizeof(*text), id.v);

	return *text;
}

static bool strpool_same_text(const void *context, uint32_t id, const void *key)
{
	const struct key *wanted = key;
	const char *text = strpool_text(context, (struct str_id){ id });

	return !strncmp(text, wanted->bytes, wanted->length) && !text[wanted->length];
}

static struct str_id strpool_append(struct strpool *pool, const struct key *key)
{
	uint32_t id = atomic_load_explicit(&pool->length, memory_order_relaxed);
	const char **slot = id == UINT32_MAX ? NULL :
			    chunk_reserve(&pool->texts, sizeof(*slot), id);
	char *text = slot ? arena_take(&pool->arena, key->length + 1) : NULL;

	assert(id);                     /* 0 is the empty string, from the beginning */
	if (!text)
		return (struct str_id){ 0 };
	memcpy(text, key->bytes, key->length);
	text[key->length] = '\0';
	*slot = text;
	/* Pairs with strpool_text. */
	atomic_store_explicit(&pool->length, id + 1, memory_order_release);
	return (struct str_id){ id };
}

/* The key to look bytes up by, which end at the first NUL byte. */
static struct key strpool_key_of(const char *bytes, size_t length)
{
	return (struct key){ .bytes = bytes, .length = length ? strnlen(bytes, length) : 0 };
}

struct str_id strpool_find(const struct strpool *pool, const char *bytes, size_t length)
{
	const struct key key = strpool_key_of(bytes, length);

	if (!key.length)
		return (struct str_id){ 0 };
	return (struct str_id){ finder_find(&pool->index, hash_bytes(bytes, key.length),
					    strpool_same_text, pool, &key) };
}

struct str_id strpool_intern(struct strpool *pool, const char *bytes, size_t length)
{
	const struct key key = strpool_key_of(bytes, length);

	if (!key.length)
		return (struct str_id){ 0 };
	uint32_t hash = hash_bytes(bytes, key.length);
	struct str_id id = { finder_find(&pool->index, hash, strpool_same_text, pool,
					 &key) };

	if (id.v || !finder_room(&pool->index))
		return id;
	id = strpool_append(pool, &key);
	if (id.v)
		finder_put(&pool->index, hash, id.v);
	return id;
}

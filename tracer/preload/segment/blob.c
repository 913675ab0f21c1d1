/* SPDX-License-Identifier: MIT */
/*
 * What is interned is found by a private hash: buckets of entries, to which entries are
 * only ever prepended, by one compare and swap.  If two threads prepend the same bytes at
 * once, they are stored twice, which costs only their room.
 */
#include "tracer/preload/segment/blob.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "tracer/preload/segment/table.h"
#include "tracer/wire/python.h"

#define BUCKET_BITS 13
#define CHUNK_ENTRIES 4096u
#define CHUNKS 1024u
#define CHUNKS_AHEAD 8u

struct entry {
	uint32_t next;                  /* number of the next in the bucket; 0: none */
	uint32_t hash;
	uint32_t offset, length;
};

static struct {
	_Atomic uint32_t bucket[1u << BUCKET_BITS];     /* number of an entry */
	_Atomic uint32_t count;         /* of entries; the first has number 1 */
	_Atomic(struct entry *) chunk[CHUNKS];
} blob;

void blob_start(void)
{
	atomic_store(&blob.count, 0);
	for (uint32_t i = 0; i < 1u << BUCKET_BITS; i++)
		if (atomic_load_explicit(&blob.bucket[i], memory_order_relaxed))
			atomic_store_explicit(&blob.bucket[i], 0, memory_order_relaxed);
}

/* Reserves room that does not straddle two pieces; false if there is none. */
static bool blob_reserve(uint64_t length, uint64_t *offset)
{
	struct wire_control *control = table_control();
	uint64_t used = atomic_load(&control->blobs), at;
	length = (length + WIRE_PYTHON_ALIGN - 1) / WIRE_PYTHON_ALIGN * WIRE_PYTHON_ALIGN;
	do {
		at = used;
		if (at / WIRE_PIECE_BYTES != (at + length) / WIRE_PIECE_BYTES)
			at = (at / WIRE_PIECE_BYTES + 1) * WIRE_PIECE_BYTES;
		if (table_wait(WIRE_BLOBS, at + length) != 0)
			return false;
	} while (!atomic_compare_exchange_weak(&control->blobs, &used, at + length));
	*offset = at;
	return true;
}

bool blob_add(const void *bytes, uint32_t length, uint64_t *offset)
{
	if (length > BLOB_MAX || !blob_reserve(length, offset))
		return false;
	void *at = table_at(WIRE_BLOBS, *offset, length);
	if (at)
		memcpy(at, bytes, length);
	return at;
}

static uint32_t blob_hash_of(const unsigned char *bytes, uint32_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (uint32_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(hash ^ hash >> 32);
}

static struct entry *entry_at(uint32_t number)
{
	/* Pairs with new_entry: the chunk is mapped. */
	struct entry *chunk = atomic_load_explicit(&blob.chunk[(number - 1) / CHUNK_ENTRIES],
						   memory_order_acquire);
	return &chunk[(number - 1) % CHUNK_ENTRIES];
}

/* True if the chunk is there. */
static bool open_chunk(uint32_t i)
{
	const uint64_t bytes = CHUNK_ENTRIES * sizeof(struct entry);
	struct entry *none = NULL, *mine;
	if (i >= CHUNKS)
		return false;
	if (atomic_load_explicit(&blob.chunk[i], memory_order_acquire))
		return true;
	mine = table_private(bytes);
	if (!mine)
		return atomic_load(&blob.chunk[i]);
	if (!atomic_compare_exchange_strong(&blob.chunk[i], &none, mine))
		table_private_free(mine, bytes);
	return true;
}

/* The number of a fresh entry, 0 if there can be no more. */
static uint32_t new_entry(void)
{
	uint32_t number = atomic_fetch_add(&blob.count, 1) + 1;
	if (open_chunk((number - 1) / CHUNK_ENTRIES))
		return number;
	atomic_fetch_sub(&blob.count, 1);
	return 0;
}

void blob_map_ahead(void)
{
	uint32_t first = atomic_load(&blob.count) / CHUNK_ENTRIES;
	for (uint32_t i = 0; i < CHUNKS_AHEAD; i++)
		open_chunk(first + i);
}

static bool blob_find(uint32_t head, uint32_t hash, const void *bytes, uint32_t length,
		      uint64_t *offset)
{
	while (head) {
		const struct entry *e = entry_at(head);
		if (e->hash == hash && e->length == length) {
			const void *at = table_at(WIRE_BLOBS, e->offset, length);
			*offset = e->offset;
			if (at && memcmp(at, bytes, length) == 0)
				return true;
		}
		head = e->next;
	}
	return false;
}

bool blob_intern(const void *bytes, uint32_t length, uint64_t *offset)
{
	uint32_t hash = blob_hash_of(bytes, length), number;
	_Atomic uint32_t *bucket = &blob.bucket[hash >> (32 - BUCKET_BITS)];
	/* Pairs with the exchange below: entries are whole. */
	uint32_t head = atomic_load_explicit(bucket, memory_order_acquire);
	if (blob_find(head, hash, bytes, length, offset))
		return true;
	if (!blob_add(bytes, length, offset))
		return false;
	number = new_entry();
	if (!number)
		return true;
	*entry_at(number) = (struct entry){.hash = hash, .length = length,
					   .offset = (uint32_t)*offset};
	do
		entry_at(number)->next = head;
	while (!atomic_compare_exchange_weak(bucket, &head, number));
	return true;
}

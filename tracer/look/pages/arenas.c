/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds arenas and their heaps, whose chunks chunks.c then reads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/look/pages/arenas_parts.h"

#define ARENAS_MOST 4096u
#define HEAPS_MOST 65536u               /* of all arenas: 4 TiB */
#define HEAP_BYTES (UINT64_C(64) << 20) /* HEAP_MAX_SIZE; heaps are aligned to it */
#define HEAP_INFO 48u                   /* bytes */
#define BLOCK_BYTES 4096u
#define BINS_MOVING 2u                  /* most bins that may look wrong: a thread may
					 * have been stopped in malloc */

bool arena_read(const struct arenas_question *question, uint64_t address, void *to,
		size_t length)
{
	return address && question->read(question->user, address, to, length);
}

/* The address of bin n's head as if it were a chunk: its list begins 16 bytes after
 * that. */
static uint64_t bin_at(uint64_t arena, unsigned n)
{
	return arena + ARENA_BINS * 8 + n * 16 - 16;
}

/* Whether a bin's list is empty, or both its ends lead back to it. */
static bool is_bin(const struct arenas_question *question, uint64_t arena,
		   const uint64_t *words, unsigned n)
{
	uint64_t head = bin_at(arena, n), first = words[ARENA_BINS + 2 * n];
	uint64_t last = words[ARENA_BINS + 2 * n + 1], back, forth;

	if (first == head || last == head)
		return first == last;
	return first % 16 == 0 && last % 16 == 0 &&
	       arena_read(question, first + 24, &back, 8) && back == head &&
	       arena_read(question, last + 16, &forth, 8) && forth == head;
}

static bool is_arena(const struct arenas_question *question, uint64_t at,
		     const uint64_t *words)
{
	unsigned bad = 0;

	for (unsigned n = 0; n < BINS && bad <= BINS_MOVING; n++)
		bad += !is_bin(question, at, words, n);
	return bad <= BINS_MOVING && words[ARENA_MAPPED] <= words[ARENA_MAPPED_MOST];
}

static int add_arena(struct arenas *arenas, uint64_t at, const uint64_t *words)
{
	if (!array_grow(&arenas->of, &arenas->room, arenas->length + 1,
			sizeof(*arenas->of)))
		return -ENOMEM;
	arenas->of[arenas->length++] = (struct arena){
		.address = at, .mapped = words[ARENA_MAPPED], .whole = true };
	return 0;
}

static int add_heap(struct arenas *arenas, uint64_t start, uint64_t end)
{
	if (!array_grow(&arenas->heaps, &arenas->heaps_room, arenas->heaps_length + 1,
			sizeof(*arenas->heaps)))
		return -ENOMEM;
	arenas->heaps[arenas->heaps_length++] = (struct arenas_heap){
		start, end, (uint32_t)arenas->length - 1 };
	return 0;
}

/* The last bin is never used (largebin_index_64), so its two words are its own address,
 * from which the arena's beginning follows.  A word of another empty bin looks the same,
 * but then a further bin follows. */
static uint64_t find_main(const struct arenas_question *question, uint64_t *words)
{
	uint64_t block[BLOCK_BYTES / 8 + 1];

	for (uint64_t at = question->libc.start;
	     at + ARENA_WORDS * 8 <= question->libc.end; at += BLOCK_BYTES) {
		if (!arena_read(question, at, block, BLOCK_BYTES))
			continue;
		for (unsigned i = 0; i + 1 < BLOCK_BYTES / 8; i++) {
			uint64_t arena = at + i * 8 - (ARENA_BINS + 2 * (BINS - 1)) * 8;

			if (block[i] != block[i + 1] ||
			    block[i] != bin_at(arena, BINS - 1) ||
			    !arena_read(question, arena, words, ARENA_WORDS * 8) ||
			    words[ARENA_BINS + 2 * BINS] == bin_at(arena, BINS) ||
			    !is_arena(question, arena, words))
				continue;
			return arena;
		}
	}
	return 0;
}

/* Finds the heaps of an arena other than the main one, beginning with the one that has
 * its top. */
static int find_heaps(struct arenas *arenas, const struct arenas_question *question,
		      uint64_t top)
{
	struct arena *arena = &arenas->of[arenas->length - 1];
	uint64_t at = top & ~(HEAP_BYTES - 1), info[3];
	int error = 0;

	while (!error && at) {
		if (arenas->heaps_length >= HEAPS_MOST ||
		    !arena_read(question, at, info, sizeof(info)) ||
		    info[0] != arena->address || info[2] > HEAP_BYTES ||
		    info[2] < HEAP_INFO || info[1] % HEAP_BYTES) {
			arena->whole = false;
			return 0;
		}
		error = add_heap(arenas, at, at + info[2]);
		at = info[1];
	}
	return error;
}

static int follow_arenas(struct arenas *arenas, const struct arenas_question *question,
			 uint64_t main, uint64_t at)
{
	uint64_t words[ARENA_WORDS];
	int error = 0;

	while (!error && at != main && arenas->length < ARENAS_MOST) {
		if (!arena_read(question, at, words, sizeof(words)) ||
		    !is_arena(question, at, words))
			return 0;
		error = add_arena(arenas, at, words);
		if (!error)
			error = find_heaps(arenas, question, words[ARENA_TOP]);
		at = words[ARENA_NEXT];
	}
	return error;
}

static int heap_order(const void *left, const void *right)
{
	const struct arenas_heap *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

int arenas_find(struct arenas *arenas, const struct arenas_question *question)
{
	uint64_t words[ARENA_WORDS];
	uint64_t main = find_main(question, words);
	int error = main ? add_arena(arenas, main, words) : 0;

	if (!main || error)
		return error;
	if (question->heap.start < question->heap.end)
		error = add_heap(arenas, question->heap.start, question->heap.end);
	if (!error)
		error = follow_arenas(arenas, question, main, words[ARENA_NEXT]);
	for (size_t i = 0; !error && i < arenas->length; i++)
		error = chunks_walk(arenas, question, (uint32_t)i);
	if (arenas->heaps_length)
		qsort(arenas->heaps, arenas->heaps_length, sizeof(*arenas->heaps),
		      heap_order);
	return error;
}

void arenas_free(struct arenas *arenas)
{
	free(arenas->of);
	free(arenas->heaps);
	*arenas = (struct arenas){ 0 };
}

size_t arenas_of(const struct arenas *arenas, uint64_t address)
{
	size_t low;

	BISECT(low, arenas->heaps_length, arenas->heaps[low].end <= address);
	return low < arenas->heaps_length && arenas->heaps[low].start <= address ?
		       arenas->heaps[low].arena : SIZE_MAX;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the chunks of a heap one after the other.  A chunk's second word has its size
 * and, in the lowest bit, whether the chunk before it is in use.
 *
 *	[ size | 1 ... in use ... ][ size | 1 ... free ...][ size | 0 ... in use
 *	                                   bit of the next ----------^
 *
 * Small chunks that were freed are in fast bins and look as if in use; malloc_trim first
 * joins them with free neighbours.  What threads keep for themselves (tcache)
 * stays in use for malloc_trim, too.
 *
 * malloc_trim(0) (malloc.c, mtrim and systrim) gives back the whole pages of free chunks
 * behind their first 48 bytes, and of the main arena's top chunk all but 33 bytes,
 * rounded down to pages.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/ground/shared/page.h"
#include "tracer/look/pages/arenas_parts.h"

#define CHUNK_LEAST 32u
#define CHUNK_HEAD 48u                  /* sizeof(struct malloc_chunk) */
#define KEPT_AT_TOP 33u                 /* MINSIZE + 1 */
#define FAST_MOST ((size_t)1 << 26)     /* most chunks in fast bins; a longer list must be
					 * a cycle */
#define FLAGS UINT64_C(7)

struct walking {
	const struct arenas_question *question;
	struct arena *arena;
	bool main;
	uint64_t top;
	uint64_t *fast;                 /* addresses of chunks, sorted */
	size_t fast_length, fast_room;
	uint64_t run;                   /* where a run of adjacent free chunks begins; 0:
					 * none */
	bool topped;                    /* the top chunk was met */
};

static int number_order(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* The chunk that the word at `place` leads to, 0: none.  From glibc 2.32 on a pointer in
 * a fast bin is xor-ed with its own address shifted right by 12 bits (PROTECT_PTR); a
 * plain one that is read so leads nowhere. */
static uint64_t reveal(const struct walking *walking, uint64_t place, uint64_t word)
{
	uint64_t chunk = word ^ place >> 12, ignored;
	bool sound = !chunk || (chunk % 16 == 0 &&
				arena_read(walking->question, chunk + 16, &ignored, 8));

	return sound ? chunk : word;
}

/* Lists the chunks in fast bins. */
static int list_fast(struct walking *walking, const uint64_t *bins)
{
	for (unsigned n = 0; n < FAST_BINS; n++) {
		uint64_t at = bins[n], next;

		while (at && walking->fast_length < FAST_MOST) {
			if (at % 16 ||
			    !arena_read(walking->question, at + 16, &next, 8)) {
				walking->arena->whole = false;
				break;
			}
			if (!array_grow(&walking->fast, &walking->fast_room,
					walking->fast_length + 1, sizeof(*walking->fast)))
				return -ENOMEM;
			walking->fast[walking->fast_length++] = at;
			at = reveal(walking, at + 16, next);
		}
	}
	if (walking->fast_length)
		qsort(walking->fast, walking->fast_length, sizeof(*walking->fast),
		      number_order);
	return 0;
}

static bool is_fast(const struct walking *walking, uint64_t chunk)
{
	return walking->fast_length &&
	       bsearch(&chunk, walking->fast, walking->fast_length, sizeof(chunk),
		       number_order);
}

/* How many bytes of [start, end) are in memory. */
static uint64_t bytes_there(const struct arenas_question *question, uint64_t start,
			    uint64_t end)
{
	size_t low;
	uint64_t bytes = 0;

	BISECT(low, question->length,
	       question->pieces[low].address + question->pieces[low].bytes <= start);
	for (; low < question->length && question->pieces[low].address < end; low++) {
		uint64_t from = question->pieces[low].address, to = from +
				question->pieces[low].bytes;

		from = from > start ? from : start;
		to = to < end ? to : end;
		bytes += from < to ? to - from : 0;
	}
	return bytes;
}

/* Adds a run of adjacent free chunks, which ends at `end`. */
static void end_run(struct walking *walking, uint64_t end)
{
	uint64_t start = page_end(walking->run + CHUNK_HEAD);

	if (!walking->run)
		return;
	walking->arena->free += end - walking->run;
	if (page_begin(end) > start)
		walking->arena->trim += bytes_there(walking->question, start,
						    page_begin(end));
	walking->run = 0;
}

/* Adds the top chunk, with what is free right below it. */
static void end_at_top(struct walking *walking, uint64_t end)
{
	uint64_t begin = walking->run ? walking->run : walking->top;
	uint64_t size = end - begin;

	walking->run = 0;
	walking->topped = true;
	walking->arena->top = size;
	if (!walking->main || size <= KEPT_AT_TOP)
		return;
	walking->arena->trim += bytes_there(
		walking->question, end - page_begin(size - KEPT_AT_TOP), end);
}

/* Reads chunks from `at` on; `end`: that of the heap. */
static void walk_chunks(struct walking *walking, uint64_t at, uint64_t end)
{
	const struct arenas_question *question = walking->question;
	uint64_t size, next;

	while (at < end) {
		if (!arena_read(question, at + 8, &size, 8) || (size & ~FLAGS) > end - at)
			break;
		size &= ~FLAGS;
		if (at == walking->top) {
			end_at_top(walking, at + size);
			return;
		}
		/* A heap that is followed by another ends in two chunks of at most 16
		 * bytes. */
		if (size < CHUNK_LEAST || size % 16 || at + size >= end) {
			end_run(walking, at);
			return;
		}
		if (!arena_read(question, at + size + 8, &next, 8))
			break;
		if (next & 1 && !is_fast(walking, at))
			end_run(walking, at);
		else if (!walking->run)
			walking->run = at;
		at += size;
	}
	walking->run = 0;
	walking->arena->whole = false;
}

/* Where the first chunk of a heap is.  Each heap of a thread's arena begins with its
 * heap_info, of 32 bytes before glibc 2.35 and 48 since; the arena follows that of the
 * first. */
static uint64_t first_chunk(const struct arenas *arenas, const struct arenas_heap *heap)
{
	const struct arena *arena = &arenas->of[heap->arena];
	uint64_t info = 0;

	if (heap->arena == 0)           /* the main one */
		return heap->start;
	for (size_t i = 0; i < arenas->heaps_length; i++)
		if (arena->address > arenas->heaps[i].start &&
		    arena->address < arenas->heaps[i].end)
			info = arena->address - arenas->heaps[i].start;
	return arena->address > heap->start && arena->address < heap->end ?
		       arena->address + ((ARENA_WORDS * 8 + 15) & ~15u) :
		       heap->start + info;
}

int chunks_walk(struct arenas *arenas, const struct arenas_question *question,
		uint32_t number)
{
	struct arena *arena = &arenas->of[number];
	struct walking walking = { .question = question,
				   .arena = arena,
				   .main = number == 0 };
	uint64_t words[ARENA_WORDS];

	if (!arena_read(question, arena->address, words, sizeof(words)))
		return 0;
	walking.top = words[ARENA_TOP];
	int error = list_fast(&walking, &words[ARENA_FAST]);

	for (size_t i = 0; !error && i < arenas->heaps_length; i++) {
		const struct arenas_heap *heap = &arenas->heaps[i];

		if (heap->arena != number)
			continue;
		arena->resident += bytes_there(question, heap->start, heap->end);
		walk_chunks(&walking, first_chunk(arenas, heap), heap->end);
	}
	arena->whole &= walking.topped;
	free(walking.fast);
	return error;
}

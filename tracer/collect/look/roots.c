/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A map without blocks is a root as a whole, but of a stack only what is in use.  One
 * with blocks is an allocator's, and what lies between them is free or bookkeeping; but
 * there are three in which the rest is the program's own:
 *
 *	data of a module    [ root | tracked block | root ]
 *	mappings that the kernel made one of, with malloc's large blocks, which fill
 *	whole pages         [ root ][ header, block ............ ][ root ]
 *	a stack, or what a thread has for itself, beside one
 *	                    [ unused | stack in use ][ header, block ... ]
 *
 * Where some blocks are not known, all that lies between the others may be one of them.
 *
 * glibc mangles the frame pointer, the stack pointer and the return address in a jmp_buf,
 * so in memory that is no allocator's each word counts as it is, and demangled, too.
 */
#include "tracer/collect/look/roots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/look/own_memory.h"
#include "tracer/ground/shared/page.h"
#include "tracer/machine/process.h"

#define LARGE (UINT64_C(64) << 10)      /* glibc: M_MMAP_THRESHOLD is 128 KiB or more */
#define HEADER 16u                      /* bytes of glibc's header before a block with a
					 * mapping of its own */
#define CHUNK_MAPPED 2u                 /* it says so by this */

#define WORDS 512u
#define ADDRESS_BITS 47                 /* that an address of a program may have */

struct telling {
	struct graph *graph;
	const struct copied *copied;
	const struct look_question *question;
	struct unused unused;           /* parts of stacks */
	bool mallocs;                   /* what the kernel calls [heap] is malloc's; it
					 * may be several maps, since a fork cuts it in
					 * two */
	bool libc;                      /* the map is of glibc's own data */
	size_t piece;                   /* the first one that may overlap the map */
	const struct map *map;          /* NULL: a block that realloc moves, */
	bool frames;                    /* or, if true, Python's frames */
	bool stack;                     /* a thread runs on it */
	bool between;                   /* it may be a block that nobody recorded */
};

typedef int give_words_to(struct telling *telling, uint64_t address, const unsigned char *bytes,
			  size_t length);

/* Gives [from, to) of a piece: from the copy, or from the process, a window at a time, which
 * then is still in the processor's cache. */
static int give_piece(struct telling *telling, const struct piece *piece, uint64_t from,
		      uint64_t to, give_words_to *give)
{
	const struct copied *copied = telling->copied;
	int error = 0;

	if (copied->memory)
		return give(telling, from, copied->memory + piece->at + (from - piece->address),
			    to - from);
	while (!error && from < to) {
		uint64_t page = page_begin(from), end = page_end(to);

		end = end - page < ROOTS_WINDOW ? end : page + ROOTS_WINDOW;
		uint64_t part = (end < to ? end : to) - from;

		error = copy_window(copied->window, copied->tid,
				    (struct piece){ page, end - page, 0, false, piece->hidden },
				    copied->unread);
		if (!error)
			error = give(telling, from,
				     copied->window->memory + (from - page), part);
		from += part;
	}
	return error;
}

/* Gives the pieces of [start, end), in whole words and in order, to `give`. */
static int each_piece(struct telling *telling, uint64_t start, uint64_t end, give_words_to *give)
{
	const struct layout *layout = telling->copied->layout;
	int error = 0;

	start = (start + 7) & ~UINT64_C(7);
	end &= ~UINT64_C(7);
	while (telling->piece < layout->pieces_length &&
	       layout->pieces[telling->piece].address + layout->pieces[telling->piece].bytes <= start)
		telling->piece++;
	for (size_t p = telling->piece; !error && p < layout->pieces_length; p++) {
		const struct piece *piece = &layout->pieces[p];
		uint64_t from = piece->address > start ? piece->address : start;
		uint64_t to = piece->address + piece->bytes;

		if (piece->address >= end)
			break;
		to = to < end ? to : end;
		if (from < to)
			error = give_piece(telling, piece, from, to, give);
	}
	return error;
}

static int give_heap(struct telling *telling, uint64_t address, const unsigned char *bytes,
		     size_t length)
{
	return graph_sweep(telling->graph, address, bytes, length);
}

/*
 * Whether a word is the address of the chunk after a block.  In glibc a chunk begins 16
 * bytes before its block, and the last 8 bytes of the block before may overlap it
 * (malloc.c, "malloc_chunk details").  So the main arena's top and lists of free chunks
 * seem to point into blocks.
 */
static bool is_chunk_behind(const struct graph *graph, uint64_t word)
{
	struct graph_block block;

	return graph_next(graph, word, &block) && block.address < word &&
	       word == block.address + ((block.size + 23) & ~UINT64_C(15)) - HEADER;
}

struct roots_guard roots_guard_of(const struct stop *stop, struct memory *memory)
{
	struct roots_guard guard = { 0 };

	for (size_t i = 0; i < stop->length && !guard.known; i++) {
		uint64_t at = machine_guard_at(stop_pointer(&stop->threads[i]));

		guard.known = at && memory_read(memory, at, &guard.word, sizeof(guard.word));
	}
	return guard;
}

/* Gives at most WORDS words once more, demangled, as far as they may be addresses then. */
static int give_demangled(struct telling *telling, uint32_t root, const unsigned char *bytes,
			  size_t length)
{
	const struct roots_guard *guard = &telling->copied->guard;
	uint64_t words[WORDS], word;
	size_t n = 0;

	for (size_t at = 0; at < length; at += sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		uint64_t plain = machine_demangled(word, guard->word);

		/* Without a branch, which would often be mispredicted. */
		words[n] = plain;
		n += (word != 0) & (plain >> ADDRESS_BITS == 0);
	}
	return graph_root(telling->graph, root, words, n * sizeof(word));
}

/* Gives words of one root, a few at a time, so that memory is fetched once for both ways
 * to read them. */
static int give_words(struct telling *telling, uint32_t root, const unsigned char *bytes,
		      size_t length)
{
	bool both = telling->copied->guard.known && telling->map && !telling->between;
	int error = 0;

	if (!both)
		return graph_root(telling->graph, root, bytes, length);
	for (size_t at = 0, part; !error && at < length; at += part) {
		part = length - at < WORDS * 8 ? length - at : WORDS * 8;
		error = graph_root(telling->graph, root, bytes + at, part);
		if (!error)
			error = give_demangled(telling, root, bytes + at, part);
	}
	return error;
}

/* Gives the graph the words of one map or block, with the roots that they belong to. */
static int give_root(struct telling *telling, uint64_t address, const unsigned char *bytes,
		     size_t length)
{
	struct rooted *rooted = telling->copied->rooted;
	int error = 0;

	while (!error && length) {
		uint64_t end = address + length;
		uint32_t root = !rooted ? 0 : telling->frames ? rooted_frames(rooted) :
			telling->between ? rooted_between(rooted) :
			!telling->map ? rooted_moving(rooted) :
			rooted_at(rooted, telling->map, telling->stack, address, &end);
		size_t part = end - address < length ? (size_t)(end - address) : length;

		error = root == UINT32_MAX ? -ENOMEM :
			give_words(telling, root, bytes, part);
		address += part;
		bytes += part;
		length -= part;
	}
	return error;
}

static int give_libc(struct telling *telling, uint64_t address, const unsigned char *bytes,
		     size_t length)
{
	uint64_t words[WORDS];
	int error = 0;

	for (size_t at = 0; !error && at < length; at += sizeof(words)) {
		size_t part = length - at < sizeof(words) ? length - at : sizeof(words);

		memcpy(words, bytes + at, part);
		for (size_t i = 0; i < part / sizeof(*words); i++)
			if (is_chunk_behind(telling->graph, words[i]))
				words[i] = 0;
		error = give_root(telling, address + at, (const unsigned char *)words,
				  part);
	}
	return error;
}

/* The range of memtop's own memory that begins first, of those that are in [start, end); NULL:
 * none is. */
static const struct look_range *own_in(const struct look_ranges *own, uint64_t start, uint64_t end)
{
	const struct look_range *first = NULL;

	for (size_t i = 0; i < own->length; i++) {
		const struct look_range *range = &own->of[i];

		if (range->end > start && range->start < end &&
		    (!first || range->start < first->start))
			first = range;
	}
	return first;
}

/* Gives the words of [start, end), except memtop's own memory and unused parts of stacks. */
static int tell_root(struct telling *telling, uint64_t start, uint64_t end, bool stack)
{
	int error = 0;

	while (!error && start < end) {
		const struct look_range *next = own_in(&telling->copied->own, start, end);
		const struct look_range *other = unused_in(&telling->unused, start, end);

		next = !next || (other && other->start < next->start) ? other : next;
		uint64_t to = next && next->start > start ? next->start : next ? start : end;

		telling->stack = stack;
		error = each_piece(telling, start, to,
				   telling->libc ? give_libc : give_root);
		start = next ? next->end : end;
	}
	return error;
}

/* The lowest stack pointer in a map; 0: none. */
static uint64_t lowest_stack(const struct stop *stop, const struct map *map)
{
	uint64_t lowest = 0;

	for (size_t i = 0; i < stop->length; i++) {
		uint64_t stack = stop->threads[i].stack;

		if (stack >= map->start && stack < map->end && (!lowest || stack < lowest))
			lowest = stack;
	}
	return lowest;
}

static uint64_t stack_begins(uint64_t stack, const struct map *map)
{
	return stack - map->start < UNUSED_RED_ZONE ? map->start : stack - UNUSED_RED_ZONE;
}

/* Whether glibc's header before a block says that it has a mapping of its own (malloc.c,
 * "malloc_chunk details"), in which it may begin anywhere if it was to be aligned. */
static bool is_mapped_alone(struct memory *memory, const struct graph_block *block)
{
	uint64_t header[2], chunk = block->address - HEADER;

	return block->address % HEADER == 0 && memory_read(memory, chunk, header, sizeof(header)) &&
	       (header[1] & 7) == CHUNK_MAPPED && (chunk - header[0]) % PAGE == 0 &&
	       (header[0] + (header[1] & ~UINT64_C(7))) % PAGE == 0 &&
	       (header[1] & ~UINT64_C(7)) >= block->size + HEADER;
}

/* Whether the only blocks there are those that malloc maps one by one. */
static bool has_pages_alone(const struct telling *telling, const struct map *map)
{
	struct graph_block block;

	for (uint64_t at = map->start;
	     graph_next(telling->graph, at, &block) && block.address < map->end;
	     at = block.address + (block.size ? block.size : 1))
		if ((block.address % PAGE != HEADER || block.size < LARGE) &&
		    !is_mapped_alone(telling->copied->reads, &block))
			return false;
	return true;
}

/* Gives the memory between the blocks of a map, from `at` on; of a large block all its
 * pages are left out. */
static int tell_between(struct telling *telling, const struct map *map, uint64_t at,
			bool pages, bool stack)
{
	struct graph_block block;
	int error = 0;

	while (!error && at < map->end) {
		uint64_t begin = map->end, end = map->end;

		if (graph_next(telling->graph, at, &block) && block.address < map->end) {
			begin = pages ? page_begin(block.address) : block.address;
			end = block.address + (block.size ? block.size : 1);
			end = pages ? page_end(end) : end;
		}
		if (begin > at)
			error = tell_root(telling, at, begin, stack);
		at = end;
	}
	return error;
}

/* Gives a stack that is in an allocator's memory, up to the next block. */
static int tell_stack_in_heap(struct telling *telling, const struct map *map, uint64_t stack)
{
	struct graph_block block;
	uint64_t end = map->end;

	if (graph_next(telling->graph, stack, &block) && block.address < end) {
		if (block.address <= stack)     /* a coroutine's stack, which is a block
						 * itself */
			return 0;
		end = block.address;
	}
	return tell_root(telling, stack_begins(stack, map), end, true);
}

/* Gives what the threads have for themselves that lies in an allocator's map, up to the blocks
 * on either side: the kernel joins the first thread's with what is mapped after it.  `piece`:
 * the first one that may overlap the map. */
static int tell_threads_in_heap(struct telling *telling, const struct map *map, size_t piece)
{
	const struct stop *stop = telling->copied->stop;
	int error = 0;

	for (size_t i = 0; i < stop->length && !error; i++) {
		uint64_t own = stop_pointer(&stop->threads[i]), start, end;

		if (own < map->start || own >= map->end ||
		    !graph_gap(telling->graph, own, &start, &end))
			continue;
		telling->piece = piece;
		error = tell_root(telling, start > map->start ? start : map->start,
				  end < map->end ? end : map->end, false);
	}
	telling->piece = piece;
	return error;
}

/* Gives what lies between the blocks of an allocator's map, if blocks that nobody recorded
 * may be there.  Free chunks among it are listed as libc's own are. */
static int tell_unrecorded(struct telling *telling, const struct map *map)
{
	int error;

	if (!telling->question->misses)
		return 0;
	telling->between = telling->libc = true;
	error = tell_between(telling, map, map->start, false, false);
	telling->between = telling->libc = false;
	return error;
}

/* Gives a map, or a part of one. */
static int tell_part(struct telling *telling, const struct map *map)
{
	uint64_t stack = lowest_stack(telling->copied->stop, map);
	struct graph_block block;

	telling->libc = map->libc;
	if (!graph_next(telling->graph, map->start, &block) || block.address >= map->end)
		return map->heap && (telling->mallocs || telling->question->misses) ?
		       tell_unrecorded(telling, map) :
		       tell_root(telling, map->start, map->end, stack);
	int error = each_piece(telling, map->start, map->end, give_heap);
	const size_t piece = telling->piece;

	if (error)
		return error;
	if (map->file)
		return tell_between(telling, map, map->start, false, false);
	if (!map->heap && has_pages_alone(telling, map))
		return tell_between(telling, map, map->start, true, stack);
	if (stack)
		error = tell_stack_in_heap(telling, map, stack);
	if (!error)
		error = tell_threads_in_heap(telling, map, piece);
	return error ? error : tell_unrecorded(telling, map);
}

/* Gives a map in which an allocator's memory may follow a module's data: the kernel made
 * one map of both.  There, or in the next map, free memory holds nothing. */
static int tell_map(struct telling *telling, const struct map *map)
{
	struct rooted *rooted = telling->copied->rooted;
	bool behind = rooted && map->file && map->path && map->offset == UINT64_MAX;
	struct map data = *map, rest = *map;
	int error = 0;

	telling->map = map;
	data.end = rest.start = behind ? rooted_module_end(rooted, map) : map->end;
	rest.file = rest.libc = false;
	if (data.start < data.end)
		error = tell_part(telling, &data);
	return !error && rest.start < rest.end ? tell_part(telling, &rest) : error;
}

/* A block that a realloc is moving is not in the graph, but its memory holds what it
 * held. */
static int tell_moving(struct telling *telling)
{
	const struct look_ranges *moving = telling->question->moving;
	int error = 0;

	telling->map = NULL;
	for (size_t i = 0; moving && !error && i < moving->length; i++) {
		telling->piece = 0;
		error = each_piece(telling, moving->of[i].start, moving->of[i].end,
				   give_root);
	}
	return error;
}

/* Python's functions have their locals in mappings that the kernel may have joined with
 * mappings of blocks; what lies between blocks there would otherwise hold nothing. */
static int tell_frames(struct telling *telling)
{
	const struct typed *typed = telling->question->typed;
	int error = 0;

	telling->map = NULL;
	telling->frames = true;
	for (size_t i = 0; typed && !error && i < typed->frames_length; i++) {
		telling->piece = 0;
		error = each_piece(telling, typed->frames[i].start, typed->frames[i].end,
				   give_root);
	}
	telling->frames = false;
	return error;
}

/* Gives the kernel's words; those of one descriptor or timer follow one another. */
static int tell_kernel(struct graph *graph, const struct copied *copied)
{
	const struct kernel *kernel = copied->kernel;
	uint32_t root = 0;
	int error = 0;

	for (size_t i = 0; kernel && !error && i < kernel->length; i++) {
		const struct kernel_word *word = &kernel->words[i];
		bool same = i && word[-1].who == word->who && word[-1].id == word->id;

		if (copied->rooted && !same)
			root = rooted_kernel(copied->rooted, word->who, word->id);
		error = root == UINT32_MAX ? -ENOMEM :
			graph_root(graph, root, &word->word, sizeof(word->word));
	}
	return error;
}

/* How many bytes of a thread's registers the program uses.  libmemtop.so's code uses no vector
 * registers (-mgeneral-regs-only), and whoever calls a function leaves nothing in them that it
 * still needs: in that code they have only what is left over. */
static size_t registers_used(const struct stop_thread *of, const struct layout *layout)
{
	bool own = !MACHINE_VECTORS_KEPT && layout_is_own_code(layout, stop_at(of));

	if (own && of->length > sizeof(struct user_regs_struct))
		return sizeof(struct user_regs_struct);
	return of->length & ~(size_t)7;
}

static int tell_registers(struct graph *graph, const struct copied *copied, size_t thread)
{
	const struct stop_thread *of = &copied->stop->threads[thread];
	size_t length = registers_used(of, copied->layout), end;
	int error = 0;

	for (size_t at = 0; !error && at < length; at = end) {
		uint32_t root = 0;

		end = length;
		if (copied->rooted)
			root = rooted_registers(copied->rooted, thread, at, &end);
		end = end < length ? end : length;
		error = root == UINT32_MAX ? -ENOMEM :
			graph_root(graph, root, of->registers + at, end - at);
	}
	return error;
}

int roots_tell(struct graph *graph, const struct copied *copied,
	       const struct look_question *question)
{
	struct telling telling = { .graph = graph, .copied = copied, .question = question };
	struct graph_block block;
	int error = unused_find(&telling.unused, copied->stop, copied->layout, copied->reads);

	for (size_t i = 0; i < copied->layout->length; i++) {
		const struct map *map = &copied->layout->of[i];

		telling.mallocs |= map->heap && graph_next(graph, map->start, &block) &&
				   block.address < map->end;
	}
	for (size_t i = 0; !error && i < copied->layout->length; i++)
		error = tell_map(&telling, &copied->layout->of[i]);
	if (!error)
		error = tell_frames(&telling);
	if (!error)
		error = tell_moving(&telling);
	if (!error)
		error = tell_kernel(graph, copied);
	for (size_t i = 0; !error && i < copied->stop->length; i++)
		error = tell_registers(graph, copied, i);
	free(telling.unused.of);
	return error;
}

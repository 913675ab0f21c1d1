/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/look/own_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/wire/own.h"

#define LISTS 256u                      /* most lists that are read: 65,280 places */
#define FLAGS (WIRE_OWN_STAYS | WIRE_OWN_WRITING)

static int add_range(struct own_memory *own, uint64_t start, uint64_t end)
{
	if (start & WIRE_OWN_WRITING || !(start & ~FLAGS) || (start & ~FLAGS) >= end)
		return 0;
	if (!array_grow(&own->of, &own->room, own->length + 1, sizeof(*own->of)))
		return -ENOMEM;
	own->of[own->length++] = (struct look_range){ start & ~FLAGS, end };
	return 0;
}

int own_memory_read(struct own_memory *own, int32_t tid, uint64_t list)
{
	uint64_t words[sizeof(struct wire_own) / sizeof(uint64_t)];
	int error = 0;

	for (unsigned n = 0; list && !error && n < LISTS; n++) {
		struct iovec local = { words, sizeof(words) };
		struct iovec remote = { (void *)(uintptr_t)list, sizeof(words) };

		ssize_t got = process_vm_readv(tid, &local, 1, &remote, 1, 0);

		if (got < 0 && errno == ESRCH)
			return -ESRCH;
		if (got != (ssize_t)sizeof(words))
			break;
		for (size_t i = 0; !error && i < WIRE_OWN_PLACES; i++)
			error = add_range(own, words[2 * i], words[2 * i + 1]);
		list = words[2 * (size_t)WIRE_OWN_PLACES];
	}
	return error;
}

void own_memory_free(struct own_memory *own)
{
	free(own->of);
	*own = (struct own_memory){ 0 };
}

/* --- unused parts of stacks --- */

/*
 * A mapping may have more than one stack, and other things below a stack, as the heap of Go,
 * where its functions have their stacks, and pools of stacks for coroutines.  So it is asked
 * where the stack begins.  A thread's descriptor, to which its thread pointer leads, has that
 * as an address and a size, which follow one another in glibc (nptl/descr.h: stackblock) and
 * in musl (pthread_impl.h: map_base), so it is searched for two words that fit.  The first
 * thread's stack has a name of the kernel's.
 */
#define DESCRIPTOR 4096u                /* bytes that are searched; glibc's has 2304 */
#define PART 256u
#define SIZE_END (UINT64_C(1) << 40)    /* below all addresses of mappings */

static const struct map *map_at(const struct layout *layout, uint64_t address)
{
	size_t low;

	BISECT(low, layout->length, layout->of[low].end <= address);
	return low < layout->length && layout->of[low].start <= address ? &layout->of[low] : NULL;
}

/* Where the stack begins that a thread's descriptor names, if both it and the descriptor are
 * in it; 0: it names none. */
static uint64_t stack_named(const struct stop_thread *thread, struct memory *memory)
{
	uint64_t at = stop_pointer(thread), words[PART / sizeof(uint64_t)], last = 0;

	for (size_t done = 0; at && done < DESCRIPTOR; done += PART) {
		if (!memory_read(memory, at + done, words, sizeof(words)))
			return 0;
		for (size_t i = 0; i < PART / sizeof(*words); i++) {
			if (last && words[i] < SIZE_END && thread->stack - last < words[i] &&
			    at - last < words[i])
				return last;
			last = words[i];
		}
	}
	return 0;
}

/* Adds a range.  A thread of a process that runs was seen several times: what lies below each
 * of its stack pointers is unused. */
static int add_unused(struct unused *unused, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < unused->length; i++)
		if (unused->of[i].start == start) {
			unused->of[i].end = end < unused->of[i].end ? end : unused->of[i].end;
			return 0;
		}
	if (!array_grow(&unused->of, &unused->room, unused->length + 1, sizeof(*unused->of)))
		return -ENOMEM;
	unused->of[unused->length++] = (struct look_range){ start, end };
	return 0;
}

static int unused_order(const void *left, const void *right)
{
	const struct look_range *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

/* Puts ranges in order, and makes one of those that overlap: a program may say anything of its
 * stacks. */
static void unused_merge(struct unused *unused)
{
	size_t kept = 0;

	if (unused->length)
		qsort(unused->of, unused->length, sizeof(*unused->of), unused_order);
	for (size_t i = 0; i < unused->length; i++) {
		struct look_range *last = kept ? &unused->of[kept - 1] : NULL;

		if (!last || last->end < unused->of[i].start)
			unused->of[kept++] = unused->of[i];
		else if (last->end < unused->of[i].end)
			last->end = unused->of[i].end;
	}
	unused->length = kept;
}

const struct look_range *unused_in(const struct unused *unused, uint64_t start,
				   uint64_t end)
{
	size_t low;

	BISECT(low, unused->length, unused->of[low].end <= start);
	return low < unused->length && unused->of[low].start < end ? &unused->of[low] : NULL;
}

int unused_find(struct unused *unused, const struct stop *stop, const struct layout *layout,
		struct memory *memory)
{
	int error = 0;

	for (size_t i = 0; i < stop->length && !error; i++) {
		const struct stop_thread *thread = &stop->threads[i];
		const struct map *map = thread->stack ? map_at(layout, thread->stack) : NULL;
		bool first = map && map->path && strcmp(map->path, "[stack]") == 0;
		uint64_t start = !map ? 0 : first ? map->start : stack_named(thread, memory);

		if (start && thread->stack - start > UNUSED_RED_ZONE)
			error = add_unused(unused, start,
					   thread->stack - UNUSED_RED_ZONE);
	}
	unused_merge(unused);
	return error;
}

/* SPDX-License-Identifier: MIT */
/*
 * A list of places, each of which is free (0), being written (WRITING) or taken.
 * Places are added page by page and never go away.
 */
#include "tracer/preload/base/own.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/wire/own.h"
#include "tracer/ground/shared/page.h"

#define STAYS WIRE_OWN_STAYS
#define WRITING WIRE_OWN_WRITING

static struct wire_own first;

/* Of the linker: the first and last byte of our image. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static struct wire_own *following(struct wire_own *places)
{
	return (struct wire_own *)atomic_load(&places->next);
}

/* Returns the next page of places, which is made if there is none; NULL: no memory. */
static struct wire_own *next_places(struct wire_own *places)
{
	struct wire_own *next = following(places);
	uint64_t theirs = 0;
	if (next)
		return next;
	long at = sys_call6(SYS_mmap, 0, sizeof(struct wire_own), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (sys_failed(at))
		return NULL;
	next = (struct wire_own *)at;
	next->place[0].end = (uintptr_t)at + PAGE;
	next->place[0].start = (uintptr_t)at;
	if (atomic_compare_exchange_strong(&places->next, &theirs, (uintptr_t)next))
		return next;
	sys_call3(SYS_munmap, at, sizeof(struct wire_own), 0);
	return (struct wire_own *)theirs;
}

void own_add(const void *start, uint64_t bytes, bool forks)
{
	uintptr_t from = (uintptr_t)start, to = from + page_end(bytes);
	for (struct wire_own *places = &first; places; places = next_places(places)) {
		for (unsigned i = 0; i < WIRE_OWN_PLACES; i++) {
			struct wire_own_place *place = &places->place[i];
			uint64_t free_place = 0;
			if (atomic_load_explicit(&place->start, memory_order_relaxed) ||
			    !atomic_compare_exchange_strong(&place->start, &free_place, WRITING))
				continue;
			atomic_store(&place->end, to);
			atomic_store(&place->start, from | (forks ? 0 : STAYS));
			return;
		}
	}
}

void own_drop(const void *start)
{
	for (struct wire_own *places = &first; places; places = following(places)) {
		for (unsigned i = 0; i < WIRE_OWN_PLACES; i++) {
			struct wire_own_place *place = &places->place[i];
			uintptr_t at = atomic_load_explicit(&place->start, memory_order_relaxed);
			if (at && (at & ~STAYS) == (uintptr_t)start) {
				atomic_store(&place->start, 0);
				return;
			}
		}
	}
}

/* Sets [*from, *to) to the part of this mapping that lies within [start, end), if it
 * begins lower than the part that was found before. */
static void take_lower(uintptr_t start, uintptr_t end, uintptr_t own, uintptr_t own_end,
		       uintptr_t *from, uintptr_t *to)
{
	uintptr_t low = own > start ? own : start;
	if (own >= end || own_end <= start || low >= *from)
		return;
	*from = low;
	*to = own_end < end ? own_end : end;
}

bool own_within(uintptr_t start, uintptr_t end, uintptr_t *from, uintptr_t *to)
{
	/* In a forked child that has not begun yet, the pages that are not inherited are
	 * gone, and others may have been mapped at their addresses. */
	bool lost = tracer_life() == TRACER_UNBORN;
	*from = *to = end;
	take_lower(start, end, page_begin((uintptr_t)__ehdr_start), page_end((uintptr_t)_end),
		   from, to);
	for (struct wire_own *places = &first; places; places = following(places)) {
		for (unsigned i = 0; i < WIRE_OWN_PLACES; i++) {
			struct wire_own_place *place = &places->place[i];
			uintptr_t at = atomic_load(&place->start);
			uintptr_t own_end = atomic_load(&place->end);
			bool is = at > WRITING && atomic_load(&place->start) == at;
			if (is && !(lost && at & STAYS))
				take_lower(start, end, at & ~STAYS, own_end, from, to);
		}
	}
	return *from < end;
}

uint64_t own_list(void)
{
	uintptr_t image = page_begin((uintptr_t)__ehdr_start);
	static bool listed;

	if (!listed)                    /* the library's own data, too, for memtop */
		own_add((void *)image, (uintptr_t)_end - image, true);
	listed = true;
	return (uintptr_t)&first;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The range begins on the border of a huge page.  When it is used up, it is moved, page
 * tables and all, to a longer range, so that no byte of the table is copied.
 */
#include "tracer/collect/rings/pages.h"
#include "tracer/ground/shared/older.h"
#include "tracer/ground/shared/page.h"

#include <stdint.h>
#include <sys/mman.h>

#define HUGE ((size_t)2 << 20)
#define LEAST ((size_t)64 << 20)        /* bytes of addresses to reserve at first */
#define WORTH ((size_t)4 << 20)         /* size from which on a table is worth huge
					 * pages */

static size_t whole_huge(size_t bytes)
{
	return (bytes + HUGE - 1) / HUGE * HUGE;
}

/* Reserves `bytes` addresses that begin on the border of a huge page. */
static char *pages_reserve(size_t bytes)
{
	char *got = mmap(NULL, bytes + HUGE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (got == MAP_FAILED)
		return NULL;
	size_t before = whole_huge((uintptr_t)got) - (uintptr_t)got;

	if (before)
		munmap(got, before);
	munmap(got + before + bytes, HUGE - before);
	return got + before;
}

/* Makes sure that enough addresses are reserved; the `used` bytes at the front are moved
 * if need be. */
static int range(struct pages *pages, size_t used, size_t want)
{
	if (want <= pages->reserved)
		return 0;
	size_t bytes = whole_huge(4 * want < LEAST ? LEAST : 4 * want);
	char *base = pages_reserve(bytes);

	if (!base)                      /* addresses are limited: takes no more than is
					 * needed */
		base = pages_reserve(bytes = whole_huge(want));
	if (!base)
		return -1;
	if (used && mremap(pages->base, used, used, MREMAP_MAYMOVE | MREMAP_FIXED, base) ==
		    MAP_FAILED) {
		munmap(base, bytes);
		return -1;
	}
	if (pages->reserved > used)
		munmap(pages->base + used, pages->reserved - used);
	pages->base = base;
	pages->reserved = bytes;
	return 0;
}

static void give_up(struct pages *pages)
{
	if (pages->base)
		munmap(pages->base, pages->reserved);
	*pages = (struct pages){ 0 };
}

/* Asks for huge pages from the first byte on; the kernel may refuse. */
static void ask_for_huge(const struct pages *pages, size_t from, size_t to)
{
	if (to >= WORTH)
		madvise(pages->base + (from < WORTH ? 0 : from / HUGE * HUGE),
			to - (from < WORTH ? 0 : from / HUGE * HUGE), MADV_HUGEPAGE);
}

static void *pages_resize(void *user, void *memory, size_t from, size_t to)
{
	struct pages *pages = user;
	size_t used = page_end(from), want = page_end(to);

	if (want > WORTH)
		want = whole_huge(want);
	if (used > WORTH)
		used = whole_huge(used);
	(void)memory;                   /* it is the same as pages->base */
	if (!to) {
		give_up(pages);
		return NULL;
	}
	if (range(pages, used, want))
		return NULL;
	if (want > used) {
		if (mprotect(pages->base, want, PROT_READ | PROT_WRITE))
			return NULL;
		ask_for_huge(pages, used, want);
		/* Blocks are spread over the whole table, so its pages are populated at
		 * once and not by faults. */
		if (want < WORTH)
			madvise(pages->base + used, want - used, MADV_POPULATE_WRITE);
	} else if (want < used) {
		madvise(pages->base + want, used - want, MADV_DONTNEED);
		mprotect(pages->base + want, used - want, PROT_NONE);
	}
	return pages->base;
}

struct heap_memory pages_memory(struct pages *pages, struct heap_budget *budget)
{
	return (struct heap_memory){ .resize = pages_resize,
				     .user = pages,
				     .budget = budget };
}

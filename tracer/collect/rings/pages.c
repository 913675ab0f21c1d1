/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The range begins on the border of a huge page.  When it is used up, it is moved, page
 * tables and all, to a longer range, so that no byte of the table is copied:
 *
 *	base   |------------ used ------------|--- found ahead ---|-- open --|-- reserved --|
 *
 * A large table is opened for twice as much as it needs, as changing its protection waits
 * for whoever finds pages in it.
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
	prefault_end(&pages->prefault);
	size_t bytes = whole_huge(4 * want < LEAST ? LEAST : 4 * want);
	char *base = pages_reserve(bytes);

	if (!base)                      /* addresses are limited: takes no more than is
					 * needed */
		base = pages_reserve(bytes = whole_huge(want));
	if (!base)
		return -1;
	/* There may be addresses, but no memory: then the table must stay where it is. */
	if (mprotect(base + used, want - used, PROT_READ | PROT_WRITE) ||
	    (used && mremap(pages->base, used, used, MREMAP_MAYMOVE | MREMAP_FIXED, base) ==
			     MAP_FAILED)) {
		munmap(base, bytes);
		return -1;
	}
	if (pages->reserved > used)
		munmap(pages->base + used, pages->reserved - used);
	pages->base = base;
	pages->reserved = bytes;
	pages->open = used;
	pages->found = 0;
	return 0;
}

static void give_up(struct pages *pages)
{
	prefault_end(&pages->prefault);
	if (pages->base)
		munmap(pages->base, pages->reserved);
	*pages = (struct pages){ .prefault.worker = pages->prefault.worker };
}

/* Makes so many bytes at the front readable and writable, and asks for huge pages for all of
 * a large table; the kernel may refuse these. */
static int pages_open(struct pages *pages, size_t want)
{
	size_t open = want < WORTH ? want : 2 * want, from = pages->open;

	if (want <= pages->open)
		return 0;
	if (open > pages->reserved)
		open = pages->reserved;
	if (mprotect(pages->base, open, PROT_READ | PROT_WRITE) &&
	    mprotect(pages->base, open = want, PROT_READ | PROT_WRITE))
		return -1;
	pages->open = open;
	if (from < WORTH)
		from = 0;
	if (want >= WORTH)
		madvise(pages->base + from, open - from, MADV_HUGEPAGE);
	return 0;
}

/* The table has grown: has pages found for what it will need when it grows once more. */
static void prefault_next(struct pages *pages, size_t used, size_t want)
{
	size_t from = pages->found > used ? pages->found : used + HUGE, to = want + (want - used);

	if (to > pages->open)
		to = pages->open;
	if (from < to && prefault_ask(&pages->prefault, pages->base + from, pages->base + to))
		pages->found = to;
}

/* Gives back what lies behind so many bytes. */
static void pages_shrink(struct pages *pages, size_t want)
{
	prefault_end(&pages->prefault);
	madvise(pages->base + want, pages->open - want, MADV_DONTNEED);
	mprotect(pages->base + want, pages->open - want, PROT_NONE);
	pages->open = want;
	pages->found = 0;
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
		if (pages_open(pages, want))
			return NULL;
		if (want < WORTH)       /* all of it, with one call and not by faults */
			madvise(pages->base + used, want - used, MADV_POPULATE_WRITE);
		else
			prefault_next(pages, used, want);
	} else if (want < used) {
		pages_shrink(pages, want);
	}
	return pages->base;
}

struct heap_memory pages_memory(struct pages *pages, struct heap_budget *budget,
				struct worker *prefault)
{
	pages->prefault.worker = prefault;
	return (struct heap_memory){ .resize = pages_resize,
				     .user = pages,
				     .budget = budget,
				     .prefault = prefault };
}

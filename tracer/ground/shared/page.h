/* SPDX-License-Identifier: MIT */
#ifndef TRACER_GROUND_SHARED_PAGE_H
#define TRACER_GROUND_SHARED_PAGE_H
/* Pages of memory, and addresses rounded to them.  memtop runs only where a page has 4 KiB
 * (launch.c checks it). */
#include <stdint.h>

#define PAGE UINT64_C(4096)

/* The beginning of the page that an address is in. */
static inline uint64_t page_begin(uint64_t address)
{
	return address & ~(PAGE - 1);
}

/* The same, but an address within a page is rounded up to its end. */
static inline uint64_t page_end(uint64_t address)
{
	return page_begin(address + PAGE - 1);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Private pages for the hooks, by raw mmap: no lock and no state, so a signal
 * handler or a fork can find nothing half done.
 */
#include "tracer/preload/base/arena.h"
#include <sys/mman.h>
#include "tracer/preload/base/own.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/ground/shared/page.h"

/* Memory that was mapped ahead of need; what lies from `at` on is free. */
static struct {
	_Atomic uintptr_t at;
	uintptr_t end;
} ahead;

/* memtop reads the figure from the control page, if there is one.  A forked child has
 * lost that mapping, and its tracer is not ON. */
static void count(uint64_t bytes)
{
	if (tracer_life() == TRACER_ON)
		atomic_fetch_add_explicit(&tracer.control->private_bytes, bytes,
					  memory_order_relaxed);
}

static void *map(uint64_t size, int flags)
{
	long at = sys_call6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (sys_failed(at))
		return NULL;
	sys_call3(SYS_madvise, at, (long)size, MADV_DONTDUMP);
	own_add((void *)at, size, true);
	return (void *)at;
}

bool arena_reserve(uint64_t bytes)
{
	uint64_t size = page_end(bytes);
	char *at;

	if (size <= ahead.end - atomic_load(&ahead.at))
		return true;
	at = map(size, MAP_NORESERVE);
	if (!at)
		return false;
	ahead.end = (uintptr_t)at + size;
	atomic_store(&ahead.at, (uintptr_t)at);
	return true;
}

static void *take_ahead(uint64_t size)
{
	uintptr_t at = atomic_load(&ahead.at);

	do {
		if (size > ahead.end - at)
			return NULL;
	} while (!atomic_compare_exchange_weak(&ahead.at, &at, at + size));
	return (void *)at;
}

void *arena_map(uint64_t bytes)
{
	uint64_t size = page_end(bytes);
	void *at = sys_closed() ? take_ahead(size) : map(size, 0);

	if (at)
		count(size);
	return at;
}

void arena_wipe(void *memory, uint64_t bytes)
{
	sys_call3(SYS_madvise, (long)memory, (long)page_end(bytes), MADV_DONTNEED);
}

void arena_unmap(void *memory, uint64_t bytes)
{
	if (!memory || sys_closed())
		return;
	own_drop(memory);
	sys_call3(SYS_munmap, (long)memory, (long)page_end(bytes), 0);
	count(-page_end(bytes));
}

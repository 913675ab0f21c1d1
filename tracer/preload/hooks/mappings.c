/* SPDX-License-Identifier: MIT */
/*
 * The program's own mmap, munmap, mremap and sbrk (--mmap; without it each hook checks
 * one flag and calls the next definition), and mprotect: munmap and mprotect leave out
 * memory of our own, whatever the program asks.  What libc maps for itself, for malloc,
 * stacks and libraries, does not come by here, and what another hook's allocator maps
 * belongs to that hook.
 */
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tracer/preload/hooks/hook.h"
#include "tracer/preload/life/life.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/base/own.h"
#include "tracer/preload/base/sys.h"
#include "tracer/ground/shared/attributes.h"
#include "tracer/ground/shared/older.h"
#include "tracer/ground/shared/page.h"

/* Whether mappings are recorded; if so, the next definitions are known. */
static bool mappings_wanted(void)
{
	if (__builtin_expect(!tracer.born, 0) && real_comes_first())
		life_begin();
	return tracer.maps;
}

/* To be called after a call that has mapped memory. */
static void mapped(uintptr_t frame, void *start, size_t length)
{
	if (!hook_still_on() || !guard.thread) {
		guard.frame = 0;
		return;
	}
	if (start != MAP_FAILED)
		record_map(guard.thread, frame, start, length);
	hook_leave();
}

/* To be called before a call that unmaps pages: records that.  False, and nothing is
 * recorded, if the kernel will refuse the range. */
static bool unmaps(const void *start, size_t length)
{
	uintptr_t from = (uintptr_t)start;

	if (from % PAGE || !length || from + length < from)
		return false;
	emit_unmap(guard.thread, WIRE_RELEASE, start, page_end(length));
	return true;
}

/* To be called after it, if it has failed. */
static void unmaps_not(const void *start)
{
	if (hook_still_on() && guard.thread)
		emit_unmap(guard.thread, WIRE_REALLOC_RESTORE, start, 0);
}

/* ---- mmap -------------------------------------------------------------- */

static void *next_mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	long result;

	if (__builtin_expect(real.next[REAL_mmap] != NULL, 1))
		return REAL(mmap)(at, length, protection, flags, fd, offset);
	/* The next definition has not been looked up yet. */
	result = sys_raw6(SYS_mmap, (long)at, (long)length, protection, flags, fd, offset);
	if (!sys_failed(result))
		return (void *)result;
	errno = (int)-result;
	return MAP_FAILED;
}

EXPORT void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	uintptr_t frame = HOOK_FRAME;
	void *start;

	if (!mappings_wanted() || hook_enter(frame, HOOK_ACQUIRES) != HOOK_IN)
		return next_mmap(at, length, protection, flags, fd, offset);
	start = next_mmap(at, length, protection, flags, fd, offset);
	mapped(frame, start, length);
	return start;
}

EXPORT void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset)
	__attribute__((alias("mmap")));

/* ---- munmap ------------------------------------------------------------ */

/* Turns a raw system call's result into 0, or -1 with errno. */
static int as_of_libc(long result)
{
	if (!sys_failed(result))
		return 0;
	errno = (int)-result;
	return -1;
}

static int next_munmap(void *start, size_t length, int unused)
{
	(void)unused;
	if (__builtin_expect(real.next[REAL_munmap] != NULL, 1))
		return REAL(munmap)(start, length);
	return as_of_libc(sys_raw6(SYS_munmap, (long)start, (long)length, 0, 0, 0, 0));
}

static int next_mprotect(void *start, size_t length, int protection)
{
	if (__builtin_expect(real.next[REAL_mprotect] != NULL, 1))
		return REAL(mprotect)(start, length, protection);
	return as_of_libc(
		sys_raw6(SYS_mprotect, (long)start, (long)length, protection, 0, 0, 0));
}

/* Makes the call for everything in the range except the tracer's own memory. */
static int without_own(int (*call)(void *, size_t, int), void *start, size_t length,
		       int protection)
{
	uintptr_t at = (uintptr_t)start, end = page_end(at + length), from, to;
	int result = 0;

	if (at % PAGE || end <= at || end - at < length || !own_within(at, end, &from, &to))
		return call(start, length, protection);
	for (; at < end && result == 0; at = to) {
		if (!own_within(at, end, &from, &to))
			from = to = end;
		if (from > at)
			result = call((void *)at, from - at, protection);
	}
	return result;
}

EXPORT int munmap(void *start, size_t length)
{
	uintptr_t frame = HOOK_FRAME;
	enum hook_place place =
		mappings_wanted() ? hook_enter(frame, HOOK_RELEASES) : HOOK_OUT;
	bool ends;
	int result;

	if (place == HOOK_OUT)
		return without_own(next_munmap, start, length, 0);
	ends = unmaps(start, length);
	result = without_own(next_munmap, start, length, 0);
	if (result && ends)
		unmaps_not(start);
	if (place == HOOK_IN)
		hook_leave();
	return result;
}

/* ---- mprotect ---------------------------------------------------------- */

EXPORT int mprotect(void *start, size_t length, int protection)
{
	return without_own(next_mprotect, start, length, protection);
}

/* ---- mremap ------------------------------------------------------------ */

static void *next_mremap(void *old, size_t old_size, size_t size, int flags, void *to)
{
	long result;

	if (__builtin_expect(real.next[REAL_mremap] != NULL, 1))
		return REAL(mremap)(old, old_size, size, flags, to);
	result = sys_raw6(SYS_mremap, (long)old, (long)old_size, (long)size, flags, (long)to, 0);
	if (!sys_failed(result))
		return (void *)result;
	errno = (int)-result;
	return MAP_FAILED;
}

/* One end and one beginning, like a realloc.  With an old size of 0 it makes a second
 * mapping of the same memory, and with MREMAP_DONTUNMAP it keeps the old one. */
EXPORT void *mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
	uintptr_t frame = HOOK_FRAME;
	enum hook_place place =
		mappings_wanted() ? hook_enter(frame, HOOK_ACQUIRES) : HOOK_OUT;
	bool stays = !old_size || (flags & MREMAP_DONTUNMAP), ends;
	void *to = NULL, *start;
	va_list more;

	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
		va_start(more, flags);
		to = va_arg(more, void *);
		va_end(more);
	}
	if (place == HOOK_OUT)
		return next_mremap(old, old_size, size, flags, to);
	ends = !stays && unmaps(old, old_size);
	start = next_mremap(old, old_size, size, flags, to);
	if (start == MAP_FAILED && ends)
		unmaps_not(old);
	if (place == HOOK_IN)
		mapped(frame, start, size);
	return start;
}

/* ---- sbrk -------------------------------------------------------------- */

/* sbrk cannot be replaced by the system call, because only libc knows where it believes
 * the break to be.  False: libc's is not found. */
static bool next_sbrk_found(void)
{
	real_find_one(REAL_sbrk);
	if (__builtin_expect(real.next[REAL_sbrk] != NULL, 1))
		return true;
	errno = ENOMEM;
	return false;
}

EXPORT void *sbrk(intptr_t more)
{
	uintptr_t frame = HOOK_FRAME;
	enum hook_place place;
	char *end;
	void *old;

	if (!next_sbrk_found())
		return MAP_FAILED;
	place = more && mappings_wanted() ? hook_enter(frame, HOOK_ACQUIRES) : HOOK_OUT;
	if (place != HOOK_IN)
		return REAL(sbrk)(more);
	end = more < 0 ? REAL(sbrk)(0) : NULL;
	if (more < 0)
		emit_unmap(guard.thread, WIRE_RELEASE, end + more, (uint64_t)-more);
	old = REAL(sbrk)(more);
	if (more < 0 && old == MAP_FAILED)
		unmaps_not(end + more);
	mapped(frame, more < 0 ? MAP_FAILED : old, (size_t)more);
	return old;
}

/* SPDX-License-Identifier: MIT */
#ifndef MEMTOP_H
#define MEMTOP_H
/*
 * Lets a program ask the memtop that traces it.  There is nothing to link with; without
 * memtop each call does nothing and returns -ENOSYS. For C99 and C++. Before glibc 2.34
 * add -ldl.
 *
 * In a signal handler that has interrupted the allocator, the functions return -EBUSY.
 * Each function returns after memtop has read all earlier events of the calling thread,
 * so the answers are exact.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int memtop_abi_function(unsigned, const char *, uint64_t, uint64_t *);

/* Internal: the tracer's entry, looked up once; -ENOSYS if there is none. */
static inline int memtop_abi_call(unsigned operation, const char *text, uint64_t length,
				  uint64_t *values)
{
	static memtop_abi_function *volatile entry;
	static volatile int looked;
	memtop_abi_function *found = entry;

	if (!found) {
		void *symbol;

		if (looked)
			return -ENOSYS;
		symbol = dlsym((void *)0 /* RTLD_DEFAULT */, "memtop_abi_1");
		memcpy(&found, &symbol, sizeof(found));
		entry = found;
		looked = 1;
		if (!found) {
			dlerror();
			return -ENOSYS;
		}
	}
	return found(operation, text, length, values);
}

/* 1 if memtop records this process's allocations now, else 0. */
static inline int memtop_is_tracing(void) { return memtop_abi_call(0, (const char *)0, 0, 0) == 1; }

/* Bytes of all live blocks, and their maximum since start or the last reset of
 * the peak; either pointer may be NULL.  0, -ENOSYS without memtop, -ETIMEDOUT
 * if it does not answer within ten seconds. */
static inline int memtop_traced_memory(uint64_t *current, uint64_t *peak)
{
	uint64_t values[2] = {0, 0};
	int r = memtop_abi_call(1, (const char *)0, 0, values);

	if (r == 0 && current)
		*current = values[0];
	if (r == 0 && peak)
		*peak = values[1];
	return r;
}

/* Begins a new peak, at what is live now. */
static inline int memtop_reset_peak(void) { return memtop_abi_call(4, (const char *)0, 0, 0); }

/* Forgets all live blocks: current and peak are 0 and count only what comes from now on,
 * as tracemalloc.clear_traces does.  What `memtop check` judges is not affected. */
static inline int memtop_clear_traces(void) { return memtop_abi_call(5, (const char *)0, 0, 0); }

/* Stops recording and forgets all live blocks; memtop_start resumes recording. */
static inline int memtop_stop(void) { return memtop_abi_call(7, (const char *)0, 0, 0); }
static inline int memtop_start(void) { return memtop_abi_call(6, (const char *)0, 0, 0); }

/* Takes a snapshot with this name (NULL or "": with a number only). 0 or -errno as above;
 * -EINVAL for an invalid name. */
static inline int memtop_snapshot(const char *name)
{
	return memtop_abi_call(2, name ? name : "", name ? strlen(name) : 0, 0);
}

/* Puts a mark with this text into the timeline.  0 or -errno as above. */
static inline int memtop_mark(const char *text)
{
	return memtop_abi_call(3, text ? text : "", text ? strlen(text) : 0, 0);
}

/* 0 if the peak since the last memtop_reset_peak is at most `bytes` above what
 * was live at that reset.  1 if it is more: then `message` (of `size` bytes; may
 * be NULL) says the real peak and which lines held it, in several lines of
 * text.  -errno as above, after ten seconds: names take their time. */
static inline int memtop_ceiling(uint64_t bytes, char *message, size_t size)
{
	uint64_t values[2] = {bytes, 0};

	return memtop_abi_call(8, message, message ? size : 0, values);
}

/* Like memtop_ceiling, for what is live now: what was allocated since then and not
 * freed. */
static inline int memtop_growth(uint64_t bytes, char *message, size_t size)
{
	uint64_t values[2] = {bytes, 0};

	return memtop_abi_call(9, message, message ? size : 0, values);
}

/* Looks at the heap and takes a snapshot that says which blocks nothing points to any
 * more; the program is paused for a moment.  0 or -errno as for memtop_snapshot, but it
 * waits for two minutes; -EPERM: memtop may not look, and says why. */
static inline int memtop_heap(const char *name)
{
	return memtop_abi_call(12, name ? name : "", name ? strlen(name) : 0, 0);
}

/* Looks without taking a snapshot: 0 if each block can be reached; 1 if not, with the
 * amount that cannot (the pointers may be NULL) and a message of several lines, as from
 * memtop_ceiling. -errno as above. */
static inline int memtop_unreachable(uint64_t *bytes, uint64_t *blocks, char *message,
				     size_t size)
{
	uint64_t values[2] = {0, 0};
	int r = memtop_abi_call(13, message, message ? size : 0, values);

	if (r >= 0 && bytes)
		*bytes = values[0];
	if (r >= 0 && blocks)
		*blocks = values[1];
	return r;
}

/* For the program's own allocators, as PyTraceMalloc_Track: a block of `size` bytes at
 * `ptr` belongs to a domain from 16 up (at most 13 different ones), with the caller's
 * stack, until it is untracked.  The blocks of malloc from which such an allocator takes
 * its memory would count twice: exclude them by memtop_untrack(0, arena). 0, -EINVAL,
 * -ENOSPC, or -EOPNOTSUPP in a sampled run; never waits. */
static inline int memtop_track(unsigned domain, const void *ptr, size_t size)
{
	uint64_t values[2] = {(uint64_t)(uintptr_t)ptr, size};

	return memtop_abi_call(10, (const char *)0, domain, values);
}
static inline int memtop_untrack(unsigned domain, const void *ptr)
{
	uint64_t values[2] = {(uint64_t)(uintptr_t)ptr, 0};

	return memtop_abi_call(11, (const char *)0, domain, values);
}

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
#ifndef MEMTOP_H
#define MEMTOP_H
/*
 * memtop in the program's own hands: ask the memtop that traces this process.
 * Nothing to link with; without memtop each call is a no-op that says so
 * (-ENOSYS).  C99 and C++.  Before glibc 2.34 add -ldl.
 *
 * In a signal handler that has interrupted the allocator they say -EBUSY.
 * Each function returns when memtop has read all earlier events of the calling
 * thread, so what it says is exact.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int memtop_abi_function(unsigned, const char *, uint64_t, uint64_t *);

/* Internal: the tracer's entry, looked up once; -ENOSYS if there is none. */
static inline int memtop_abi_call(unsigned operation, const char *text, uint64_t *values)
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
	return found(operation, text, text ? (uint64_t)strlen(text) : 0, values);
}

/* 1 if memtop records this process's allocations now, else 0. */
static inline int memtop_is_tracing(void) { return memtop_abi_call(0, (const char *)0, 0) == 1; }

/* Bytes of all live blocks, and their maximum since start or the last reset of
 * the peak; either pointer may be NULL.  0, -ENOSYS without memtop, -ETIMEDOUT
 * if it does not answer within a second. */
static inline int memtop_traced_memory(uint64_t *current, uint64_t *peak)
{
	uint64_t values[2] = {0, 0};
	int r = memtop_abi_call(1, (const char *)0, values);

	if (r == 0 && current)
		*current = values[0];
	if (r == 0 && peak)
		*peak = values[1];
	return r;
}

/* Takes a snapshot under this name (NULL or "": its number alone).  0 or
 * -errno as above; -EINVAL for a name that is none. */
static inline int memtop_snapshot(const char *name) { return memtop_abi_call(2, name ? name : "", 0); }

/* Puts a mark with this text into the timeline.  0 or -errno as above. */
static inline int memtop_mark(const char *text) { return memtop_abi_call(3, text ? text : "", 0); }

#ifdef __cplusplus
}
#endif

#endif

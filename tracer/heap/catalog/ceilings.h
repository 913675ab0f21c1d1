/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_CEILINGS_H
#define TRACER_HEAP_CATALOG_CEILINGS_H
/* Where memory ends, and how near that is: the same for a live run and a recording.  What
 * each kind is, and by whose account, is in share/doc/LIMITS.md. */
#include <stddef.h>
#include <stdint.h>

enum ceiling_kind {
	CEILING_MEMORY_MAX,             /* cgroup v2 */
	CEILING_MEMORY_HIGH,            /* the same; the kernel slows down who is above it */
	CEILING_LIMIT_IN_BYTES,         /* cgroup v1, memory.limit_in_bytes */
	CEILING_AS,                     /* RLIMIT_AS of a process */
	CEILING_DATA,                   /* RLIMIT_DATA of a process */
	CEILING_MACHINE,                /* all memory that the kernel has */
	CEILING_KINDS
};

struct ceiling {
	enum ceiling_kind kind;
	int32_t pid;                    /* whose it is; 0: of all together */
	uint64_t bytes;
	uint64_t used;                  /* at the last look */
	uint64_t most;                  /* of all looks at this one */
	double earliest, latest;        /* when it will be full, seconds since the start of the
					 * run; latest 0: nothing can be said */
};

#define INSIDE_MAX 96u

/* Of each kind the one with the least left, the nearest of all first. */
struct ceilings {
	char inside[INSIDE_MAX];        /* "docker 3f2a91bc04de", "cgroup web.service"; "":
					 * in neither, or nobody looked */
	double time;                    /* of the last look, seconds since the start of the run */
	size_t length;                  /* 0: nobody looked, or there are none */
	struct ceiling of[CEILING_KINDS];
};

/* "memory.max", "RLIMIT_AS", "machine", ... */
static inline const char *ceiling_name(enum ceiling_kind kind)
{
	static const char *const names[CEILING_KINDS] = {
		[CEILING_MEMORY_MAX] = "memory.max",
		[CEILING_MEMORY_HIGH] = "memory.high",
		[CEILING_LIMIT_IN_BYTES] = "memory.limit_in_bytes",
		[CEILING_AS] = "RLIMIT_AS",
		[CEILING_DATA] = "RLIMIT_DATA",
		[CEILING_MACHINE] = "machine",
	};

	return names[kind];
}

/* Bytes until it is reached. */
static inline uint64_t ceiling_left(const struct ceiling *ceiling)
{
	return ceiling->used < ceiling->bytes ? ceiling->bytes - ceiling->used : 0;
}

/* In percent of it. */
static inline double ceiling_percent(const struct ceiling *ceiling, uint64_t bytes)
{
	return ceiling->bytes ? 100 * (double)bytes / (double)ceiling->bytes : 0;
}

#endif

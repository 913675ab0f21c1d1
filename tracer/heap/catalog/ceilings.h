/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_CEILINGS_H
#define TRACER_HEAP_CATALOG_CEILINGS_H
/* Memory limits and how near they are, in the same form for a live run and a recording.
 * share/doc/LIMITS.md describes each kind, and whose count of memory it uses. */
#include <stddef.h>
#include <stdint.h>

enum ceiling_kind {
	CEILING_MEMORY_MAX,             /* cgroup v2 */
	CEILING_MEMORY_HIGH,            /* the same; above it the kernel slows the
					 * processes down */
	CEILING_LIMIT_IN_BYTES,         /* cgroup v1, memory.limit_in_bytes */
	CEILING_AS,                     /* RLIMIT_AS of a process */
	CEILING_DATA,                   /* RLIMIT_DATA of a process */
	CEILING_MACHINE,                /* all memory that the kernel has */
	CEILING_KINDS
};

struct ceiling {
	enum ceiling_kind kind;
	int32_t pid;                    /* the process that it limits; 0: all together */
	uint64_t bytes;
	uint64_t used;                  /* at the last look */
	uint64_t most;                  /* the highest `used` of all looks at this
					 * limit */
	double earliest, latest;        /* range of times at which it will be full, in
					 * seconds since the start of the run; latest is 0
					 * if nothing can be said */
};

#define INSIDE_MAX 96u

/* For each kind the limit with the least left; the nearest one of all comes first. */
struct ceilings {
	char inside[INSIDE_MAX];        /* "docker 3f2a91bc04de", "cgroup web.service";
					 * "" if the program is in neither, or nobody
					 * looked */
	double time;                    /* of the last look, in seconds since the start of
					 * the run */
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

/* Bytes that are left until the limit is reached. */
static inline uint64_t ceiling_left(const struct ceiling *ceiling)
{
	return ceiling->used < ceiling->bytes ? ceiling->bytes - ceiling->used : 0;
}

/* `bytes` in percent of the limit. */
static inline double ceiling_percent(const struct ceiling *ceiling, uint64_t bytes)
{
	return ceiling->bytes ? 100 * (double)bytes / (double)ceiling->bytes : 0;
}

#endif

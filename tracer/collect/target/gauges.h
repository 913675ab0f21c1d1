/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_GAUGES_H
#define TRACER_COLLECT_TARGET_GAUGES_H
/* What the kernel says of the target's memory, from /proc. */
#include <stdint.h>
#include <sys/types.h>

struct gauges {
	uint64_t rss;                   /* bytes, memtop's own share (the segment) subtracted */
	uint64_t anon, file, stack;     /* parts of rss; anon is without stack */
	uint64_t own;                   /* the segment's resident bytes in the target */
};

/* 0, or -errno (the process has gone). */
int gauges_read(pid_t pid, struct gauges *gauges);
/* How many threads the process has; 0: it has gone. */
unsigned gauges_threads(pid_t pid);
/* The thread's name: 0 or -errno. */
int gauges_thread_name(pid_t pid, pid_t tid, char name[17]);

#endif

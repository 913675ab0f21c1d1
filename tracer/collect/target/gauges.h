/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_GAUGES_H
#define TRACER_COLLECT_TARGET_GAUGES_H
/* What the kernel says of a process and its memory, from /proc. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct gauges {
	uint64_t rss;                   /* bytes, memtop's own share (the segment) subtracted */
	uint64_t anon, file, stack;     /* parts of rss; anon does not include stack */
	uint64_t own;                   /* the segment's resident bytes in the target */
	double cost;                    /* seconds of CPU time that reading them took */
};

/* 0, or -errno (the process has gone). */
int gauges_read(pid_t pid, struct gauges *gauges);
/* Whether there is a process with this pid (not 0) that is no zombie. */
bool gauges_is_alive(pid_t pid);
/* When the process was started, in the kernel's clock ticks since the machine's start; 0: there
 * is no such process. */
uint64_t gauges_began(pid_t pid);
/* The pid of its parent; 0: there is no such process. */
pid_t gauges_parent(pid_t pid);
/* How many threads the process has; 0: it has ended. */
unsigned gauges_threads(pid_t pid);
/* The thread's name: 0 or -errno. */
int gauges_thread_name(pid_t pid, pid_t tid, char name[17]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_CEILING_CEILING_H
#define TRACER_COLLECT_CEILING_CEILING_H
/*
 * Finding ceilings and reading how full they are, from /proc and the cgroup file systems.
 * Formats: Documentation/admin-guide/cgroup-v2.rst ("Memory Interface Files"),
 * cgroup-v1/memory.rst, and proc(5).
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/heap/catalog/ceilings.h"

#define CEILING_PATH 4096u
#define CEILING_LEVELS 64u              /* folders from a cgroup up to its mount */

/* Where a process's memory is accounted: its folder, and that of the mount, where the way
 * up ends. */
struct cgroup_place {
	char folder[CEILING_PATH];      /* "": there is none */
	char top[CEILING_PATH];
};

/* Where cgroup file systems are mounted, and which part of their tree that shows. */
struct cgroup_mount {
	char point[CEILING_PATH];       /* "": it is not mounted */
	char root[CEILING_PATH];
};

struct ceiling_mounts {
	char prefix[CEILING_PATH];      /* before /proc and mount points: "" but in tests */
	struct cgroup_mount unified, memory;    /* v2; v1's memory controller */
};

/* Reads what is mounted where.  `prefix`: the folder under which /proc and mount
 * points are looked for, "" for the machine's own. */
void ceiling_mounts_read(struct ceiling_mounts *mounts, const char *prefix);

/* Where the memory of a process is accounted by v2 and by v1.  False: it has gone. */
bool ceiling_places(const struct ceiling_mounts *mounts, int32_t pid, struct cgroup_place *v2,
		    struct cgroup_place *v1);

/* Looks at one kind: of a cgroup the level with the least left on the way up, else of a
 * process or the machine.  False: there is no such ceiling.  earliest and latest stay. */
bool ceiling_of_cgroup(const struct cgroup_place *place, enum ceiling_kind kind,
		       struct ceiling *ceiling);
bool ceiling_of_machine(const struct ceiling_mounts *mounts, struct ceiling *ceiling);
/* A process's RLIMIT_AS and RLIMIT_DATA, as far as it has any: how many. */
unsigned ceilings_of_process(const struct ceiling_mounts *mounts, int32_t pid,
			     struct ceiling ceilings[2]);

/* Whether a process has memory: it has not ended, nor is it about to. */
bool ceiling_is_alive(const struct ceiling_mounts *mounts, int32_t pid);

/* How many processes the OOM killer has ended in a cgroup, by memory.events (v2) or
 * memory.oom_control (v1); -1: not known. */
int64_t ceiling_oom_kills(const struct cgroup_place *v2, const struct cgroup_place *v1);

#endif

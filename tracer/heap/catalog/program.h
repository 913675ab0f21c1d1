/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_PROGRAM_H
#define TRACER_HEAP_CATALOG_PROGRAM_H
/* What was run, and how it went, in the same form for a live run and a recording. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/ceilings.h"

struct process {
	int32_t pid, ppid;              /* ppid is 0 if memtop started it */
	bool traced;                    /* false: it was counted, but not followed */
	bool vacant;                    /* it is counted with another one (`others`): no process
					 * has this place in the list now */
	uint32_t others;                /* so many that ended are counted with it, and have no
					 * place of their own any more */
	double began, ended;            /* seconds since the start; ended is 0 while it
					 * lives, or if the run ended with it */
	int argc;
	char **argv;                    /* NULL if not known */
	char *reason;                   /* why it was not followed, or only in part; NULL:
					 * it was */
};

struct program {
	int argc;
	char **argv;
	int32_t pid;                    /* of the first process */
	double started;                 /* seconds since the epoch */
	double seconds;                 /* how long the run lasted, or has lasted so
					 * far */
	bool ended;
	int exit_status;                /* valid if ended and signal is 0 */
	int signal;                     /* signal that ended it, or 0 */
	bool cut_off;                   /* a recording that was not finished: memtop was killed,
					 * or still writes it */
	bool status_unknown;            /* it ended without a keeper, so that neither
					 * status nor signal is known */
	size_t processes_length;        /* the first process included */
	struct process *processes;
	uint64_t sample;                /* --sample, bytes; 0: every block was recorded */
	char kind[32];                  /* "native", "python3.11+native", "python3.11" */
	unsigned filtered;              /* processes that set a seccomp filter under which
					 * the tracer makes no system calls */
	char unseen[64];                /* the first library that was opened in a way that
					 * its allocations bypass memtop; or "" */
	struct ceilings ceilings;       /* memory limits, as of the last look */
	uint64_t oom_kills;             /* processes of its cgroup that the OOM killer ended while
					 * it ran */
	bool attached;                  /* it was already running when memtop attached */
	uint64_t before;                /* bytes + 1 that its allocator said it had given
					 * out before; 0: not known */
	const char *python_off;         /* why its Python frames are not read; else NULL */
};

/* How many processes the list stands for: those in it, and those counted with them. */
size_t program_count(const struct program *program);

/* How many followed processes go on although the first one, which began the run, has ended,
 * and the pid of the oldest of them.  0, with *pid 0: the first one lives, or the run has
 * ended. */
size_t program_survivors(const struct program *program, int32_t *pid);

/* Among the processes that are not on the screen, the one that holds most, or that grew
 * most between two moments, if that is more than the one on the screen. */
struct heavier {
	uint32_t process;               /* its index in the list + 1; 0: none */
	uint64_t bytes;
	bool grew;
};

/* A point of the timeline. */
struct point {
	double time;                    /* seconds since start */
	uint64_t current, peak, rss, blocks, allocations;
};

/* A tick of the history, with its totals alone. */
struct tick {
	double time;                    /* seconds since start */
	uint64_t current, peak, blocks, allocations;
};

struct mark {
	double time;
	char *text;
};

/* How far back a process's history goes, and how fine it is: the longest step between two
 * ticks of the last ten minutes, of the last two hours, of the last day, and before that.
 * A step is 0 if there are no ticks of that age. */
#define HISTORY_BANDS 4u
struct history_extent {
	uint64_t ticks, bytes;          /* ticks 0: there is no history */
	double begins, ends;            /* seconds since the start */
	double step[HISTORY_BANDS];
};

#endif

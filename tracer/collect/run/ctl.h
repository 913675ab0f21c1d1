/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_CTL_H
#define TRACER_COLLECT_RUN_CTL_H
/* `memtop ctl PID ...`: one line to a running memtop, one line back. */
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/error.h"

/* Bytes of an answer, its first byte and the end with it: the longest has a path of a
 * file. */
#define CTL_REPLY (4096 + 256)

/* Sends `line` ("snapshot NAME", "heap NAME", "mark TEXT", "stop") to the memtop whose
 * keeper, target or followed process is `pid`.  The answer comes without its newline and
 * may hold any bytes.  Nothing is sent to a memtop of a user that rundir_find does not
 * allow.  0, or -1 with *error (125: no such memtop, or it refused; the sentence says
 * which). */
int ctl_send(int pid, const char *line, char *answer, size_t size, struct error *error);
/* One run of this user. */
struct ctl_run {
	int pid;                        /* by which ctl finds it */
	unsigned processes;             /* that are followed, and live */
	double since;                   /* seconds since the epoch */
	uint64_t current;               /* bytes, of all processes */
	const char *program, *file;     /* as they came: they may hold any bytes; file "": none */
};

/* Calls found(user, run) for each memtop of this user that answers. */
void ctl_list(void (*found)(void *user, const struct ctl_run *run), void *user);

#endif

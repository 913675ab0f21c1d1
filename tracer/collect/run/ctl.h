/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_CTL_H
#define TRACER_COLLECT_RUN_CTL_H
/* `memtop ctl PID ...`: one line to a running memtop, one line back. */
#include <stddef.h>
#include "tracer/collect/error.h"

#define CTL_REPLY 480                   /* bytes of an answer, its first byte and the end with it */

/* Sends `line` ("snapshot NAME", "heap NAME", "mark TEXT", "stop") to the memtop whose
 * keeper or target is `pid`; its answer without newline, as it came: it may hold any
 * bytes.  Nothing is sent to a memtop of another user than rundir_find allows.  0, or
 * -1 with *error (125: no such memtop, or it refused; the sentence says which). */
int ctl_send(int pid, const char *line, char *answer, size_t size, struct error *error);

#endif

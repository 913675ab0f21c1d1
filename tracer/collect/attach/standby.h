/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_STANDBY_H
#define TRACER_COLLECT_ATTACH_STANDBY_H
/* The other way to run a program: without a memtop, until one attaches. */
#include "tracer/collect/error.h"

/* Checks the program as session_launch does and becomes it, in this process, with a
 * tracer that sleeps.  Comes back only with *error. */
void standby_run(char *const *argv, struct error *error);

#endif

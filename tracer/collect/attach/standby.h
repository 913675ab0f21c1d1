/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_STANDBY_H
#define TRACER_COLLECT_ATTACH_STANDBY_H
/* Starts a program without a memtop, to which one can attach later. */
#include "tracer/collect/error.h"

/* Checks the program as session_launch does, and becomes it (exec) with a tracer that
 * sleeps.  Returns only on failure, with *error. */
void standby_run(char *const *argv, struct error *error);

#endif

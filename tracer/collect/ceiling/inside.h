/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_CEILING_INSIDE_H
#define TRACER_COLLECT_CEILING_INSIDE_H
/* What a process runs inside of, as the header names it: its container, or its cgroup. */
#include <stdint.h>
#include "tracer/heap/catalog/ceilings.h"

/* Writes "docker 3f2a91bc04de", "lxc web", "cgroup worker.service"; "" where it is in neither,
 * or has gone.  `prefix`: the folder under which /proc is looked for, "" for the machine's
 * own. */
void inside_find(const char *prefix, int32_t pid, char text[INSIDE_MAX]);

#endif

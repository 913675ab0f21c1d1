/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_PERFMAP_H
#define TRACER_COLLECT_NAMES_PERFMAP_H
/*
 * Names of code that was made at run time, as the program itself writes them for `perf`:
 * /tmp/perf-PID.map, a line "START SIZE NAME" (hexadecimal) for each piece of code.
 * Source of the format: linux, tools/perf/Documentation/jit-interface.txt.
 * Code moves, and its memory is used again: the last line that holds an address counts.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct perfmap;

/* The map of a living process, by its pid in memtop's own namespace: works out where the
 * file would be and who must own it, and does not open it yet.  NULL: out of memory. */
struct perfmap *perfmap_new(int32_t pid);
void perfmap_free(struct perfmap *map);

/* For tests: looks for the map at this path and with this owner instead.  The path is
 * copied.  0 or -ENOMEM. */
int perfmap_set_place(struct perfmap *map, const char *path, uid_t owner);

/* Reads what was added to the file since the last time, and finds the newest name of the
 * code at an address: *length bytes without a terminator, borrowed until the next call.
 * NULL: the file has no name for it (yet). */
const char *perfmap_find(struct perfmap *map, uint64_t address, size_t *length);

/* Why names are missing, in static storage; NULL: there is no problem. */
const char *perfmap_reason(const struct perfmap *map);

/* Makes a name readable: V8's "JS:*f /a.js:1:2" and "LazyCompile:~f /a.js:1:2" both
 * become "f /a.js:1:2", however it was compiled.  Others are copied.  Cut to `size` - 1
 * bytes. */
void perfmap_tidy(const char *name, size_t length, char *out, size_t size);

#endif

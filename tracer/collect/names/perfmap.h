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

/* The map of a process that lives, by its pid in memtop's own namespace: where it would
 * lie, and whose it is; the file is not opened yet.  NULL: out of memory. */
struct perfmap *perfmap_new(int32_t pid);
void perfmap_free(struct perfmap *map);

/* Looks for the map at this path instead, of this owner: for tests.  The path is copied.
 * 0 or -ENOMEM. */
int perfmap_set_place(struct perfmap *map, const char *path, uid_t owner);

/* Reads what the file has got since the last time, and finds the newest name of the code
 * at an address: not terminated, *length bytes, borrowed until the next call.  NULL:
 * nothing is known of it (yet). */
const char *perfmap_find(struct perfmap *map, uint64_t address, size_t *length);

/* Why names are missing, in static storage; NULL: nothing hinders. */
const char *perfmap_reason(const struct perfmap *map);

/* A name as people want it: V8's "JS:*f /a.js:1:2" and "LazyCompile:~f /a.js:1:2" become
 * "f /a.js:1:2", however it was compiled.  Others are copied.  Cut to `size` - 1
 * bytes. */
void perfmap_tidy(const char *name, size_t length, char *out, size_t size);

#endif

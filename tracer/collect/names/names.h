/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_NAMES_H
#define TRACER_COLLECT_NAMES_NAMES_H
/* Keeps the modules of all images open, and puts their sites' frames into the catalog.
 * Everything here belongs to the names thread, except names_hold. */
#include "tracer/collect/names/symbolize.h"

struct names;

/* Options and what they point to are borrowed.  NULL: out of memory. */
struct names *names_new(const struct symbolizer_options *options);
void names_free(struct names *names);

/* Opens a module's file, if it is not open yet, as process `pid` sees it (0: no
 * particular one); [start, end) may be 0. */
void names_open(struct names *names, struct module_id id, uint64_t start, uint64_t end,
		int32_t pid);

/* The path and name of the module for code that a process makes at run time: it has no
 * file, each process has one of its own, and its offsets are addresses. */
#define NAMES_MADE "[JIT]"
struct perfmap;
/* Gives that module the names that its process writes; it owns the map from then on. */
void names_made(struct names *names, struct module_id id, struct perfmap *map);

/* Gives a site its frames.  NAMES_LARGE: its module is large and not prepared yet, and
 * `patient` is set: the caller should ask again when nothing else waits.  NAMES_UNKNOWN:
 * it is in code made at run time that the process has not named yet: ask again at the
 * next flush. */
enum names_answer { NAMES_DONE, NAMES_LARGE, NAMES_UNKNOWN };
enum names_answer names_site(struct names *names, struct site_id id, bool patient);

/* Keeps open a file that the target maps, so that names_open and names_adopt get it even
 * if its path is gone by then.  At most NAMES_HELD files; the others may be lost.  Any
 * thread. */
enum { NAMES_HELD = 64 };
void names_hold(struct names *names, const char *path);

/* The file's bytes, for an unwinder; NULL: it is not open. */
const unsigned char *names_bytes(struct names *names, struct module_id id, size_t *size);

/* The catalog's module for a file that the target maps: one with the same path and
 * build-id, else a new one. {0}: the file can't be opened. */
struct module_id names_adopt(struct names *names, const char *path, uint64_t start,
			     uint64_t end, int32_t pid);

/* Asks the thread to end: downloads are given up.  Any thread. */
void names_leave(struct names *names);
/* How many sites have no function so far; any thread. */
uint64_t names_unresolved(const struct names *names);

#endif

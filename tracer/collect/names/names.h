/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_NAMES_H
#define TRACER_COLLECT_NAMES_NAMES_H
/* The modules of all images, open, and their sites' frames put into the
 * catalog.  All of it belongs to the names thread, but for names_hold. */
#include "tracer/collect/names/symbolize.h"

struct names;

/* Options and what they point to are borrowed.  NULL: out of memory. */
struct names *names_new(const struct symbolizer_options *options);
void names_free(struct names *names);

/* Opens a module's file if it is not open yet, as process `pid` has it (0: nobody
 * in particular); [start, end) may be 0. */
void names_open(struct names *names, struct module_id id, uint64_t start, uint64_t end,
		int32_t pid);

/* The path and name of what holds the code that a process makes at run time: a module of
 * no file, one a process, whose offsets are addresses. */
#define NAMES_MADE "[JIT]"
struct perfmap;
/* Gives that module the names that its process writes; takes the map over. */
void names_made(struct names *names, struct module_id id, struct perfmap *map);

/* Gives a site its frames.  NAMES_LARGE: its module is large and not prepared yet, and
 * `patient` is set: the caller shall ask again when nothing else waits.  NAMES_UNKNOWN:
 * code made at run time that the process has not named yet: ask again at the next
 * flush. */
enum names_answer { NAMES_DONE, NAMES_LARGE, NAMES_UNKNOWN };
enum names_answer names_site(struct names *names, struct site_id id, bool patient);

/* Keeps a file that the target maps open from now on, so that names_open and
 * names_adopt get it even if its path has vanished by then.  At most
 * NAMES_HELD files; the others take their chance.  Any thread. */
enum { NAMES_HELD = 64 };
void names_hold(struct names *names, const char *path);

/* The file's bytes for an unwinder; NULL: not open. */
const unsigned char *names_bytes(struct names *names, struct module_id id, size_t *size);

/* The catalog's module for a file that the target maps: one of the same path
 * and build-id, else a new one.  {0}: the file can't be had. */
struct module_id names_adopt(struct names *names, const char *path, uint64_t start,
			     uint64_t end, int32_t pid);

/* The thread shall end: downloads are given up; any thread. */
void names_leave(struct names *names);
/* Sites without a function so far; any thread. */
uint64_t names_unresolved(const struct names *names);

#endif

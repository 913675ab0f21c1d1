/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_CACHE_CACHE_H
#define TRACER_COLLECT_DEBUG_CACHE_CACHE_H
/*
 * Names of earlier runs, a file a module in $XDG_CACHE_HOME/memtop (~/.cache/memtop).
 * Whoever finds a name here would have found the same one in the debug info; all that
 * could make a difference is part of a file's key or one of its places.  Everything may
 * fail, in silence: the caller then asks the debug info.  One thread at a time.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include "tracer/collect/debug/cache/content.h"

#define CACHE_BYTES (UINT64_C(64) << 20)        /* of all files together */
enum { CACHE_FILES = 4096 };

struct cache;                           /* the folder */
struct cache_module;

/* NULL: switched off ($MEMTOP_NO_CACHE), no folder, one that others may write to, or
 * that is another user's; out of memory. */
struct cache *cache_open(void);
/* After all of its modules.  Makes room if something was written. */
void cache_close(struct cache *cache);

struct cache_wish {
	const char *path;               /* as the target names it, absolute */
	const uint8_t *build_id;
	size_t build_id_length;
	const struct stat *status;      /* of the file that was opened */
	const char *backend;            /* the version of what reads debug info */
};

/* What is known of a module, which may be nothing.  NULL: it can't be cached. */
struct cache_module *cache_module_open(struct cache *cache, const struct cache_wish *wish);
/* Writes it, if names were added and nothing spoke against it; frees.  NULL is fine. */
void cache_module_close(struct cache_module *module);

/* Frames of an offset, valid until the next call for this module; how many, 0:
 * unknown. */
size_t cache_find(const struct cache_module *module, uint64_t offset,
		  struct content_frame frames[CONTENT_CHAIN]);
/* Why names of the module are missing; "": they are not, or nothing was found here. */
const char *cache_reason(const struct cache_module *module);

/* Before debug info is read: where it may lie.  link: .gnu_debuglink's, or NULL. */
void cache_before(struct cache_module *module, const char *link);
/* After it was: another file that was used, and the reason (NULL: none). */
void cache_place(struct cache_module *module, const char *path);
void cache_set_reason(struct cache_module *module, const char *reason);
/* Adds the names of an offset. */
void cache_add(struct cache_module *module, uint64_t offset, const struct content_frame *frames,
	       size_t length);
/* The module's names depend on what no key tells: nothing is written. */
void cache_give_up(struct cache_module *module);

#endif

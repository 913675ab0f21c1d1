/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_CACHE_CACHE_H
#define TRACER_COLLECT_DEBUG_CACHE_CACHE_H
/*
 * Names that earlier runs found, in one file for each module in $XDG_CACHE_HOME/memtop
 * (~/.cache/memtop).  A name from here is the one that the debug info would give: all
 * that could make a difference is part of a file's key or one of its places.  Any call
 * may fail, silently: then the caller reads the debug info.  One thread at a time.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include "tracer/collect/debug/cache/content.h"

#define CACHE_BYTES (UINT64_C(64) << 20)        /* of all files together */
enum { CACHE_FILES = 4096 };

struct cache;                           /* stands for the folder */
struct cache_module;

/* NULL: switched off ($MEMTOP_NO_CACHE); no folder, or one that is another user's or that
 * others may write to; or out of memory. */
struct cache *cache_open(void);
/* Call it after all of its modules are closed.  Makes room if that is due. */
void cache_close(struct cache *cache);

struct cache_wish {
	const char *path;               /* as the target names it, absolute */
	const uint8_t *build_id;
	size_t build_id_length;
	const struct stat *status;      /* of the file that was opened */
	const char *backend;            /* the version of the library that reads debug
					 * info */
};

/* Opens what is known of a module, which may be nothing.  NULL: it can't be cached. */
struct cache_module *cache_module_open(struct cache *cache, const struct cache_wish *wish);
/* Writes the module's file, if names were added and cache_give_up was not called; frees.
 * NULL is allowed. */
void cache_module_close(struct cache_module *module);

/* The frames of an offset, valid until the next call for this module.  Returns how many;
 * 0: unknown. */
size_t cache_find(const struct cache_module *module, uint64_t offset,
		  struct content_frame frames[CONTENT_CHAIN]);
/* Why names of the module are missing; "": none are, or the cache has nothing about
 * it. */
const char *cache_reason(const struct cache_module *module);

/* Call it before debug info is read, to note where that may be. link: .gnu_debuglink's,
 * or NULL. */
void cache_before(struct cache_module *module, const char *link);
/* Call these after debug info was read: another file that was used; and the reason for
 * missing names (NULL: none). */
void cache_place(struct cache_module *module, const char *path);
void cache_set_reason(struct cache_module *module, const char *reason);
/* Adds the names of an offset. */
void cache_add(struct cache_module *module, uint64_t offset, const struct content_frame *frames,
	       size_t length);
/* The module's names depend on something that is not part of the key: nothing is
 * written. */
void cache_give_up(struct cache_module *module);

#endif

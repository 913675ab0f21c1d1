/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_DWARF_H
#define TRACER_COLLECT_DEBUG_DWARF_H
/*
 * The debug-info backend: one module's file, and what it says about an offset.  Nothing
 * here is safe with damaged files: callers go through fault_run, and never use a module
 * again in which it faulted.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include "tracer/collect/debug/binary.h"
#include "tracer/collect/debug/cache/cache.h"
#include "tracer/heap/catalog/catalog.h"

struct dwarf_module;

enum { DWARF_CHAIN = 128, DWARF_TEXT = 1 << 20 };

struct dwarf_frame {
	const char *file;               /* absolute; the module's path if line is 0 */
	const char *function;           /* "+0x..." if unresolved */
	uint32_t line;
	enum lang lang;
	bool inlined;                   /* it was inlined into the next one */
	bool unresolved;
};
/* The frames of one site, newest first, and the texts that they point to. */
struct dwarf_names {
	struct dwarf_frame frames[DWARF_CHAIN];
	size_t length;
	char text[DWARF_TEXT];
	size_t used;
};

/* Opens and maps the file now; reads none of its debug info yet.  NULL with *reason
 * (static storage) if it can't be opened. */
struct dwarf_module *dwarf_open(const struct binary_wish *wish, const char **reason);
void dwarf_close(struct dwarf_module *module);
/* Call it in place of dwarf_close for a module that faulted: it is never freed. */
void dwarf_abandon(struct dwarf_module *module);

/* Finds debug info and symbols, once.  It can take long, but a download ends when *leave
 * becomes true (may be NULL; must outlive the module).  `cache` (may be NULL) notes what
 * the names depend on.  Returns why names will be missing, in static storage, or NULL. */
const char *dwarf_prepare(struct dwarf_module *module, const atomic_bool *leave,
			  struct cache_module *cache);
/* The file's status when it was opened; borrowed. */
const struct stat *dwarf_status(const struct dwarf_module *module);
/* The version of libdw, which names depend on. */
const char *dwarf_version(void);
/* The file's size in bytes: a measure of how long dwarf_prepare may take. */
size_t dwarf_weight(const struct dwarf_module *module);

/* Fills names for an offset in the file's address space; at least one frame. */
void dwarf_frames(struct dwarf_module *module, uint64_t offset,
		  struct dwarf_names *names);
/* Makes the one frame of an offset about which nothing is known. path: the module's, or
 * "". */
void dwarf_unknown(const char *path, uint64_t offset, struct dwarf_names *names);
/* A reason like dwarf_prepare's that is known only later: split debug info is missing; or
 * NULL. */
const char *dwarf_late_reason(const struct dwarf_module *module);
/* Whether any names so far came from .dwo files, or should have. */
bool dwarf_is_split(const struct dwarf_module *module);

/* The mapped file; borrowed. */
const unsigned char *dwarf_bytes(const struct dwarf_module *module, size_t *size);

#endif

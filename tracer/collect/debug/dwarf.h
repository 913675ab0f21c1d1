/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_DWARF_H
#define TRACER_COLLECT_DEBUG_DWARF_H
/*
 * The debug-info backend: one module's file, and what it says of an offset.
 * Nothing here is safe against damaged files by itself: callers go through
 * fault_run, and never touch a module again that faulted.
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
	bool inlined;                   /* stands inside the next one */
	bool unresolved;
};
/* Frames of one site, newest first, and the bytes that they point to. */
struct dwarf_names {
	struct dwarf_frame frames[DWARF_CHAIN];
	size_t length;
	char text[DWARF_TEXT];
	size_t used;
};

/* Opens and maps the file now; reads nothing of its debug info yet.  NULL with
 * *reason (static storage) if it can't be had. */
struct dwarf_module *dwarf_open(const struct binary_wish *wish, const char **reason);
void dwarf_close(struct dwarf_module *module);
/* In place of dwarf_close for a module that faulted: it stays as it is, for good. */
void dwarf_abandon(struct dwarf_module *module);

/* Finds debug info and symbols, once; this is what can take long, but a
 * download ends when *leave gets true (may be NULL; outlives the module).
 * `cache` (may be NULL) is told what the names depend on.
 * Returns why names will be missing, in static storage, or NULL. */
const char *dwarf_prepare(struct dwarf_module *module, const atomic_bool *leave,
			  struct cache_module *cache);
/* What was known of the file when it was opened; borrowed. */
const struct stat *dwarf_status(const struct dwarf_module *module);
/* The version of libdw, which names depend on. */
const char *dwarf_version(void);
/* Bytes of the file: a measure of how long dwarf_prepare may take. */
size_t dwarf_weight(const struct dwarf_module *module);

/* Fills names for an offset in the file's address space; at least one frame. */
void dwarf_frames(struct dwarf_module *module, uint64_t offset,
		  struct dwarf_names *names);
/* The one frame of an offset about which nothing is known.  path: the module's, or "". */
void dwarf_unknown(const char *path, uint64_t offset, struct dwarf_names *names);
/* Like dwarf_prepare's, known only later: split debug info that is missing, or NULL. */
const char *dwarf_late_reason(const struct dwarf_module *module);
/* Whether names came out of .dwo files, or should have, so far. */
bool dwarf_is_split(const struct dwarf_module *module);

/* The mapped file; borrowed. */
const unsigned char *dwarf_bytes(const struct dwarf_module *module, size_t *size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_CATALOG_PARTS_H
#define TRACER_HEAP_CATALOG_CATALOG_PARTS_H
/* The inside of a catalog, for the two files that implement it and no others: catalog.c
 * (strings, modules, frames, threads) and sites.c (sites, traces). */
#include "tracer/heap/catalog/catalog.h"
#include "tracer/heap/catalog/strpool.h"

struct module_entry {
	struct module module;           /* `reason` is unused here */
	_Atomic uint32_t reason;        /* struct str_id; may change later */
};

struct thread_entry {
	int32_t tid;
	_Atomic uint32_t name;          /* struct str_id; may change later */
};

struct site_names {
	uint32_t length;
	struct frame_id frames[];
};

struct site_entry {
	struct site site;
	_Atomic(const struct site_names *) names;       /* NULL: none yet */
	struct str_id offset_name;      /* "+0x1234", until it has names */
	_Atomic uint32_t set;           /* 1: the entry is whole */
};

/* Sites, or traces, in two ranges of numbers: those that the tracer numbered (`theirs`),
 * and those that memtop added (`ours`). */
struct numbered {
	struct chunks theirs, ours;
	_Atomic uint32_t theirs_end;    /* highest index put + 1 */
	_Atomic uint32_t ours_end;
	struct finder index;             /* sites: all; traces: ours, or all if shared */
};

struct catalog {
	_Atomic uint32_t references;
	struct strpool strings;
	struct chunks modules, frames, threads;
	_Atomic uint32_t modules_end, frames_end, threads_end;
	struct finder frame_index;
	struct finder namesakes;        /* see namesake.h; by name */
	struct arena names;             /* struct site_names */
	struct numbered sites;          /* struct site_entry */
	struct numbered traces;         /* _Atomic uint64_t: wire_node(parent, site) */
	struct chunks ends[2];          /* uint32_t, theirs and ours: depth << 4 | enum cut */
	bool traces_shared;             /* set by catalog_share_traces */
	_Atomic bool attached;          /* see earlier.h */
	_Atomic bool reuses;            /* see reuse.h */
	_Atomic uint64_t before;
};

#endif

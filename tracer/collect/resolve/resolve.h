/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RESOLVE_RESOLVE_H
#define TRACER_COLLECT_RESOLVE_RESOLVE_H
/*
 * memtop resolve: the places of a recording that have no names, or no lines, are looked up
 * again on this machine.  Files count by their build-ids alone, since the run was elsewhere.
 */
#include "tracer/collect/debug/search.h"
#include "tracer/collect/error.h"

struct resolve_options {
	struct search_places search;           /* --sysroot, --debug-path */
	const char *const *source_maps; /* "OLD=NEW", NULL-terminated; NULL: none */
};

/* A module with places that have no line. */
struct resolve_module {
	char *path, *reason;            /* why there are some still; "": nobody knows */
	uint64_t wanted, got;           /* such places; those with a better name now */
};

struct resolve_told {
	struct resolve_module *modules; /* those with such places, as the recording has them */
	size_t length;
	uint64_t wanted, got;           /* their sums */
	uint64_t nameless;              /* of `wanted`: had not even a function's name */
};

/* Names what can be named, in the file itself, which is replaced as a whole; not touched
 * if nothing can.  0 with *told, whose resolve_told_free is the caller's; or -1 with
 * *error. */
int resolve_file(const char *path, const struct resolve_options *options,
		 struct resolve_told *told, struct error *error);
void resolve_told_free(struct resolve_told *told);

#endif

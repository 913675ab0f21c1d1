/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_UNKNOWN_H
#define TRACER_HEAP_UNKNOWN_H
/*
 * Frees of blocks whose allocation memtop never saw, because a library allocated them in
 * a way that bypasses memtop.  Who freed them is known as a return address first, and as
 * a module once somebody who can read the target's mappings has named it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/catalog.h"

/* Counts by module, the highest first; {0} stands for all whose module is not known. */
#define UNKNOWN_MODULES 8u
struct unknown_frees {
	uint32_t length;
	struct unknown_free {
		struct module_id module;
		uint64_t count;
	} of[UNKNOWN_MODULES];
};

/* Adds frees by a module; if there is no place left, they count under {0}. */
void unknown_add(struct unknown_frees *frees, struct module_id module, uint64_t count);
/* Adds all of `more`. */
void unknown_add_all(struct unknown_frees *frees, const struct unknown_frees *more);

/* Counts by return address.  Zero-initialise. */
#define UNKNOWN_CALLERS 64u
struct unknown_callers {
	bool off;                       /* blocks are live that were not reported: nothing
					 * is counted */
	uint32_t length;
	uint32_t named;                 /* number of addresses in `of` that have been
					 * looked up */
	uint64_t others;                /* frees that found no place, or have no
					 * address */
	struct unknown_caller {
		uint64_t address, count;
		struct module_id module;
	} of[UNKNOWN_CALLERS];
};

/* Adds one, or with -1 subtracts one, for the code to which a hook returned (0: not
 * known). */
void unknown_count(struct unknown_callers *callers, uint64_t address, int by);
struct model;
/* The counts of a model; naming their modules is up to the caller. */
struct unknown_callers *model_unknown(struct model *model);
/* Says that blocks are live that were left out on purpose, so frees of unknown blocks
 * mean nothing from now on. */
void model_forget(struct model *model);

/* Adds the counts up by module. */
void unknown_sum(const struct unknown_callers *callers, struct unknown_frees *frees);

/* Writes "libcurl.so.4 12, ? 1".  The bytes of names are chosen by the target; the text
 * is cut with "..." if it does not fit.  An unknown module is a question mark. */
void unknown_names(const struct unknown_frees *frees, const struct catalog *catalog, char *text,
		   size_t size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_UNKNOWN_H
#define TRACER_HEAP_UNKNOWN_H
/*
 * Frees of blocks that memtop never saw begin: a library allocated them past it.  Who
 * freed is a return address first, and a module when somebody who can read the
 * target's mappings has said which.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/catalog.h"

/* By module, the most first; {0} is all that nobody knows the module of. */
#define UNKNOWN_MODULES 8u
struct unknown_frees {
	uint32_t length;
	struct unknown_free {
		struct module_id module;
		uint64_t count;
	} of[UNKNOWN_MODULES];
};

/* Adds frees by a module; what finds no place counts under {0}. */
void unknown_add(struct unknown_frees *frees, struct module_id module, uint64_t count);
/* Adds all of `more`. */
void unknown_add_all(struct unknown_frees *frees, const struct unknown_frees *more);

/* By return address.  Zero-initialise. */
#define UNKNOWN_CALLERS 64u
struct unknown_callers {
	bool off;                       /* blocks live that nobody told of: nothing is counted */
	uint32_t length;
	uint32_t named;                 /* so many of `of` have been looked up */
	uint64_t others;                /* frees that found no place, or have no address */
	struct unknown_caller {
		uint64_t address, count;
		struct module_id module;
	} of[UNKNOWN_CALLERS];
};

/* One more, or with -1 one less, by code that a hook returned to (0: not known). */
void unknown_count(struct unknown_callers *callers, uint64_t address, int by);
struct model;
/* A model's, whose modules the caller names. */
struct unknown_callers *model_unknown(struct model *model);
/* Blocks live that it was not told of, for a reason: frees of unknown ones mean
 * nothing. */
void model_forget(struct model *model);

/* Summed up by module. */
void unknown_sum(const struct unknown_callers *callers, struct unknown_frees *frees);

/* "libcurl.so.4 12, ? 1", as bytes that a target chose; cut with "..." if it has no
 * room.  What is not known is a question mark. */
void unknown_names(const struct unknown_frees *frees, const struct catalog *catalog, char *text,
		   size_t size);

#endif

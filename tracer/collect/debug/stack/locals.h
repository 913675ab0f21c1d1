/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_STACK_LOCALS_H
#define TRACER_COLLECT_DEBUG_STACK_LOCALS_H
/* The variables and parameters of a function that are in scope at an address, and where
 * they are. */
#include "tracer/collect/debug/dwarf.h"
#include "tracer/collect/debug/stack/place.h"

struct local {
	const char *name;               /* libdw's */
	struct place place;             /* PLACE_MEMORY or PLACE_REGISTER */
	uint64_t bytes;                 /* its size there */
	unsigned inlined;               /* which of the functions at this address it
					 * belongs to: 0: the one that was not inlined, 1:
					 * what that called */
};

/* Calls `found` for each variable at `offset` of the module's file whose place is known,
 * those of inner scopes first; if it returns false, that ends it.  Call it within
 * fault_run; `frame` needs no base. */
void locals_find(struct dwarf_module *module, uint64_t offset, const struct place_frame *frame,
		 bool (*found)(void *user, const struct local *local), void *user);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_CHAIN_H
#define TRACER_COLLECT_DEBUG_CHAIN_H
/* What DWARF says about an address in a known unit: language, lines, and the functions
 * that are inlined there.  All texts belong to libdw. */
#include <stddef.h>
#include <elfutils/libdw.h>
#include "tracer/heap/catalog/catalog.h"

struct chain_position {
	const char *file;               /* NULL: unknown */
	int line;
};

enum lang chain_lang(Dwarf_Die *cu);
/* The unit's working folder, or NULL. */
const char *chain_folder(Dwarf_Die *cu);
/* The linker name of a function or of what it was inlined from, or NULL. */
const char *chain_linker_name(Dwarf_Die *die);

/* The line table's row for an address. */
struct chain_position chain_row(Dwarf_Die *cu, Dwarf_Addr address);
/* Where an inlined function was called. */
struct chain_position chain_call(Dwarf_Die *body, Dwarf_Die *inlined);
/* Finds the function and the inlined functions in it that contain the address, outermost
 * first.  Returns how many.  Of a chain longer than `max` only the outer part is kept. */
size_t chain_find(const Dwarf_Die *function, Dwarf_Addr address, Dwarf_Die *chain,
		  size_t max);

#endif

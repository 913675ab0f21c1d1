/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_UNITS_H
#define TRACER_COLLECT_DEBUG_UNITS_H
/* Which compilation unit, and which function of it, an address belongs to. */
#include <stdbool.h>
#include <stdint.h>
#include <elfutils/libdw.h>

struct units;

struct unit_place {
	Dwarf_Die cu; /* has the line table */
	Dwarf_Die body; /* the same, or the split unit that has the DIEs */
	Dwarf_Die function; /* of body; valid if has_function */
	bool has_function;
	uint32_t unit;                  /* for units_scope */
};

/* Indexes the units of `dwarf` by address; a unit's functions are indexed when an address
 * is first found in it.  NULL: out of memory.  `dwarf` is borrowed. */
struct units *units_new(Dwarf *dwarf);
void units_free(struct units *units);

/* False: no unit has this address. */
bool units_find(struct units *units, Dwarf_Addr address, struct unit_place *place);
/* Writes the names of the scopes around a function that has no linker name, "app::Box::"
 * or nothing.  Returns the length.  `die`: of this place's body, or one that such a DIE
 * refers to. */
size_t units_scope(const struct units *units, const struct unit_place *place,
		   Dwarf_Die *die, char *text, size_t size);
/* Whether any split unit was met so far; and whether a .dwo file was not found. */
bool units_met_split(const struct units *units);
bool units_missed_split(const struct units *units);

#endif

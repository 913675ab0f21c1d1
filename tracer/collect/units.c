/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two levels: all units by the ranges of their own DIE (clang writes no
 * .debug_aranges, so libdw's look-up by address would find nothing), and in a
 * unit that is used its functions.  Nothing else of a huge module is read.
 *
 * The tree is not trusted: a walk only goes forward in the section, and ends
 * at a depth and a count.
 */
#include "tracer/collect/units.h"

#include <dwarf.h>
#include <stdlib.h>
#include "tracer/collect/spans.h"

enum { DEPTH_MAX = 24, DIES_MAX = 50000000, RANGES_MAX = 10000000 };

struct unit {
	Dwarf_Die cu, body;
	Dwarf_Die *functions;
	uint32_t length, room;
	bool indexed;
	struct spans spans;             /* of functions */
	uint32_t budget;                /* DIEs that the walk may still visit */
};

struct units {
	struct unit *v;
	uint32_t length, room;
	struct spans spans;
	Dwarf *dwarf;
	bool missed_split;
};

/* Adds the ranges of a DIE; how many there were. */
static unsigned add_ranges(struct spans *spans, Dwarf_Die *die, uint32_t index)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;
	unsigned count = 0;

	while (count < RANGES_MAX && (at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		if (spans_add(spans, low, high, index) != 0)
			break;
		count++;
	}
	return count;
}

static int add_unit(struct units *units, const Dwarf_Die *cu)
{
	if (units->length == units->room) {
		uint32_t room = units->room ? units->room * 2 : 16;
		struct unit *v = realloc(units->v, room * sizeof(*v));
		if (!v)
			return -1;
		units->v = v;
		units->room = room;
	}
	units->v[units->length] = (struct unit){ .cu = *cu, .body = *cu };
	add_ranges(&units->spans, &units->v[units->length].cu, units->length);
	units->length++;
	return 0;
}

struct units *units_new(Dwarf *dwarf)
{
	struct units *units = calloc(1, sizeof(*units));
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;

	if (!units)
		return NULL;
	units->dwarf = dwarf;
	while (dwarf_get_units(dwarf, cu, &cu, NULL, &type, &die, NULL) == 0)
		if (type != DW_UT_type && type != DW_UT_split_type && type != DW_UT_partial &&
		    add_unit(units, &die) != 0)
			break;
	spans_sort(&units->spans);
	return units;
}

void units_free(struct units *units)
{
	if (!units)
		return;
	for (uint32_t i = 0; i < units->length; i++) {
		spans_free(&units->v[i].spans);
		free(units->v[i].functions);
	}
	spans_free(&units->spans);
	free(units->v);
	free(units);
}

static void add_function(struct unit *unit, Dwarf_Die *die)
{
	if (unit->length == unit->room) {
		uint32_t room = unit->room ? unit->room * 2 : 32;
		Dwarf_Die *functions = realloc(unit->functions, room * sizeof(*functions));
		if (!functions)
			return;
		unit->functions = functions;
		unit->room = room;
	}
	if (add_ranges(&unit->spans, die, unit->length) > 0)
		unit->functions[unit->length++] = *die;
}

/* Tags under which a function can stand. */
static bool may_hold_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_structure_type ||
	       tag == DW_TAG_class_type || tag == DW_TAG_union_type ||
	       tag == DW_TAG_lexical_block || tag == DW_TAG_subprogram ||
	       tag == DW_TAG_module || tag == DW_TAG_enumeration_type;
}

static void walk(struct unit *unit, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;
	Dwarf_Off before = dwarf_dieoffset(parent);

	if (depth > DEPTH_MAX || dwarf_child(parent, &die) != 0)
		return;
	while (unit->budget && dwarf_dieoffset(&die) > before) {
		int tag = dwarf_tag(&die);
		unit->budget--;
		if (tag == DW_TAG_subprogram)
			add_function(unit, &die);
		if (may_hold_functions(tag))
			walk(unit, &die, depth + 1);
		before = dwarf_dieoffset(&die);
		Dwarf_Die next;
		if (dwarf_siblingof(&die, &next) != 0)
			return;
		die = next;
	}
}

/* A skeleton's body is in a .dwo file. */
static void find_body(struct units *units, struct unit *unit)
{
	Dwarf_Die body;
	uint8_t type = 0;

	if (dwarf_cu_info(unit->cu.cu, NULL, &type, NULL, &body, NULL, NULL, NULL) != 0 ||
	    type != DW_UT_skeleton)
		return;
	if (body.addr)
		unit->body = body;
	else
		units->missed_split = true;
}

static void index_functions(struct units *units, struct unit *unit)
{
	unit->indexed = true;
	unit->budget = DIES_MAX;
	find_body(units, unit);
	walk(unit, &unit->body, 0);
	spans_sort(&unit->spans);
}

/* By .debug_aranges: for a unit whose DIE says nothing of its addresses. */
static struct unit *find_by_aranges(struct units *units, Dwarf_Addr address)
{
	Dwarf_Die die;

	if (!dwarf_addrdie(units->dwarf, address, &die))
		return NULL;
	for (uint32_t i = 0; i < units->length; i++)
		if (units->v[i].cu.addr == die.addr)
			return &units->v[i];
	return NULL;
}

bool units_find(struct units *units, Dwarf_Addr address, struct unit_place *place)
{
	const struct span *span = spans_find(&units->spans, address);
	struct unit *unit = span ? &units->v[span->index] : find_by_aranges(units, address);

	if (!unit)
		return false;
	if (!unit->indexed)
		index_functions(units, unit);
	span = spans_find(&unit->spans, address);
	place->cu = unit->cu;
	place->body = unit->body;
	place->has_function = span != NULL;
	if (span)
		place->function = unit->functions[span->index];
	return true;
}

bool units_missed_split(const struct units *units) { return units->missed_split; }

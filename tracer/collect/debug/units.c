/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two levels: all units, by the ranges of their own DIE (clang writes no .debug_aranges,
 * so libdw's look-up by address would find nothing); and in each unit that is used, its
 * functions.  Nothing else of a huge module is read.
 *
 * The tree is not trusted: a walk only goes forward in the section, and its depth and
 * number of steps are limited.
 */
#include "tracer/collect/debug/units.h"
#include "tracer/ground/array.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/chain.h"
#include "tracer/collect/debug/spans.h"
#include "tracer/ground/bisect.h"

enum { DEPTH_MAX = 24, DIES_MAX = 50000000, RANGES_MAX = 10000000 };

/* A namespace, type or function that contains others. */
struct scope {
	const char *name;               /* belongs to libdw */
	uint32_t parent;                /* 0: none */
};

/* Where a function without a linker name was declared: g++ gives none to inline functions
 * that it never emits, and users want to read std::move, not move. */
struct declaration {
	uint32_t offset;                /* in the unit; they are sorted by it */
	uint32_t scope;
};

struct unit {
	Dwarf_Die cu, body;
	Dwarf_Die *functions;
	uint32_t length;
	size_t room;
	bool indexed;
	struct spans spans;             /* of functions */
	struct scope *scopes;           /* [0] is the unit itself */
	struct declaration *declarations;
	uint32_t scope_length, declaration_length;
	size_t scope_room, declaration_room;
	Dwarf_Off start;                /* of the body's DIE */
	bool qualifies;                 /* its language has scopes */
	uint32_t budget;                /* how many DIEs the walk may still visit */
};

struct units {
	struct unit *v;
	uint32_t length;
	size_t room;
	struct spans spans;
	Dwarf *dwarf;
	bool met_split, missed_split;
};

/* Adds the ranges of a DIE.  Returns how many there were. */
static unsigned add_ranges(struct spans *spans, Dwarf_Die *die, uint32_t index)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;
	unsigned count = 0;

	while (count < RANGES_MAX &&
	       (at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		if (spans_add(spans, low, high, index) != 0)
			break;
		count++;
	}
	return count;
}

static int add_unit(struct units *units, const Dwarf_Die *cu)
{
	if (!array_grow(&units->v, &units->room, units->length + 1u, sizeof(*units->v)))
		return -1;
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
		if (type != DW_UT_type && type != DW_UT_split_type &&
		    type != DW_UT_partial && add_unit(units, &die) != 0)
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
		free(units->v[i].scopes);
		free(units->v[i].declarations);
	}
	spans_free(&units->spans);
	free(units->v);
	free(units);
}

static void units_add_function(struct unit *unit, Dwarf_Die *die)
{
	if (!array_grow(&unit->functions, &unit->room, unit->length + 1u, sizeof(*die)))
		return;
	if (add_ranges(&unit->spans, die, unit->length) > 0)
		unit->functions[unit->length++] = *die;
}

/* Tags of DIEs that can contain a function. */
static bool may_hold_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_structure_type ||
	       tag == DW_TAG_class_type || tag == DW_TAG_union_type ||
	       tag == DW_TAG_lexical_block || tag == DW_TAG_subprogram ||
	       tag == DW_TAG_module || tag == DW_TAG_enumeration_type;
}

static void add_declaration(struct unit *unit, Dwarf_Die *die, uint32_t scope)
{
	if (!unit->qualifies || scope == 0 || dwarf_hasattr(die, DW_AT_linkage_name) ||
	    dwarf_hasattr(die, DW_AT_MIPS_linkage_name))
		return;
	if (!array_grow(&unit->declarations, &unit->declaration_room,
			unit->declaration_length + 1u, sizeof(*unit->declarations)))
		return;
	unit->declarations[unit->declaration_length++] = (struct declaration){
		(uint32_t)(dwarf_dieoffset(die) - unit->start), scope
	};
}

/* Adds the scope that a DIE's children are in. */
static uint32_t add_scope(struct unit *unit, Dwarf_Die *die, int tag, uint32_t parent)
{
	if (!unit->qualifies || tag == DW_TAG_lexical_block)
		return parent;
	if (!array_grow(&unit->scopes, &unit->scope_room, unit->scope_length + 2u,
			sizeof(*unit->scopes)))
		return parent;
	struct scope *scopes = unit->scopes;
	if (unit->scope_length == 0)
		scopes[unit->scope_length++] = (struct scope){ 0 };
	const char *name = dwarf_diename(die);
	if (!name)
		name = tag == DW_TAG_namespace ? "(anonymous namespace)" : "(anonymous)";
	scopes[unit->scope_length] = (struct scope){ name, parent };
	return unit->scope_length++;
}

static void units_walk(struct unit *unit, Dwarf_Die *parent, uint32_t scope,
		       unsigned depth)
{
	Dwarf_Die die;
	Dwarf_Off before = dwarf_dieoffset(parent);

	if (depth > DEPTH_MAX || dwarf_child(parent, &die) != 0)
		return;
	while (unit->budget && dwarf_dieoffset(&die) > before) {
		int tag = dwarf_tag(&die);
		unit->budget--;
		if (tag == DW_TAG_subprogram) {
			units_add_function(unit, &die);
			add_declaration(unit, &die, scope);
		}
		if (may_hold_functions(tag) && dwarf_haschildren(&die) > 0)
			units_walk(unit, &die, add_scope(unit, &die, tag, scope),
				   depth + 1);
		before = dwarf_dieoffset(&die);
		Dwarf_Die next;
		if (dwarf_siblingof(&die, &next) != 0)
			return;
		die = next;
	}
}

/* Finds where the functions of a unit are described: for a skeleton unit that is in a
 * .dwo file. */
static void find_body(struct units *units, struct unit *unit)
{
	Dwarf_Die body;
	uint8_t type = 0;

	if (dwarf_cu_info(unit->cu.cu, NULL, &type, NULL, &body, NULL, NULL, NULL) != 0 ||
	    type != DW_UT_skeleton)
		return;
	units->met_split = true;
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
	unit->start = dwarf_dieoffset(&unit->body);
	enum lang lang = chain_lang(&unit->body);
	unit->qualifies = lang == LANG_CXX || lang == LANG_RUST;
	units_walk(unit, &unit->body, 0, 0);
	spans_sort(&unit->spans);
}

/* Looks the address up in .debug_aranges, for units whose own entry does not say which
 * addresses they cover. */
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
	struct unit *unit =
		span ? &units->v[span->index] : find_by_aranges(units, address);

	if (!unit)
		return false;
	if (!unit->indexed)
		index_functions(units, unit);
	span = spans_find(&unit->spans, address);
	place->cu = unit->cu;
	place->body = unit->body;
	place->has_function = span != NULL;
	place->unit = (uint32_t)(unit - units->v);
	if (span)
		place->function = unit->functions[span->index];
	return true;
}

/* The scope of the declaration at an offset in the unit; 0: not listed. */
static uint32_t declared_in(const struct unit *unit, Dwarf_Off offset)
{
	size_t at;

	BISECT(at, unit->declaration_length, unit->declarations[at].offset < offset);
	bool found = at < unit->declaration_length && unit->declarations[at].offset == offset;
	return found ? unit->declarations[at].scope : 0;
}

/* From an inlined or defining DIE to its declaration. */
static void follow_origin(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;

	for (unsigned hops = 0; hops < 8; hops++) {
		Dwarf_Die next;
		if (!dwarf_attr(die, DW_AT_abstract_origin, &attribute) &&
		    !dwarf_attr(die, DW_AT_specification, &attribute))
			return;
		if (!dwarf_formref_die(&attribute, &next))
			return;
		*die = next;
	}
}

size_t units_scope(const struct units *units, const struct unit_place *place,
		   Dwarf_Die *die, char *text, size_t size)
{
	const struct unit *unit = &units->v[place->unit];
	Dwarf_Die declared = *die;
	uint32_t chain[DEPTH_MAX + 2], length = 0;
	size_t used = 0;

	follow_origin(&declared);
	if (declared.cu != unit->body.cu)
		return 0;
	uint32_t scope = declared_in(unit, dwarf_dieoffset(&declared) - unit->start);
	for (; scope && length < DEPTH_MAX + 2; scope = unit->scopes[scope].parent)
		chain[length++] = scope;
	while (length-- > 0) {
		const char *name = unit->scopes[chain[length]].name;
		size_t bytes = strlen(name);
		if (used + bytes + 3 > size)
			break;
		memcpy(text + used, name, bytes);
		memcpy(text + used + bytes, "::", 3);
		used += bytes + 2;
	}
	return used;
}

bool units_met_split(const struct units *units) { return units->met_split; }

bool units_missed_split(const struct units *units) { return units->missed_split; }

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scopes nest as blocks and inlined functions do; only those that contain the address are
 * entered.  The tree is not trusted: a walk only goes forward, and its depth and number
 * of steps are limited. */
#include "tracer/collect/debug/stack/locals.h"

#include <dwarf.h>
#include <string.h>
#include "tracer/collect/debug/dwarf_inside.h"

enum { LOCALS_DEPTH = 24, LOCALS_DIES = 100000, LOCALS_PLACES = 8 };

struct finding_locals {
	Dwarf_Addr address;             /* as the debug info counts */
	struct place_frame frame;
	bool (*found)(void *user, const struct local *local);
	void *user;
	unsigned budget;                /* how many DIEs may still be visited */
	bool over;
};

static void locals_base(struct finding_locals *finding, Dwarf_Die *function)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *ops;
	size_t length, used;
	struct place place;

	if (dwarf_getlocation_addr(dwarf_attr_integrate(function, DW_AT_frame_base, &attribute),
				   finding->address, &ops, &length, 1) != 1 ||
	    !place_find(ops, length, &finding->frame, &place, &used))
		return;
	if (place.kind == PLACE_REGISTER && (place.at >= 64 ||
					     !(finding->frame.known >> place.at & 1)))
		return;
	finding->frame.base = place.kind == PLACE_REGISTER ?
		finding->frame.registers[place.at] : place.at;
	finding->frame.has_base = true;
}

/* Reports where a variable is.  It may be in pieces: a struct of two words in two
 * registers. */
static void give_places(struct finding_locals *finding, const Dwarf_Op *ops, size_t length,
			struct local *local)
{
	uint64_t whole = local->bytes;

	while (length && !finding->over) {
		size_t used;

		/* A piece that was optimized away has only a size. */
		if (ops->atom == DW_OP_piece) {
			ops++, length--;
			continue;
		}
		if (!place_find(ops, length, &finding->frame, &local->place, &used))
			return;
		local->bytes = local->place.bytes ? local->place.bytes : whole;
		if (local->place.kind != PLACE_VALUE)
			finding->over = !finding->found(finding->user, local);
		ops += used;
		length -= used;
	}
}

static void give_variable(struct finding_locals *finding, Dwarf_Die *die,
			  unsigned inlined)
{
	struct local local = { .name = dwarf_diename(die), .inlined = inlined };
	Dwarf_Attribute attribute;
	Dwarf_Die type;
	Dwarf_Word bytes = 8;
	Dwarf_Op *ops[LOCALS_PLACES];
	size_t lengths[LOCALS_PLACES];

	if (!local.name)
		return;
	if (!dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), &type) ||
	    dwarf_aggregate_size(&type, &bytes) != 0)
		bytes = 8;
	int count = dwarf_getlocation_addr(dwarf_attr_integrate(die, DW_AT_location, &attribute),
					   finding->address, ops, lengths, LOCALS_PLACES);

	for (int i = 0; i < count && i < LOCALS_PLACES && !finding->over; i++) {
		local.bytes = bytes;
		give_places(finding, ops[i], lengths[i], &local);
	}
}

static bool is_scope(int tag)
{
	return tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
	       tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

/* Finds the scopes that contain the address, outermost first.  Returns how many. */
static unsigned find_scopes(struct finding_locals *finding, Dwarf_Die *scopes,
			    unsigned most)
{
	unsigned length = 1;
	bool inside = true;

	while (inside && length < most) {
		Dwarf_Die child;
		bool more = dwarf_child(&scopes[length - 1], &child) == 0;

		for (inside = false; more && !inside && finding->budget; finding->budget--) {
			Dwarf_Off before = dwarf_dieoffset(&child);

			inside = is_scope(dwarf_tag(&child)) &&
				 dwarf_haspc(&child, finding->address) > 0;
			if (inside)
				scopes[length++] = child;
			else
				more = dwarf_siblingof(&child, &child) == 0 &&
				       dwarf_dieoffset(&child) > before;
		}
	}
	return length;
}

static void give_scope(struct finding_locals *finding, Dwarf_Die *scope, unsigned inlined)
{
	Dwarf_Die child;
	bool more = dwarf_child(scope, &child) == 0;

	while (more && !finding->over && finding->budget) {
		Dwarf_Off before = dwarf_dieoffset(&child);
		int tag = dwarf_tag(&child);

		finding->budget--;
		if (tag == DW_TAG_variable || tag == DW_TAG_formal_parameter)
			give_variable(finding, &child, inlined);
		more = dwarf_siblingof(&child, &child) == 0 && dwarf_dieoffset(&child) > before;
	}
}

void locals_find(struct dwarf_module *module, uint64_t offset, const struct place_frame *frame,
		 bool (*found)(void *user, const struct local *local), void *user)
{
	struct finding_locals finding = { .frame = *frame, .found = found, .user = user,
					  .budget = LOCALS_DIES };
	Dwarf_Die scopes[LOCALS_DEPTH];
	unsigned inlined = 0;

	if (!dwarf_function(module, offset, &scopes[0], &finding.address))
		return;
	locals_base(&finding, &scopes[0]);
	unsigned length = find_scopes(&finding, scopes, LOCALS_DEPTH);

	for (unsigned i = 0; i < length; i++)
		inlined += dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine;
	while (length-- && !finding.over) {
		give_scope(&finding, &scopes[length], inlined);
		inlined -= dwarf_tag(&scopes[length]) == DW_TAG_inlined_subroutine;
	}
}

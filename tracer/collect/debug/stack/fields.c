/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units are walked from top to bottom for variables with the wanted addresses; into functions
 * only if some variables may be theirs, and only when all others have been found.  The tree is
 * not trusted: a walk only goes forward, and its depth and number of steps are limited. */
#include "tracer/collect/debug/stack/fields.h"

#include <ctype.h>
#include <dwarf.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/dwarf_inside.h"
#include "tracer/collect/debug/fault.h"
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"

enum {
	FIELDS_DEEP = 12,              /* structs in structs, and namespaces */
	FIELDS_DIES = 4000000,         /* that are visited in a module */
	FIELDS_MOST = 65536,           /* of all variables of a module */
	FIELDS_ELEMENTS = 64,          /* of an array of structs; a larger one is one member */
	FIELDS_NAME = 512
};

struct member {
	uint32_t variable;
	uint64_t offset, end;
	char *name;
};

/* A variable of a function; NULL: it is none. */
struct inner {
	char *name, *function;
};

struct fields {
	const uint64_t *addresses;
	struct inner *inner;            /* by variable */
	size_t addresses_length;
	struct member *of;              /* by variable and offset */
	size_t length, room;
};

struct finding_fields {
	struct fields *members;
	struct dwarf_module *dwarf;
	Dwarf_Addr bias;
	uint32_t variable;              /* the one whose members are being found */
	bool *found;                    /* by variable; units may have the same one */
	size_t missing;                 /* those that were not found yet */
	bool functions;                 /* are walked into */
	char name[FIELDS_NAME];
	unsigned budget;
	bool failed;                    /* out of memory */
};

static void add_member(struct finding_fields *finding, uint64_t offset, uint64_t bytes)
{
	struct fields *members = finding->members;
	struct member member = { finding->variable, offset, offset + bytes, NULL };

	if (!*finding->name || bytes < 8 || member.end < offset || members->length >= FIELDS_MOST)
		return;
	member.name = strdup(finding->name);
	if (member.name && array_grow(&members->of, &members->room, members->length + 1,
				      sizeof(*members->of))) {
		members->of[members->length++] = member;
		return;
	}
	free(member.name);
	finding->failed = true;
}

/* The type without typedefs and qualifiers.  False: there is none. */
static bool fields_type(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) &&
	       dwarf_peel_type(type, type) == 0;
}

static bool is_struct_type(Dwarf_Die *type)
{
	int tag = dwarf_tag(type);

	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
}

static bool is_reserved_name(const char *name)
{
	return name && name[0] == '_' && (name[1] == '_' || isupper((unsigned char)name[1]));
}

/* Whether a member is a pointer to the struct that has it. */
static bool is_own_link(Dwarf_Die *member, const Dwarf_Die *to)
{
	Dwarf_Die type;

	return fields_type(member, &type) && dwarf_tag(&type) == DW_TAG_pointer_type &&
	       fields_type(&type, &type) && type.addr == to->addr;
}

/* Goes on to the next sibling; false: there is none, or too many were visited. */
static bool fields_next(struct finding_fields *finding, Dwarf_Die *die)
{
	Dwarf_Off before = dwarf_dieoffset(die);

	return finding->budget && finding->budget-- && !finding->failed &&
	       dwarf_siblingof(die, die) == 0 && dwarf_dieoffset(die) > before;
}

/* Whether a struct is looked into: not if a name in it is reserved, or if it only links
 * objects of its own type. */
static bool is_open_struct(struct finding_fields *finding, Dwarf_Die *type)
{
	Dwarf_Die child;
	bool links = true;

	for (bool more = dwarf_child(type, &child) == 0; more; more = fields_next(finding, &child)) {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_member && is_reserved_name(dwarf_diename(&child)))
			return false;
		links &= tag != DW_TAG_inheritance && (tag != DW_TAG_member || is_own_link(&child, type));
	}
	return !links;
}

static void find_members(struct finding_fields *finding, Dwarf_Die *type, uint64_t offset,
			 unsigned depth);

/* Adds to the name while a part of it is looked into.  Returns its length as it was. */
__attribute__((format(printf, 2, 3)))
static size_t extend_name(struct finding_fields *finding, const char *format, ...)
{
	size_t length = strlen(finding->name);
	va_list list;

	va_start(list, format);
	vsnprintf(finding->name + length, sizeof(finding->name) - length, format, list);
	va_end(list);
	return length;
}

/* One member of a struct, or one of its bases, whose members count as its own. */
static void find_member(struct finding_fields *finding, Dwarf_Die *member, uint64_t offset,
			unsigned depth)
{
	const char *name = dwarf_tag(member) == DW_TAG_member ? dwarf_diename(member) : NULL;
	Dwarf_Attribute attribute;
	Dwarf_Word at = 0;
	Dwarf_Die type;

	if (!fields_type(member, &type) || dwarf_hasattr(member, DW_AT_data_bit_offset))
		return;
	/* What is declared here and defined elsewhere (static), and virtual bases, have no
	 * constant place. */
	if (dwarf_attr(member, DW_AT_data_member_location, &attribute) ?
	    dwarf_formudata(&attribute, &at) != 0 : dwarf_hasattr(member, DW_AT_external))
		return;
	size_t length = extend_name(finding, "%s%s", name ? "." : "", name ? name : "");

	find_members(finding, &type, offset + at, depth + 1);
	finding->name[length] = '\0';
}

/* The number of elements of an array of one dimension; 0: it is another array. */
static uint64_t elements_of(Dwarf_Die *type)
{
	Dwarf_Attribute attribute;
	Dwarf_Die child, more;
	Dwarf_Word count = 0;

	if (dwarf_child(type, &child) != 0 || dwarf_tag(&child) != DW_TAG_subrange_type ||
	    dwarf_siblingof(&child, &more) == 0)
		return 0;
	if (dwarf_attr(&child, DW_AT_count, &attribute))
		return dwarf_formudata(&attribute, &count) == 0 ? count : 0;
	if (!dwarf_attr(&child, DW_AT_upper_bound, &attribute) ||
	    dwarf_formudata(&attribute, &count) != 0)
		return 0;
	return count + 1;
}

static bool find_elements(struct finding_fields *finding, Dwarf_Die *type, uint64_t offset,
			  unsigned depth)
{
	uint64_t count = elements_of(type);
	Dwarf_Die element;
	Dwarf_Word bytes;

	if (!count || count > FIELDS_ELEMENTS || !fields_type(type, &element) ||
	    !is_struct_type(&element) || dwarf_aggregate_size(&element, &bytes) != 0)
		return false;
	for (uint64_t i = 0; i < count && !finding->failed; i++) {
		size_t length = extend_name(finding, "[%u]", (unsigned)i);

		find_members(finding, &element, offset + i * bytes, depth + 1);
		finding->name[length] = '\0';
	}
	return true;
}

/* Adds the members of a type at an offset.  Of a union without a name the first member
 * stands for all. */
static void find_members(struct finding_fields *finding, Dwarf_Die *type, uint64_t offset,
			 unsigned depth)
{
	size_t length = strlen(finding->name);
	bool named = length && finding->name[length - 1] != '.';
	Dwarf_Word bytes;
	Dwarf_Die child;
	int tag = dwarf_tag(type);

	if (dwarf_aggregate_size(type, &bytes) != 0 || finding->failed || depth > FIELDS_DEEP)
		return;
	if (tag == DW_TAG_array_type && find_elements(finding, type, offset, depth))
		return;
	if (!(is_struct_type(type) && is_open_struct(finding, type)) && (tag != DW_TAG_union_type || named)) {
		add_member(finding, offset, bytes);
		return;
	}
	for (bool more = dwarf_child(type, &child) == 0; more; more = fields_next(finding, &child)) {
		int of = dwarf_tag(&child);

		if (of == DW_TAG_member || of == DW_TAG_inheritance)
			find_member(finding, &child, offset, depth);
		if (of == DW_TAG_member && tag == DW_TAG_union_type)
			break;
	}
}

/* Where a variable is that has an address, as it is written or, by clang, as the number of
 * an entry in a table. */
static bool address_of(Dwarf_Die *die, Dwarf_Addr *address)
{
	Dwarf_Attribute attribute, entry;
	Dwarf_Op *ops;
	size_t length;

	if (!dwarf_attr(die, DW_AT_location, &attribute) ||
	    dwarf_getlocation(&attribute, &ops, &length) != 0 || length != 1)
		return false;
	*address = ops->number;
	return ops->atom == DW_OP_addr ||
	       (ops->atom == DW_OP_addrx && dwarf_getlocation_attr(&attribute, ops, &entry) == 0 &&
		dwarf_formaddr(&entry, address) == 0);
}

/* The variable's place among the wanted ones; SIZE_MAX: it is none of them. */
static size_t wanted_variable(struct finding_fields *finding, Dwarf_Die *die)
{
	const struct fields *members = finding->members;
	Dwarf_Addr address;
	size_t low;

	if (!address_of(die, &address))
		return SIZE_MAX;
	address += finding->bias;
	BISECT(low, members->addresses_length, members->addresses[low] < address);
	return low < members->addresses_length && members->addresses[low] == address ? low :
										       SIZE_MAX;
}

/* Notes what a variable of a function is called. */
static void note_inner(struct finding_fields *finding, size_t which, Dwarf_Die *variable,
		       Dwarf_Die *function)
{
	const char *name = dwarf_diename(variable), *of = dwarf_diename(function);
	struct inner *inner = &finding->members->inner[which];

	if (!name || !of)
		return;
	*inner = (struct inner){ strdup(name), strdup(of) };
	finding->failed |= !inner->name || !inner->function;
}

static bool is_walked_into(const struct finding_fields *finding, int tag)
{
	return tag == DW_TAG_namespace ||
	       (finding->functions && (tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block ||
				       tag == DW_TAG_inlined_subroutine));
}

/* Finds variables below a unit, a namespace or, if `function` is one, in a function. */
static void find_variables(struct finding_fields *finding, Dwarf_Die *above, Dwarf_Die *function,
			   unsigned depth)
{
	Dwarf_Die child, type;

	for (bool more = dwarf_child(above, &child) == 0; more; more = fields_next(finding, &child)) {
		int tag = dwarf_tag(&child);
		size_t which = tag == DW_TAG_variable ? wanted_variable(finding, &child) : SIZE_MAX;

		if (is_walked_into(finding, tag) && depth < FIELDS_DEEP)
			find_variables(finding, &child, tag == DW_TAG_namespace ||
				       tag == DW_TAG_lexical_block ? function : &child, depth + 1);
		if (which == SIZE_MAX || finding->found[which] || !fields_type(&child, &type))
			continue;
		finding->found[which] = true;
		finding->missing--;
		finding->variable = (uint32_t)which;
		finding->name[0] = '\0';
		find_members(finding, &type, 0, 0);
		if (function)
			note_inner(finding, which, &child, function);
	}
}

static void walk_units(struct finding_fields *finding, Dwarf *dwarf)
{
	Dwarf_Off at = 0, next;
	size_t header;

	for (; finding->missing && dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0;
	     at = next) {
		Dwarf_Die unit;

		/* Rust's cells, locks and boxes are structs in structs, whose names say
		 * nothing about the program. */
		if (dwarf_offdie(dwarf, at + header, &unit) && dwarf_srclang(&unit) != DW_LANG_Rust)
			find_variables(finding, &unit, NULL, 0);
	}
}

static void fields_read(void *user)
{
	static const atomic_bool at_once = true;        /* does not wait for servers */
	struct finding_fields *finding = user;
	bool functions = finding->functions;

	dwarf_prepare(finding->dwarf, &at_once, NULL);
	Dwarf *dwarf = dwarf_info(finding->dwarf, &finding->bias);

	finding->functions = false;
	if (dwarf)
		walk_units(finding, dwarf);
	finding->functions = functions;
	if (dwarf && functions)
		walk_units(finding, dwarf);
}

static int member_order(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	if (a->variable != b->variable)
		return a->variable < b->variable ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

struct fields *fields_new(const struct binary_wish *wish, const uint64_t *addresses,
			    size_t length, bool functions)
{
	struct fields *members = calloc(1, sizeof(*members));
	struct finding_fields finding = { .members = members, .budget = FIELDS_DIES,
					  .missing = length, .functions = functions };
	const char *reason;

	finding.found = calloc(length + 1, sizeof(*finding.found));
	if (members)
		*members = (struct fields){ .addresses = addresses, .addresses_length = length,
					    .inner = calloc(length + 1, sizeof(*members->inner)) };
	if (!members || !finding.found || !members->inner) {
		free(finding.found);
		fields_free(members);
		return NULL;
	}
	finding.dwarf = dwarf_open(wish, &reason);
	if (finding.dwarf && fault_run(fields_read, &finding) != 0) {
		/* libdw may have crashed while a member was added. */
		dwarf_abandon(finding.dwarf);
		finding.dwarf = NULL;
		*members = (struct fields){ 0 };
	}
	dwarf_close(finding.dwarf);
	free(finding.found);
	if (finding.failed) {
		fields_free(members);
		return NULL;
	}
	if (members->length)
		qsort(members->of, members->length, sizeof(*members->of), member_order);
	return members;
}

void fields_free(struct fields *members)
{
	if (!members)
		return;
	for (size_t i = 0; i < members->length; i++)
		free(members->of[i].name);
	for (size_t i = 0; members->inner && i < members->addresses_length; i++) {
		free(members->inner[i].name);
		free(members->inner[i].function);
	}
	free(members->inner);
	free(members->of);
	free(members);
}

const char *fields_variable(const struct fields *members, size_t which,
			    const char **function)
{
	*function = members->inner ? members->inner[which].function : NULL;
	return members->inner ? members->inner[which].name : NULL;
}

const char *fields_at(const struct fields *members, size_t which, uint64_t offset)
{
	size_t low;

	BISECT(low, members->length,
	       members->of[low].variable < which ||
	       (members->of[low].variable == which && members->of[low].end <= offset));
	if (low == members->length || members->of[low].variable != which ||
	    members->of[low].offset > offset)
		return NULL;
	return members->of[low].name;
}

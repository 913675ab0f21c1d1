/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What objects hold by names that are in code or in their types: members in __slots__ and
 * of types in C, what a closure shares with the functions around it, and the locals of a
 * generator that waits.
 *
 *	type        [ ... | members ... ]       members -> [ "held" | T_OBJECT_EX | offset ] ...
 *	function    [ ... | code | ... | closure ]      closure -> tuple -> cell
 *	generator   [ ... | state | frame: code ... locals ]    to 3.10 a pointer to a frame object
 *
 * (Include/structmember.h, Include/cpython/funcobject.h, Include/cpython/genobject.h.)
 */
#include <stdio.h>
#include "tracer/look/types/names.h"
#include "tracer/look/types/names_parts.h"

enum { TYPE_MEMBERS = 30, TYPE_BASE = 32 };     /* words of a type object */
enum { MEMBER_OBJECT = 6, MEMBER_OBJECT_EX = 16 };      /* T_OBJECT, T_OBJECT_EX */

#define BASES_MOST 32u
#define MEMBERS_MOST 1024u              /* most members of one type */
#define FREES_MOST 256u                 /* most cells of one closure */

static uint64_t member_word(const struct types *types, uint64_t address)
{
	uint64_t word = 0;

	return address % 8 == 0 && types_read(types, address, &word, 8) ? word : 0;
}

/* Names one word by a C string.  0, or what ends it. */
static int name_member(const struct types *types, uint64_t text, uint64_t at,
		       const struct names_use *use)
{
	char name[NAMES_ROOM], quoted[NAMES_ROOM + 2];
	uint64_t value = member_word(types, at);

	if (value < 4096 || (use->wanted && !use->wanted(use->user, at, value)) ||
	    !types_string(types, text, name, sizeof(name)))
		return 0;
	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	return use->named(use->user, value, quoted);
}

int python_members(const struct types *types, uint64_t type, uint64_t object, uint64_t size,
		   const struct names_use *use)
{
	int error = 0;

	for (unsigned i = 0; !error && type && i < BASES_MOST; i++) {
		uint64_t members = member_word(types, type + TYPE_MEMBERS * 8), member[3];

		for (unsigned k = 0; !error && members && k < MEMBERS_MOST; k++, members += 40) {
			if (!types_read(types, members, member, sizeof(member)) || !member[0])
				break;
			uint32_t kind = (uint32_t)member[1];

			if ((kind == MEMBER_OBJECT || kind == MEMBER_OBJECT_EX) && size >= 8 &&
			    member[2] <= size - 8)
				error = name_member(types, member[0], object + member[2], use);
		}
		type = member_word(types, type + TYPE_BASE * 8);
	}
	return error;
}

int python_closure(struct types *types, uint64_t object, const struct names_use *use)
{
	bool late = types->memory.python >= 0x30a;
	uint64_t code = member_word(types, object + (late ? 48 : 16));
	uint64_t closure = member_word(types, object + (late ? 72 : 48));
	uint64_t length = member_word(types, closure + 16);

	return code && closure && length && length <= FREES_MOST ?
	       python_frees(types, code, closure + 24, use) : 0;
}

int python_waiting(struct types *types, uint64_t object, const struct names_use *use)
{
	unsigned python = types->memory.python, frame = python == 0x30b ? 80 : 72;
	signed char state = 0;

	/* Only if it was not started or waits; a running one is found by its thread. */
	if (python < 0x30b || !types_read(types, object + (python == 0x30b ? 75 : 67), &state, 1) ||
	    state >= 0)
		return 0;
	return python_locals(types, member_word(types, object + frame + (python == 0x30b ? 32 : 0)),
			     object + frame + 72, true, use);
}

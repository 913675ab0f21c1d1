/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * C++ objects.  A polymorphic object begins with a pointer into its class's table.
 * Before the place that it points to, the table has the offset to the object's beginning
 * (0, as this is the beginning) and the class's type_info: a pointer into the table of
 * type_info's own class, and a name.
 *
 *	vtable     [ 0 | type_info | first virtual function ...
 *	                             ^ vptr
 *	type_info  [ vptr of __si_class_type_info | "4Node" | ...
 *
 * (Itanium C++ ABI, 2.5.2 and 2.9.5.) new[] of classes with destructors puts the number
 * of elements in front of them, after any padding (2.7).  Without type_info a class is
 * named by the table's symbol, if the module has one.
 */
#include "tracer/look/types/types_parts.h"

#include <string.h>

static bool in_data(const struct types *types, uint64_t address)
{
	return address % 8 == 0 && types->memory.in_module(types->memory.user, address);
}

/* The type_info of an address that is in a vtable; of a complete object's, if `top` is
 * 0. */
static uint64_t info_of(const struct types *types, uint64_t vptr)
{
	uint64_t before[2];

	if (vptr < 16 || !in_data(types, vptr - 16) ||
	    !types_read(types, vptr - 16, before, sizeof(before)) || before[0] != 0 ||
	    !in_data(types, before[1]))
		return 0;
	return before[1];
}

static bool info_name(const struct types *types, uint64_t info, uint64_t *class_vptr,
		      char *name)
{
	uint64_t words[2];

	if (!types_read(types, info, words, sizeof(words)) ||
	    !types->memory.in_module(types->memory.user, words[1]))
		return false;
	*class_vptr = words[0];
	return types_string(types, words[1], name, NAME_MAX_BYTES);
}

static bool is_mangled(const char *name)
{
	return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$") ==
	       strlen(name) && strchr("0123456789NSZ", *name);
}

/* Whether it is a table without type_info (-fno-rtti), which has 0 there: by the
 * symbols. */
static bool is_bare_table(const struct types *types, uint64_t vptr, char *name)
{
	uint64_t before[2];

	return types->memory.vtable && vptr >= 16 && in_data(types, vptr - 16) &&
	       types_read(types, vptr - 16, before, sizeof(before)) && !before[0] && !before[1] &&
	       types->memory.vtable(types->memory.user, vptr - 16, name, NAME_MAX_BYTES);
}

/* The type that a vptr stands for, in *type; TYPES_NONE: it is no vptr. */
static int class_of(struct types *types, uint64_t vptr, bool array, uint32_t *type)
{
	char name[NAME_MAX_BYTES + 2] = "A_", class[NAME_MAX_BYTES];
	const uint32_t *known = array ? NULL : types_map_get(&types->vptrs, vptr);
	uint64_t class_vptr, unused;

	*type = known ? *known : TYPES_NONE;
	if (known || vptr % 8)
		return 0;
	uint64_t info = info_of(types, vptr), class_info = 0;
	bool is_class = info && info_name(types, info, &class_vptr, name + 2) &&
			(class_info = info_of(types, class_vptr)) &&
			info_name(types, class_info, &unused, class) &&
			strncmp(class, "N10__cxxabiv1", 13) == 0;
	bool bare = !info && is_bare_table(types, vptr, name + 2);
	/* gcc puts '*' before a name that only its address distinguishes from equal
	 * ones. */
	char *begin = name + 2 + (name[2] == '*');
	int error = 0;

	if ((is_class || bare) && is_mangled(begin)) {
		if (array)
			memcpy(begin -= 2, "A_", 2);
		error = types_intern(types, begin, TYPES_CXX, type);
	}
	if (!error && !array && (info || bare))
		error = types_map_put(&types->vptrs, vptr, *type);
	return error;
}

int cxx_look(struct types *types, const uint64_t *words, size_t length, uint64_t size,
	     struct types_found *found)
{
	int error = class_of(types, words[0], false, &found->type);

	for (size_t cookie = 1; !error && found->type == TYPES_NONE && cookie <= 2;
	     cookie++) {
		uint64_t count = words[cookie - 1], bytes = size - cookie * 8;

		if (length > cookie && count && count <= bytes / 8 && bytes % count == 0)
			error = class_of(types, words[cookie], true, &found->type);
	}
	return error;
}

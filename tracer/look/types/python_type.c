/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Type objects of CPython (Include/cpython/object.h, struct _typeobject), which are the
 * same from 3.8 to 3.13 as far as they are read here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/look/types/types_parts.h"

/* Indexes of words in a type object. */
enum {
	TYPE_COUNT = 0, TYPE_TYPE = 1, TYPE_NAME = 3, TYPE_SIZE = 4, TYPE_ITEM = 5,
	TYPE_FLAGS = 21, TYPE_BASE = 32, TYPE_DICT = 33, TYPE_WORDS = 34
};
/* Bits of tp_flags; three of them came with 3.11 to 3.13 and had no meaning before. */
enum {
	HAS_VALUES_INSIDE = 1 << 2, HAS_WEAKREFS_BEFORE = 1 << 3, HAS_DICT_BEFORE = 1 << 4,
	IS_HEAP_TYPE = 1 << 9, IS_READY = 1 << 12, HAS_GC = 1 << 14, IS_LIST = 1 << 25,
	IS_STR = 1 << 28, IS_DICT = 1 << 29
};
#define IS_TYPE (UINT64_C(1) << 31)

#define SIZE_MOST 65536u                /* most bytes of an object's fixed part, and of an
					 * item */
#define TYPES_OF_TYPES 5                /* most metaclasses above one another */
#define BASES 32
#define STR_LEAST 40u                   /* a compact str is smaller than its type says */

/* Reads the words at an address that may be a type. */
static bool read_type(const struct types *types, uint64_t address, uint64_t *words)
{
	return address && address % 8 == 0 &&
	       types_read(types, address, words, TYPE_WORDS * sizeof(*words)) &&
	       words[TYPE_COUNT] && words[TYPE_COUNT] <= UINT32_MAX &&
	       words[TYPE_FLAGS] & IS_READY && words[TYPE_FLAGS] <= UINT32_MAX &&
	       words[TYPE_SIZE] >= 16 && words[TYPE_SIZE] <= SIZE_MOST &&
	       words[TYPE_ITEM] <= SIZE_MOST;
}

/* Whether its type, or its type's type and so on, is `type`. */
static bool is_of_type(const struct types *types, uint64_t address, const uint64_t *words)
{
	uint64_t above[TYPE_WORDS], at = words[TYPE_TYPE];
	char name[8];

	memcpy(above, words, sizeof(above));
	for (int i = 0; i < TYPES_OF_TYPES; i++) {
		if (at == address)
			return above[TYPE_FLAGS] & IS_TYPE &&
			       types_string(types, above[TYPE_NAME], name,
					    sizeof(name)) &&
			       strcmp(name, "type") == 0;
		address = at;
		if (!read_type(types, address, above) || !(above[TYPE_FLAGS] & IS_TYPE))
			return false;
		at = above[TYPE_TYPE];
	}
	return false;
}

static const struct {
	const char *name;
	enum python_kind kind;
} kinds[] = {
	{ "set", PYTHON_SET }, { "frozenset", PYTHON_SET }, { "bytearray", PYTHON_BYTEARRAY },
	{ "module", PYTHON_MODULE }, { "frame", PYTHON_FRAME }, { "code", PYTHON_CODE },
	{ "tuple", PYTHON_TUPLE }, { "function", PYTHON_FUNCTION },
	{ "generator", PYTHON_GENERATOR }, { "coroutine", PYTHON_GENERATOR },
	{ "async_generator", PYTHON_GENERATOR },
};

/* Which further blocks objects of the interpreter's own types have. */
static enum python_kind kind_of(const struct types *types, const uint64_t *words)
{
	uint64_t base[TYPE_WORDS];
	char name[16];

	if (words[TYPE_FLAGS] & IS_LIST)
		return PYTHON_LIST;
	if (words[TYPE_FLAGS] & IS_DICT)
		return PYTHON_DICT;
	if (words[TYPE_FLAGS] & IS_STR)
		return PYTHON_STR;
	memcpy(base, words, sizeof(base));
	for (int i = 0; i < BASES; i++) {
		if (!(base[TYPE_FLAGS] & IS_HEAP_TYPE) &&
		    types_string(types, base[TYPE_NAME], name, sizeof(name))) {
			for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
				if (strcmp(name, kinds[k].name) == 0)
					return kinds[k].kind;
		}
		if (!read_type(types, base[TYPE_BASE], base))
			break;
	}
	return PYTHON_OTHER;
}

/* Makes "module.Class". */
static bool full_name(const struct types *types, const uint64_t *words, char *name,
		      size_t size)
{
	char class[NAME_MAX_BYTES / 2], module[NAME_MAX_BYTES / 4];

	if (!types_string(types, words[TYPE_NAME], class, sizeof(class)))
		return false;
	/* The names of types written in C include their modules. */
	bool alone =
		!(words[TYPE_FLAGS] & IS_HEAP_TYPE) || strchr(class, '.') ||
		!python_dict_module(types, words[TYPE_DICT], module, sizeof(module)) ||
		strcmp(module, "builtins") == 0;

	snprintf(name, size, "%s%s%s", alone ? "" : module, alone ? "" : ".", class);
	return true;
}

static int name_type(struct types *types, const char *name, bool has_values,
		     struct python_type *type)
{
	char values[NAME_MAX_BYTES + 16];
	int error = types_intern(types, name, TYPES_PYTHON, &type->type);

	if (error || !has_values)
		return error;
	snprintf(values, sizeof(values), "%s (values)", name);
	return types_intern(types, values, TYPES_PYTHON, &type->values);
}

static int make_type(struct types *types, const uint64_t *words, struct python_type *type)
{
	uint64_t flags = words[TYPE_FLAGS];
	bool before = flags & (HAS_DICT_BEFORE | HAS_WEAKREFS_BEFORE);
	char name[NAME_MAX_BYTES];

	*type = (struct python_type){
		.collected = flags & HAS_GC,
		.before = (flags & HAS_GC ? 16u : 0u) + (before ? 16u : 0u),
		.least = flags & IS_STR ? STR_LEAST : words[TYPE_SIZE],
		.inlined = flags & HAS_VALUES_INSIDE && flags & HAS_DICT_BEFORE,
		.kind = kind_of(types, words),
	};
	return full_name(types, words, name, sizeof(name)) ?
	       name_type(types, name, flags & HAS_DICT_BEFORE, type) : 0;
}

int python_type_at(struct types *types, uint64_t address, const struct python_type **type)
{
	const uint32_t *known = types_map_get(&types->python, address);
	uint64_t words[TYPE_WORDS];
	struct python_type made;

	*type = known && *known ? &types->pythons[*known - 1] : NULL;
	if (known)
		return 0;
	if (!read_type(types, address, words) || !is_of_type(types, address, words))
		return types_map_put(&types->python, address, 0);
	int error = make_type(types, words, &made);

	if (error || made.type == TYPES_NONE)
		return error ? error : types_map_put(&types->python, address, 0);
	if (!array_grow(&types->pythons, &types->pythons_room, types->pythons_length + 1,
			sizeof(*types->pythons)))
		return -ENOMEM;
	types->pythons[types->pythons_length++] = made;
	*type = &types->pythons[types->pythons_length - 1];
	return types_map_put(&types->python, address, (uint32_t)types->pythons_length);
}

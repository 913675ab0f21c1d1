/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects of CPython, and further blocks that belong to them.
 *
 *	block   [ values, dict, weakrefs | GC head | ob_refcnt | ob_type | ... ]
 *	          16 bytes if the type     16 bytes   the object
 *	          says so (3.11)           if it does
 *
 * The type tells how many bytes come before an object, so an object is found where its
 * type agrees with the place.  Objects that are kept for reuse have a reference count of
 * 0.
 */
#include "tracer/look/types/types_parts.h"

#define BEFORE_MOST 32u
#define ITEMS_MOST (UINT64_C(1) << 32)

/* Since 3.12 the lower half is the count, and all ones mean an object that is never
 * freed. */
static bool is_count(uint64_t word)
{
	return word && word <= UINT32_MAX;
}

/* The least address that a mapping may have. */
#define ADDRESS_LEAST 4096u

/* Whether a word is the address of an object.  The heap of a python that is not position
 * independent lies below 4 GiB, where an address could be taken for a count: in a
 * dictionary's values or keys an object's address stands before the address of a
 * class. */
static int leads_to_object(struct types *types, uint64_t word, bool *leads)
{
	const struct python_type *type = NULL;
	uint64_t object[2];
	int error = 0;

	if (word >= ADDRESS_LEAST && word % 8 == 0 &&
	    types_read(types, word, object, sizeof(object)) && object[1] % 8 == 0)
		error = python_type_at(types, object[1], &type);
	*leads = type != NULL;
	return error;
}

/* Notes that the block at `address` belongs to the object. */
static int add_part(struct types *types, struct types_found *found, uint64_t address,
		    const char *name)
{
	uint32_t type;

	if (address < ADDRESS_LEAST || found->parts_length == TYPES_PARTS)
		return 0;
	int error = types_intern(types, name, TYPES_PYTHON, &type);

	if (!error)
		found->parts[found->parts_length++] =
			(struct types_part){ address, type };
	return error;
}

/* ob_size, ob_item, allocated. */
static int list_parts(struct types *types, const uint64_t *object, struct types_found *found)
{
	if (object[2] < object[4] && object[4] < ITEMS_MOST && object[3] % 8 == 0) {
		found->stale = object[3] + object[2] * 8;
		found->stale_end = object[3] + object[4] * 8;
	}
	return add_part(types, found, object[3], "list (items)");
}

/* A str that was asked for its UTF-8 keeps it, if it is not ASCII.  Up to 3.11 one more
 * word comes before the length and the pointer. */
static int str_parts(struct types *types, const uint64_t *object, size_t length,
		     struct types_found *found)
{
	enum { COMPACT = 1 << 5, ASCII = 1 << 6 };

	if (length < 8 || (object[4] & (COMPACT | ASCII)) != COMPACT)
		return 0;
	if (object[5] && is_count(object[5]))
		return add_part(types, found, object[6], "str (utf8)");
	return is_count(object[6]) ? add_part(types, found, object[7], "str (utf8)") : 0;
}

/* `object`: `length` words of it, of which the first is ob_refcnt. */
static int parts_of(struct types *types, const struct python_type *type,
		    const uint64_t *object, size_t length, struct types_found *found)
{
	int error = 0;

	switch (type->kind) {
	case PYTHON_LIST:
		return length > 4 ? list_parts(types, object, found) : 0;
	case PYTHON_DICT:
		if (length > 4)
			error = add_part(types, found, object[4], "dict (keys)");
		return !error && length > 5 ?
			       add_part(types, found, object[5], "dict (values)") :
			       error;
	case PYTHON_SET:
		return length > 5 ? add_part(types, found, object[5], "set (table)") : 0;
	case PYTHON_BYTEARRAY:
		return length > 4 ?
			       add_part(types, found, object[4], "bytearray (bytes)") :
			       0;
	case PYTHON_STR:
		return str_parts(types, object, length, found);
	default:
		return 0;
	}
}

/* The values of an instance that has no dict yet: in 3.11 their address is in the first
 * word before the GC head, in 3.12 in the second, less 1. */
static void add_values(const struct python_type *type, const uint64_t *words,
		       struct types_found *found)
{
	uint64_t at = words[1] & 1 ? words[1] + 1 : words[0];

	if (type->values != TYPES_NONE && at >= ADDRESS_LEAST)
		found->parts[found->parts_length++] =
			(struct types_part){ at, type->values };
}

int python_object(struct types *types, const uint64_t *words, size_t length, uint64_t size,
		  const struct python_type **type, size_t *at)
{
	int error = 0;

	*type = NULL;
	for (*at = 0; !error && *at <= BEFORE_MOST / 8 && *at + 2 <= length; *at += 2) {
		bool leads = false;

		if (!is_count(words[*at]) || words[*at + 1] % 8)
			continue;
		error = leads_to_object(types, words[*at], &leads);
		if (error || leads)
			continue;
		error = python_type_at(types, words[*at + 1], type);
		if (!error && *type && (*type)->before == *at * 8 &&
		    (*type)->least <= size - *at * 8)
			return 0;
		*type = NULL;
	}
	return error;
}

/* Up to 3.9 a code object kept the frame of its last call (co_zombieframe), and a list
 * kept others, each of which leads to the next by its sixth word (f_back).  What was on
 * such a frame's stack is still there after that word. */
static int find_idle_frame(struct types *types, const uint64_t *words, size_t length,
			   struct types_found *found)
{
	const struct python_type *type = NULL;
	int error = 0;

	if (length > 3 && !words[2] && words[3] && words[3] % 8 == 0)
		error = python_type_at(types, words[3], &type);
	if (type && type->kind == PYTHON_FRAME)
		found->stale = TYPES_IDLE;
	return error;
}

int python_look(struct types *types, const uint64_t *words, size_t length, uint64_t size,
		struct types_found *found)
{
	const struct python_type *type;
	size_t at;
	int error = python_object(types, words, length, size, &type, &at);

	if (error || !type)
		return error ? error : find_idle_frame(types, words, length, found);
	found->type = type->type;
	found->before = at * 8;
	found->tracked = type->collected && at >= 2 && words[at - 2] != 0;
	found->links = found->tracked ? (at - 2) * 8 : 0;
	add_values(type, words, found);
	return parts_of(types, type, words + at, length - at, found);
}

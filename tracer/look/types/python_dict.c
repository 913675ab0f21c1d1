/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys of dicts, and the one that is looked up for each class: "__module__".
 *
 *	keys, to 3.10   [ refcnt | size    | lookup | usable | entries | index | entry ...
 *	keys, from 3.11 [ refcnt | log2 .. | usable | entries | index | entry ...
 *	entry           [ hash | key | value ], or from 3.11 on, if all keys are str, [ key | value ]
 *	str             [ refcnt | type | length | hash | state | (to 3.11: wstr) | text ...
 *
 * The second word tells the two layouts apart: a power of two, or two small numbers in
 * one byte each, of which the second is not 0. (pycore_dict.h; Objects/dict-common.h to
 * 3.10; cpython/unicodeobject.h.)
 */
#include <string.h>
#include "tracer/look/types/types_parts.h"

#define ENTRIES_MOST 4096u              /* most entries of a class's dict */
#define LENGTH_MOST (UINT64_C(1) << 31)
static const char wanted[] = "__module__";

bool python_dict_keys(const struct types *types, uint64_t address, struct python_keys *keys)
{
	uint64_t words[5];

	if (!types_read(types, address, words, sizeof(words)))
		return false;
	uint64_t size = words[1];

	if (size && (size & (size - 1)) == 0) {
		unsigned index = size <= 0xff ? 1 : size <= 0xffff ? 2 : 4;

		if (size > UINT64_C(1) << 24)
			return false;
		*keys = (struct python_keys){ address + 40 + size * index, words[4], 3 };
	} else {
		unsigned index = (unsigned)(size >> 8) & 0xff,
			 kind = (unsigned)(size >> 16) & 0xff;

		if (index > 24 || kind > 2)
			return false;
		*keys = (struct python_keys){ address + 32 + (UINT64_C(1) << index), words[3],
				       kind ? 2 : 3 };
	}
	return keys->length <= LENGTH_MOST;
}

/* Reads a compact ASCII str whose text begins at byte `begin`. */
static bool read_str(const struct types *types, uint64_t address, unsigned begin,
		     char *text, size_t size)
{
	uint64_t length;

	if (!types_read(types, address + 16, &length, sizeof(length)) || !length ||
	    length >= size || !types_string(types, address + begin, text, size))
		return false;
	return strlen(text) == length;
}

/* The byte at which the text of the `wanted` str begins; 0: this is another one. */
static unsigned is_wanted(const struct types *types, uint64_t address)
{
	char text[sizeof(wanted)];

	for (unsigned begin = 40; begin <= 48; begin += 8)
		if (read_str(types, address, begin, text, sizeof(text)) &&
		    strcmp(text, wanted) == 0)
			return begin;
	return 0;
}

bool python_dict_module(const struct types *types, uint64_t dict, char *text, size_t size)
{
	struct python_keys keys;
	uint64_t at, entry[3];

	if (!types_read(types, dict + 32, &at, sizeof(at)) ||
	    !python_dict_keys(types, at, &keys) || keys.length > ENTRIES_MOST)
		return false;
	for (uint64_t i = 0; i < keys.length; i++) {
		if (!types_read(types, keys.entries + i * keys.words * 8, entry,
				keys.words * 8))
			return false;
		unsigned begin = is_wanted(types, entry[keys.words - 2]);

		if (begin)
			return read_str(types, entry[keys.words - 1], begin, text, size);
	}
	return false;
}

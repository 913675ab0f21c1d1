/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A value is held by a name through a word: in a dict's table of keys, or in its values
 * if it shares that table with others, or in values inside an object:
 *
 *	dict            [ ... | keys | values ]         values: 0, or one for each key
 *	object, 3.11    [ values | dict | GC head | ... ]
 *	object, 3.12    [ weakrefs | values - 1 | GC head | ... ]
 *	object, 3.13    [ weakrefs | dict | GC head | ... | 4 counts | values ]
 *
 * The keys of an object's own values are in a table of its class (struct
 * _heaptypeobject, ht_cached_keys).
 */
#include "tracer/look/types/names.h"

#include <string.h>
#include "tracer/ground/utf8.h"
#include "tracer/look/types/names_parts.h"

#define KEYS_NAMED 64u                  /* most names from a dict whose keys may be
					 * data */
#define KEYS_MOST (UINT64_C(1) << 24)   /* most keys of one table that are looked at */
#define CHARACTERS 128u
#define VALID 3u                        /* among the counts before the values inside an
					 * object: whether they are valid */

struct naming {
	struct types *types;
	const struct names_use *use;
	struct python_keys keys;
	uint64_t values;                /* address; 0: they are beside the keys */
};

/* Reads characters of a str from number `first` on: one, two or four bytes each, after
 * its head. */
static bool read_characters(const struct types *types, uint64_t address, const uint64_t *head,
			    uint64_t first, char *text)
{
	enum { COMPACT = 1 << 5, ASCII = 1 << 6 };
	bool late = types->memory.python >= 0x30c;
	uint64_t at = address + (head[4] & ASCII ? (late ? 40u : 48u) : (late ? 56u : 72u));
	unsigned width = (unsigned)(head[4] >> 2) & 7;
	uint64_t left = head[2] - first, length = left < CHARACTERS ? left : CHARACTERS;
	unsigned char bytes[4 * CHARACTERS];
	size_t end = 0;

	if (!(head[4] & COMPACT) || !length || (width != 1 && width != 2 && width != 4) ||
	    !types_read(types, at + first * width, bytes, length * width))
		return false;
	for (size_t i = 0; i < length && end + 8 < NAMES_ROOM; i++) {
		uint32_t code = 0;

		memcpy(&code, bytes + i * width, width);
		if (code < 0x20 || code == 0x7f)
			return false;
		end += utf8_encode(code, text + end);
	}
	strcpy(text + end, length < left ? "..." : "");
	return true;
}

/* Reads the head of a str; 1: it is one. */
static int names_str(struct types *types, uint64_t address, uint64_t head[5])
{
	const struct python_type *type = NULL;

	if (address % 8 || !types_read(types, address, head, 5 * sizeof(*head)))
		return 0;
	int error = python_type_at(types, head[1], &type);

	return error ? error : type && type->kind == PYTHON_STR;
}

int python_text(struct types *types, uint64_t address, char *text, bool *interned)
{
	uint64_t head[5];
	int found = names_str(types, address, head);

	if (found <= 0)
		return found;
	*interned = head[4] & 3;
	return read_characters(types, address, head, 0, text);
}

int python_file(struct types *types, uint64_t address, char *text)
{
	uint64_t head[5];
	int found = names_str(types, address, head);

	if (found <= 0)
		return found;
	uint64_t first = head[2] < CHARACTERS ? 0 : head[2] - CHARACTERS;

	if (!read_characters(types, address, head, first, text))
		return 0;
	char *slash = strrchr(text, '/');

	if (slash && slash[1])
		memmove(text, slash + 1, strlen(slash));
	return 1;
}

int python_block(struct types *types, uint64_t address, uint64_t size, uint64_t *words,
		 const struct python_type **type, size_t *at)
{
	size_t length = size / 8 < PYTHON_WORDS ? (size_t)(size / 8) : PYTHON_WORDS;

	memset(words, 0, PYTHON_WORDS * sizeof(*words));
	if (!names_known(types) || length < 2 || address % 8 ||
	    !types_read(types, address, words, length * 8))
		return 0;
	int error = python_object(types, words, length, size, type, at);

	return error ? error : *type != NULL;
}

bool names_known(const struct types *types)
{
	return types->memory.python >= 0x308 && types->memory.python <= 0x30d;
}

int names_module(struct types *types, uint64_t address, uint64_t size, char name[NAMES_ROOM],
		 uint64_t *dict)
{
	uint64_t words[PYTHON_WORDS];
	const struct python_type *type;
	size_t at;
	bool interned;
	int found = python_block(types, address, size, words, &type, &at);

	if (found <= 0 || type->kind != PYTHON_MODULE || at + 7 > PYTHON_WORDS)
		return found < 0 ? found : 0;
	*dict = words[at + 2];
	return python_text(types, words[at + 6], name, &interned);
}

/* Names one word.  0, or what ends it. */
static int name_word(const struct naming *naming, uint64_t at, uint64_t value, uint64_t key)
{
	const struct names_use *use = naming->use;
	char text[NAMES_ROOM], quoted[NAMES_ROOM + 2] = "\"";
	bool interned = false;

	if (value < 4096 || (use->wanted && !use->wanted(use->user, at, value)))
		return 0;
	int found = python_text(naming->types, key, text, &interned);

	if (found <= 0)
		return found;
	if (!interned && naming->keys.length > KEYS_NAMED)
		return 0;
	strcat(strcat(quoted, text), "\"");
	return use->named(use->user, value, quoted);
}

#define ENTRIES 64u                     /* that are read at once */

static int name_entries(const struct naming *naming)
{
	const struct python_keys *keys = &naming->keys;
	struct types *types = naming->types;
	uint64_t entries[ENTRIES * 3], values[ENTRIES];
	int error = 0;

	for (uint64_t i = 0; !error && i < keys->length && i < KEYS_MOST; i += ENTRIES) {
		size_t n = keys->length - i < ENTRIES ? (size_t)(keys->length - i) : ENTRIES;
		uint64_t from = keys->entries + i * keys->words * 8;

		if (!types_read(types, from, entries, n * keys->words * 8) ||
		    (naming->values && !types_read(types, naming->values + i * 8, values, n * 8)))
			return 0;
		for (size_t k = 0; !error && k < n; k++) {
			size_t last = (k + 1) * keys->words - 1;
			uint64_t at = naming->values ? naming->values + (i + k) * 8 :
						       from + last * 8;

			error = name_word(naming, at, naming->values ? values[k] : entries[last],
					  entries[last - 1]);
		}
	}
	return error;
}

static int name_dict(struct naming *naming, const uint64_t *object)
{
	if (!python_dict_keys(naming->types, object[4], &naming->keys))
		return 0;
	naming->values = object[5];
	if (naming->values && naming->types->memory.python >= 0x30d)
		naming->values += 8;
	return name_entries(naming);
}

/* The address of the values inside an object; 0: it has none. */
static uint64_t own_values(const struct naming *naming, const struct python_type *type,
			   uint64_t object, const uint64_t *words, size_t at)
{
	unsigned char counts[VALID + 1];

	if (type->inlined)
		return types_read(naming->types, object + type->least, counts, sizeof(counts)) &&
		       counts[VALID] ? object + type->least + 8 : 0;
	if (type->values == TYPES_NONE || at < 4 || naming->types->memory.python >= 0x30d)
		return 0;
	if (naming->types->memory.python == 0x30c)
		return words[at - 3] & 1 ? words[at - 3] + 1 : 0;
	return words[at - 4];
}

static int name_attributes(struct naming *naming, const struct python_type *type,
			   uint64_t object, const uint64_t *words, size_t at)
{
	uint64_t keys;

	naming->values = own_values(naming, type, object, words, at);
	if (!naming->values ||
	    !types_read(naming->types, words[at + 1] +
			(naming->types->memory.python == 0x30b ? 872 : 880), &keys, 8) ||
	    !python_dict_keys(naming->types, keys, &naming->keys))
		return 0;
	return name_entries(naming);
}

int names_held(struct types *types, uint64_t address, uint64_t size,
	       const struct names_use *use)
{
	struct naming naming = { .types = types, .use = use };
	uint64_t words[PYTHON_WORDS];
	const struct python_type *type;
	size_t at;
	int found = python_block(types, address, size, words, &type, &at);

	if (found <= 0)
		return found;
	/* A block may have an object's type before the object is complete. */
	if (type->kind == PYTHON_DICT && at + 6 <= PYTHON_WORDS) {
		found = name_dict(&naming, words + at);
		if (found)
			return found;
	}
	uint64_t object = address + at * 8;

	found = name_attributes(&naming, type, object, words, at);
	if (!found)
		found = python_members(types, words[at + 1], object, size - at * 8, use);
	if (!found && type->kind == PYTHON_FUNCTION)
		found = python_closure(types, object, use);
	if (!found && type->kind == PYTHON_GENERATOR)
		found = python_waiting(types, object, use);
	if (!found && type->kind == PYTHON_FRAME)
		found = python_left(types, object, use);
	return found;
}

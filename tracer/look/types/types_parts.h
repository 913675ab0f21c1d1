/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_TYPES_TYPES_PARTS_H
#define TRACER_LOOK_TYPES_TYPES_PARTS_H
/* Names and what was found out of addresses, for the room's own files. */
#include "tracer/look/types/types.h"

#define NAME_MAX_BYTES 2048u
#define TYPES_IDLE UINT64_MAX           /* as `stale`, until types_look returns: a frame's */
#define IDLE_USED 48u                   /* bytes of an idle frame that are in use */

/* What a type object of CPython says. */
struct python_type {
	uint32_t type;                  /* number of its name */
	uint32_t values;                /* ...of "NAME (values)"; TYPES_NONE: has none */
	uint32_t before;                /* bytes of the block before the object */
	uint64_t least;                 /* bytes of an object */
	bool collected;                 /* has a GC head */
	bool inlined;                   /* from 3.13 on: attributes lie behind the object */
	enum python_kind {
		PYTHON_OTHER,
		PYTHON_MODULE,
		PYTHON_FRAME,
		PYTHON_CODE,
		PYTHON_FUNCTION,
		PYTHON_GENERATOR,
		PYTHON_TUPLE,
		PYTHON_LIST,
		PYTHON_DICT,
		PYTHON_SET,
		PYTHON_BYTEARRAY,
		PYTHON_STR,
	} kind;
};

/* Address to number. */
struct types_map {
	struct types_pair {
		uint64_t address;       /* 0: free */
		uint32_t number;
	} *pairs;
	size_t length, room;            /* room: a power of two */
};

struct types {
	struct types_memory memory;
	struct types_named {
		char *name;
		enum types_language language;
	} *named;                       /* [0] is not used */
	size_t length, room;
	struct types_map names;         /* hash of a name to the last type with it */
	uint32_t *same;                 /* by type: the one before with that hash */
	size_t same_room;
	struct types_map vptrs;         /* to types; TYPES_NONE: is none */
	struct types_map python;        /* type objects to 1 + index; 0: is none */
	struct python_type *pythons;
	size_t pythons_length, pythons_room;
};

bool types_read(const struct types *types, uint64_t address, void *to, size_t length);
/* A string of 1 to size - 1 bytes without control bytes; false: there is none. */
bool types_string(const struct types *types, uint64_t address, char *text, size_t size);
/* The number of a name: 0 or -ENOMEM. */
int types_intern(struct types *types, const char *name, enum types_language language,
		 uint32_t *type);
/* NULL: not there. */
const uint32_t *types_map_get(const struct types_map *map, uint64_t address);
/* What is not so is forgotten when there is too much of it.  0 or -ENOMEM. */
int types_map_put(struct types_map *map, uint64_t address, uint32_t number);

/* What the block is, with its first bytes; found->type is TYPES_NONE if it is nothing of
 * that kind.  0 or -ENOMEM. */
int cxx_look(struct types *types, const uint64_t *words, size_t length, uint64_t size,
	     struct types_found *found);
int python_look(struct types *types, const uint64_t *words, size_t length, uint64_t size,
		struct types_found *found);
/* The type object at an address; NULL in *type: there is none.  0 or -ENOMEM. */
int python_type_at(struct types *types, uint64_t address,
		   const struct python_type **type);
/* The object that a block begins with, of `length` words that were read: its type, and in
 * *at the word that it begins at.  NULL in *type: there is none.  0 or -ENOMEM. */
int python_object(struct types *types, const uint64_t *words, size_t length, uint64_t size,
		  const struct python_type **type, size_t *at);

/* The same, read from memory with its first words, zeroes where there are none.  1: there
 * is one; 0: there is none, or nobody knows which CPython it is. */
#define PYTHON_WORDS 16u
int python_block(struct types *types, uint64_t address, uint64_t size, uint64_t *words,
		 const struct python_type **type, size_t *at);

/* What a str says, to `text` of NAMES_ROOM bytes; of a path the last part.  1; 0: it is
 * none, or has a control character; -ENOMEM. */
int python_text(struct types *types, uint64_t address, char *text, bool *interned);
int python_file(struct types *types, uint64_t address, char *text);

/* The table of a dict's keys at an address: false if there is none. */
struct python_keys {
	uint64_t entries;               /* address */
	uint64_t length;
	unsigned words;                 /* of an entry: 2 or 3; the key is the last but one */
};
bool python_dict_keys(const struct types *types, uint64_t address, struct python_keys *keys);
/* The module that a class was made in, from its dict.  False: it can't be told. */
bool python_dict_module(const struct types *types, uint64_t dict, char *text,
			size_t size);

#endif

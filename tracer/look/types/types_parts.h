/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_TYPES_TYPES_PARTS_H
#define TRACER_LOOK_TYPES_TYPES_PARTS_H
/* Names, and what was found out about addresses, for this room's own files. */
#include "tracer/look/types/gobject.h"
#include "tracer/look/types/types.h"

#define NAME_MAX_BYTES 2048u
#define TYPES_IDLE UINT64_MAX           /* in `stale` until types_look returns: it is an
					 * idle frame's */
#define IDLE_USED 48u                   /* bytes of an idle frame that are in use */

/* What is known of a CPython type object. */
struct python_type {
	uint32_t type;                  /* number of its name */
	uint32_t values;                /* the number of "NAME (values)"; TYPES_NONE: it
					 * has none */
	uint32_t before;                /* how many bytes of the block come before the
					 * object */
	uint64_t least;                 /* size of the smallest object */
	bool collected;                 /* its objects have a GC head */
	bool inlined;                   /* from 3.13 on: attributes follow the object */
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

/* A hash table from address to number. */
struct types_map {
	struct types_pair {
		uint64_t address;       /* 0: unused */
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
	struct types_map vptrs;         /* vptr to type; TYPES_NONE: it is no vptr */
	struct types_map python;        /* type object to 1 + index; 0: it is no type */
	struct python_type *pythons;
	size_t pythons_length, pythons_room;
	struct types_gobject gobject;
};

bool types_read(const struct types *types, uint64_t address, void *to, size_t length);
/* Reads a string of 1 to size - 1 bytes without control bytes; false: there is none. */
bool types_string(const struct types *types, uint64_t address, char *text, size_t size);
/* The number of a name, which is added if it is new: 0 or -ENOMEM. */
int types_intern(struct types *types, const char *name, enum types_language language,
		 uint32_t *type);
/* The number; NULL: the map does not have the address. */
const uint32_t *types_map_get(const struct types_map *map, uint64_t address);
/* Adds a number.  A large map takes no more addresses that are known to be no types (0).
 * 0 or -ENOMEM. */
int types_map_put(struct types_map *map, uint64_t address, uint32_t number);

/* Finds what a C++ block is, by its first words; found->type is TYPES_NONE if it is not
 * one.  0 or -ENOMEM. */
int cxx_look(struct types *types, const uint64_t *words, size_t length, uint64_t size,
	     struct types_found *found);
int python_look(struct types *types, const uint64_t *words, size_t length, uint64_t size,
		struct types_found *found);
/* Finds the type object at an address; *type is NULL if there is none.  0 or -ENOMEM. */
int python_type_at(struct types *types, uint64_t address,
		   const struct python_type **type);
/* Finds the object in a block of which `length` words were read: its type, and in *at the
 * index of its first word.  *type is NULL if there is none.  0 or -ENOMEM. */
int python_object(struct types *types, const uint64_t *words, size_t length, uint64_t size,
		  const struct python_type **type, size_t *at);

/* The same, with the first words read from memory, and zeroes where none are there.  1:
 * there is one; 0: there is none, or it is not known which CPython it is. */
#define PYTHON_WORDS 16u
int python_block(struct types *types, uint64_t address, uint64_t size, uint64_t *words,
		 const struct python_type **type, size_t *at);

/* Copies a str to `text` of NAMES_ROOM bytes; only the last part if it is a path.  1; 0:
 * it is no str, or has a control character; -ENOMEM. */
int python_text(struct types *types, uint64_t address, char *text, bool *interned);
int python_file(struct types *types, uint64_t address, char *text);

/* The table of a dict's keys at an address; false if there is none. */
struct python_keys {
	uint64_t entries;               /* address */
	uint64_t length;
	unsigned words;                 /* of an entry, 2 or 3; the key is the last but
					 * one */
};
bool python_dict_keys(const struct types *types, uint64_t address, struct python_keys *keys);
/* The module in which a class was defined, from its dict.  False: it is not known. */
bool python_dict_module(const struct types *types, uint64_t dict, char *text,
			size_t size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_TYPES_GOBJECT_H
#define TRACER_LOOK_TYPES_GOBJECT_H
/* GLib's type system, for this room's own files. */
#include "tracer/look/types/types.h"

#define GOBJECT_IDS 256u                /* of types without a parent */
#define GOBJECT_OBJECT 20u

/* The classes of GLib's type system that have instances. */
struct types_gobject {
	bool known;                     /* they were looked for */
	struct gobject_class {
		uint64_t address;
		uint32_t size;          /* bytes of a block with an instance, */
		uint32_t before;        /* and how many of them come before its class */
		uint32_t type;
	} *classes;                     /* by size, then by `before` */
	size_t length, room;
};

/* Finds of which class the instance in a block is; found->type is TYPES_NONE if none is
 * there.  0 or -ENOMEM. */
int gobject_look(struct types *types, uint64_t address, uint64_t size, struct types_found *found);

/* Where its tables are. */
struct gobject_tables {
	uint64_t nodes[GOBJECT_IDS];    /* addresses, by id; 0: there is none */
	uint64_t skip;                  /* bytes of a node before its plugin */
	uint64_t strings;               /* address of those of all quarks */
};

/* A type, as it stands in memory. */
struct gobject_node {
	uint64_t address;
	uint64_t type;                  /* its own address, or its id << 2 */
	uint64_t parent;                /* the same of its parent; 0: it has none */
	uint64_t children;              /* address of `length` types */
	uint64_t data;                  /* address of its class's and instances' sizes */
	uint32_t length;
	unsigned depth;                 /* how many types are above it */
	uint32_t quark;                 /* its name */
};

/* False: they are not there, or cannot be proven to be these. */
bool gobject_find(const struct types *types, struct gobject_tables *tables);
/* Reads what may be a node; false: nothing is there. */
bool gobject_node(const struct types *types, const struct gobject_tables *tables, uint64_t address,
		  struct gobject_node *node);
/* Reads a type's name, to NAME_MAX_BYTES.  False: it is none. */
bool gobject_name(const struct types *types, const struct gobject_tables *tables, uint32_t quark,
		  char *name);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Instances of GLib's type system, by class.
 *
 *	block   [ private data of all its classes | class | ... ]
 *	          as much as the type says          ^ to here pointers lead
 *	type    [ ... | children | data | quark | ... | type itself | parent | ... ]
 *	data    [ ... | class | size of an instance, of its private data | ... ]
 *
 * All types are found first, from those without a parent downwards.  So for each class it
 * is known how large a block with an instance is, and where the address of the class
 * stands in it.  (gobject/gtype.c: struct _TypeNode, struct _InstanceData,
 * g_type_create_instance().)  What g_slice_alloc() cuts from larger blocks, as it does
 * before GLib 2.76, is no block.
 */
#include <errno.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/look/types/types_parts.h"

#define TYPES_TRIED 65536u              /* most types that are looked at */
#define CHILDREN 64u                    /* that are read at once */
#define CLASSED_WITH_INSTANCES 3u       /* two of the flags before a type without a
					 * parent; those below it inherit them */

struct walk {
	struct types *types;
	struct gobject_tables tables;
	struct gobject_node *open;      /* whose children are not yet known */
	size_t length, room;
	struct types_map seen;          /* addresses of types */
	uint32_t left;                  /* how many may still be tried */
};

/* Adds the class of a type, if it has got one so far. */
static int add_class(struct walk *walk, const struct gobject_node *node)
{
	struct types_gobject *gobject = &walk->types->gobject;
	uint64_t data[9], type;
	char name[NAME_MAX_BYTES];

	if (node->data % 8 || !types_read(walk->types, node->data, data, sizeof(data)) ||
	    data[7] % 8 || !types_read(walk->types, data[7], &type, sizeof(type)) ||
	    type != node->type || !gobject_name(walk->types, &walk->tables, node->quark, name))
		return 0;
	struct gobject_class class = { .address = data[7], .before = (data[8] >> 16) & 0xffff };

	class.size = class.before + (data[8] & 0xffff);
	if (class.size < class.before + 8 || class.before % 8)
		return 0;
	int error = types_intern(walk->types, name, TYPES_GOBJECT, &class.type);

	if (error)
		return error;
	if (!array_grow(&gobject->classes, &gobject->room, gobject->length + 1,
			sizeof(*gobject->classes)))
		return -ENOMEM;
	gobject->classes[gobject->length++] = class;
	return 0;
}

static int add_type(struct walk *walk, const struct gobject_node *node)
{
	int error = add_class(walk, node);

	if (error)
		return error;
	if (!array_grow(&walk->open, &walk->room, walk->length + 1, sizeof(*walk->open)))
		return -ENOMEM;
	walk->open[walk->length++] = *node;
	return types_map_put(&walk->seen, node->address, 1);
}

/* Adds the type at an address, if it is one below `parent`. */
static int add_child(struct walk *walk, const struct gobject_node *parent, uint64_t address)
{
	struct gobject_node node;

	if (!gobject_node(walk->types, &walk->tables, address, &node) || node.type != address ||
	    node.parent != parent->type || node.depth != parent->depth + 1 ||
	    types_map_get(&walk->seen, address))
		return 0;
	return add_type(walk, &node);
}

static int walk_children(struct walk *walk, const struct gobject_node *parent)
{
	uint64_t addresses[CHILDREN];
	int error = 0;

	for (uint32_t i = 0; i < parent->length && walk->left && !error;) {
		uint32_t n = parent->length - i < CHILDREN ? parent->length - i : CHILDREN;

		n = n < walk->left ? n : walk->left;
		if (!types_read(walk->types, parent->children + i * UINT64_C(8), addresses, n * 8))
			return 0;
		for (uint32_t k = 0; k < n && !error; k++)
			error = add_child(walk, parent, addresses[k]);
		walk->left -= n;
		i += n;
	}
	return error;
}

/* Adds a type without a parent, and all types below it. */
static int add_below(struct walk *walk, uint64_t address)
{
	struct gobject_node node;
	uint32_t flags;

	if (!types_read(walk->types, address - 8, &flags, sizeof(flags)) ||
	    (flags & CLASSED_WITH_INSTANCES) != CLASSED_WITH_INSTANCES ||
	    !gobject_node(walk->types, &walk->tables, address, &node))
		return 0;
	int error = add_type(walk, &node);

	while (walk->length && !error) {
		node = walk->open[--walk->length];
		error = walk_children(walk, &node);
	}
	return error;
}

static int compare(const void *left, const void *right)
{
	const struct gobject_class *a = left, *b = right;

	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return (a->before > b->before) - (a->before < b->before);
}

static int find_classes(struct types *types)
{
	struct walk walk = { .types = types, .left = TYPES_TRIED };
	struct types_gobject *gobject = &types->gobject;
	int error = 0;

	gobject->known = true;
	if (!gobject_find(types, &walk.tables))
		return 0;
	for (unsigned id = 1; id < GOBJECT_IDS && !error; id++)
		if (walk.tables.nodes[id])
			error = add_below(&walk, walk.tables.nodes[id]);
	free(walk.open);
	free(walk.seen.pairs);
	if (gobject->length)
		qsort(gobject->classes, gobject->length, sizeof(*gobject->classes), compare);
	return error;
}

int gobject_look(struct types *types, uint64_t address, uint64_t size, struct types_found *found)
{
	const struct types_gobject *gobject = &types->gobject;
	uint64_t before = UINT64_MAX, class = 0;
	int error = gobject->known ? 0 : find_classes(types);
	size_t i;

	BISECT(i, gobject->length, gobject->classes[i].size < size);
	for (; !error && i < gobject->length && gobject->classes[i].size == size; i++) {
		const struct gobject_class *of = &gobject->classes[i];

		if (of->before != before &&
		    !types_read(types, address + of->before, &class, sizeof(class)))
			class = 0;
		before = of->before;
		if (class != of->address)
			continue;
		found->type = of->type;
		found->before = before;
		return 0;
	}
	return error;
}

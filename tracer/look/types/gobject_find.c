/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of GLib's type system.  Nothing names them, as they are static; so each word
 * of a library's data is tried, until one leads to what only the table can be:
 *
 *	libgobject   static_fundamental_type_nodes   [ 0 | node | node | ...    256 of them
 *	node    [ (count) | plugin | counts | children | data | quark | ... | type | parent | ...
 *	libglib      quarks -> [ 0 | string | string | ...                      by quark
 *
 * Each node that the first table names has the table's own index for its type and no parent;
 * and by the second table, whose nodes have a name each, the types that always exist are
 * called as they must be.  (gobject/gtype.c, struct _TypeNode, whose first word came to its
 * end with GLib 2.84; glib/gquark.c.)
 */
#include <string.h>
#include "tracer/ground/shared/page.h"
#include "tracer/look/types/types_parts.h"

#define DATA_MOST (UINT64_C(1) << 20)   /* most bytes of a library's data that are tried */
#define QUARKS_MOST (UINT32_C(1) << 24)

static const struct {
	unsigned id;
	const char *name;
} always[] = { { 1, "void" }, { 2, "GInterface" }, { 19, "GParam" },
	       { GOBJECT_OBJECT, "GObject" } };

#define ALWAYS (sizeof(always) / sizeof(*always))

bool gobject_node(const struct types *types, const struct gobject_tables *tables, uint64_t address,
		  struct gobject_node *node)
{
	uint64_t words[10];

	if (!address || address % 8 ||
	    !types_read(types, address + tables->skip, words, sizeof(words)))
		return false;
	*node = (struct gobject_node){
		.address = address, .type = words[8], .parent = words[9], .children = words[2],
		.data = words[3], .length = (uint32_t)words[1],
		.depth = (unsigned)(words[1] >> 32) & 0xff, .quark = (uint32_t)words[4],
	};
	return true;
}

/* What g_type_register_static() accepts for a name. */
static bool is_type_name(const char *name)
{
	static const char any[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-+";

	return strlen(name) >= 3 && strspn(name, any) == strlen(name) &&
	       !strchr("0123456789-+", *name);
}

bool gobject_name(const struct types *types, const struct gobject_tables *tables, uint32_t quark,
		  char *name)
{
	uint64_t at;

	return quark && quark < QUARKS_MOST &&
	       types_read(types, tables->strings + quark * UINT64_C(8), &at, sizeof(at)) &&
	       types_string(types, at, name, NAME_MAX_BYTES) && is_type_name(name);
}

static bool is_fundamental(const struct types *types, const struct gobject_tables *tables,
			   unsigned id)
{
	struct gobject_node node;

	return gobject_node(types, tables, tables->nodes[id], &node) &&
	       node.type == (uint64_t)id << 2 && !node.parent && !node.depth;
}

/* Whether a word is the table's one for GObject; then the table is known. */
static bool is_among_nodes(const struct types *types, struct gobject_tables *tables, uint64_t at,
			   uint64_t word)
{
	for (tables->skip = 0; tables->skip <= 8; tables->skip += 8) {
		tables->nodes[GOBJECT_OBJECT] = word;
		bool good = is_fundamental(types, tables, GOBJECT_OBJECT) &&
			    types_read(types, at - GOBJECT_OBJECT * 8, tables->nodes,
				       sizeof(tables->nodes)) && !tables->nodes[0];

		for (unsigned i = 0; i < ALWAYS; i++)
			good = good && tables->nodes[always[i].id];
		for (unsigned id = 1; id < GOBJECT_IDS; id++)
			good = good && (!tables->nodes[id] || is_fundamental(types, tables, id));
		if (good)
			return true;
	}
	return false;
}

/* Whether a word is the address of the table of strings; then the table is known. */
static bool is_strings(const struct types *types, struct gobject_tables *tables, uint64_t at,
		       uint64_t word)
{
	char name[NAME_MAX_BYTES];
	struct gobject_node node;
	uint64_t none;

	(void)at;
	tables->strings = word;
	if (!types_read(types, word, &none, sizeof(none)) || none)
		return false;
	for (unsigned i = 0; i < ALWAYS; i++)
		if (!gobject_node(types, tables, tables->nodes[always[i].id], &node) ||
		    !gobject_name(types, tables, node.quark, name) ||
		    strcmp(name, always[i].name) != 0)
			return false;
	return true;
}

/* Tries each word of the data of the library whose file's name begins so. */
static bool try_data(const struct types *types, const char *library, struct gobject_tables *tables,
		     bool (*is_it)(const struct types *types, struct gobject_tables *tables,
				   uint64_t at, uint64_t word))
{
	uint64_t words[PAGE / 8], from = 0, end, left = DATA_MOST;

	while (types->memory.data(types->memory.user, library, &from, &end)) {
		for (; from < end && left; from += PAGE, left -= PAGE) {
			if (!types_read(types, from, words, sizeof(words)))
				continue;
			for (unsigned i = 0; i < PAGE / 8; i++)
				if (words[i] && words[i] % 8 == 0 &&
				    is_it(types, tables, from + i * 8, words[i]))
					return true;
		}
		if (!left)
			return false;
	}
	return false;
}

bool gobject_find(const struct types *types, struct gobject_tables *tables)
{
	return types->memory.data &&
	       try_data(types, "libgobject-2.0.so", tables, is_among_nodes) &&
	       try_data(types, "libglib-2.0.so", tables, is_strings);
}

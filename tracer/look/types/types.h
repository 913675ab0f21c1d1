/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_TYPES_TYPES_H
#define TRACER_LOOK_TYPES_TYPES_H
/*
 * What the blocks of a heap are: C++ objects by their run-time type information, instances
 * of GLib's types by their class, objects of CPython by their type, and what such an object
 * has taken for itself (a list's items).
 *
 *	block    [ vptr | ...            ]     vptr[-1] -> type_info -> "4Node"
 *	block    [ private data | g_class | ... ]        g_class -> type -> "GtkLabel"
 *	block    [ GC head | 1 | ob_type | ...]          ob_type -> tp_name "list"
 *	                            | ob_item -> block   "list (items)"
 *
 * Pure: it reads memory by its caller's functions, and trusts none of it.  A type counts
 * as one if the type of its type is one, too: type_info's own class is in namespace
 * __cxxabiv1, the type of Python's types is `type`, whose type is `type`, and each of GLib's
 * types is a child of another that names it, up to those of GLib's own table.
 *
 * Layouts: Itanium C++ ABI, 2.5.2, 2.7 and 2.9.5; CPython 3.8 to 3.13,
 * Include/cpython/object.h,
 * Include/internal/pycore_object.h, pycore_gc.h, pycore_dict.h; GLib, gobject/gtype.c.
 * CPython that was built with Py_DEBUG, Py_TRACE_REFS or without the GIL is not read, nor is
 * GLib within a program's own file.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct types;

struct types_memory {
	/* Copies `length` bytes of the process at `address`.  False: they are not
	 * there. */
	bool (*read)(void *user, uint64_t address, void *to, size_t length);
	/* Whether an address is where a module's file is mapped, or in its data. */
	bool (*in_module)(void *user, uint64_t address);
	/* The mangled name of the C++ class whose virtual function table contains the
	 * word at `address`, by the module's symbols.  False: no symbol tells.  NULL:
	 * there are no symbols. */
	bool (*vtable)(void *user, uint64_t address, char *name, size_t size);
	/* The next range of whole pages, at *from or above it, that is writable data of a
	 * module whose file's name begins with `name`; *from becomes its start.  False: there
	 * is none.  NULL: no module has a name. */
	bool (*data)(void *user, const char *name, uint64_t *from, uint64_t *end);
	void *user;
	/* The version of its CPython, major << 8 | minor; 0: not known.  Types are found
	 * without it, names (names.h) are not. */
	unsigned python;
};

enum types_language { TYPES_CXX, TYPES_PYTHON, TYPES_GOBJECT };

#define TYPES_NONE 0u
#define TYPES_PARTS 2u                  /* most that one object may have */

struct types_found {
	uint32_t type;                  /* below types_length; TYPES_NONE */
	bool tracked;                   /* Python: the garbage collector knows the
					 * object */
	/* If so, the address of its two words that link all such objects (struct
	 * PyGC_Head), which tell nothing about who uses it; else 0. */
	uint64_t links;
	/* Python, GLib: how many bytes of the block come before the object, to which
	 * pointers lead. */
	uint64_t before;
	/* Python: words from `stale` to `stale_end` are left over and hold nothing: items
	 * that a list no longer has, and a frame that waits to be used again. */
	uint64_t stale, stale_end;
	/* Blocks that belong to the object: each address is in one, perhaps not at its
	 * start.  A block that is an object itself does not count: it has its own
	 * type. */
	unsigned parts_length;
	struct types_part {
		uint64_t address;
		uint32_t type;
	} parts[TYPES_PARTS];
};

/* `memory` is copied.  NULL: out of memory. */
struct types *types_new(const struct types_memory *memory);
void types_free(struct types *types);

/* Finds what is in the block of `size` bytes at `address`.  0 or -ENOMEM. */
int types_look(struct types *types, uint64_t address, uint64_t size,
	       struct types_found *found);

/* Types that were found have numbers from 1 to length - 1. */
size_t types_length(const struct types *types);
/* A type's name, valid until the next types_look: for C++ as type_info::name() gives it
 * ("4Node", mangled; arrays of new[] begin with "A_"), for Python "module.Class", without
 * the module if that is builtins, for GLib as g_type_name() gives it.  It need not be UTF-8,
 * but has no control bytes. */
const char *types_name(const struct types *types, uint32_t type,
		       enum types_language *language);

#endif

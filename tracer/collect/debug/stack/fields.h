/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_STACK_FIELDS_H
#define TRACER_COLLECT_DEBUG_STACK_FIELDS_H
/*
 * The members of a module's global variables by their place: that byte 96 of `server` is
 * server.db[3].dict, as debug information has its type.
 *
 * Arrays of structs have an index, up to 64 elements; other arrays are one member.  What a
 * library keeps to itself is not looked into: a class with reserved names (std::vector's
 * _M_impl) is one member.  So is what only links objects of one type, as list heads do.
 * Variables of Rust have no members here.
 *
 * A static variable of a function has a symbol that a compiler made up (gcc's cache.0, clang's
 * serve.cache): debug information says what it is called, and in which function.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/debug/binary.h"

struct fields;

/* Finds the members of the variables at some addresses, as the file counts them, sorted and
 * all different.  Functions are searched only if `functions`: some may be variables of
 * functions.  Debug information is looked for on this machine alone.  What can't be read has
 * no members.  NULL: out of memory. */
struct fields *fields_new(const struct binary_wish *wish, const uint64_t *addresses,
			    size_t length, bool functions);
void fields_free(struct fields *members);     /* NULL is allowed */
/* The member that the word at an offset belongs to: ".db[3].dict"; foreign text, borrowed.
 * `which`: the place of the variable's address.  NULL: it is not known, or the variable is
 * no struct. */
const char *fields_at(const struct fields *members, size_t which, uint64_t offset);
/* What a variable of a function is called, and the function; foreign text, borrowed.  NULL: it
 * is none, or not known. */
const char *fields_variable(const struct fields *members, size_t which, const char **function);

#endif

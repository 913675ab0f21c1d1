/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_TYPES_NAMES_PARTS_H
#define TRACER_LOOK_TYPES_NAMES_PARTS_H
/* Names that stand in code and in types, for names.c. */
#include "tracer/look/types/names.h"
#include "tracer/look/types/types_parts.h"

/* Members of an object of `size` bytes, and of its type's bases, by names in C.  This and what
 * follows: 0, -ENOMEM, or what `named` returned. */
int python_members(const struct types *types, uint64_t type, uint64_t object, uint64_t size,
		   const struct names_use *use);
/* The cells of a function. */
int python_closure(struct types *types, uint64_t object, const struct names_use *use);
/* From 3.11 on: the locals of a generator or coroutine that does not run. */
int python_waiting(struct types *types, uint64_t object, const struct names_use *use);
/* To 3.10: the locals of a frame that does not run, or runs and is held all the same. */
int python_left(struct types *types, uint64_t object, const struct names_use *use);
/* Locals of a code object, from an address on; `alone`: as "\"items\"", else as "items of
 * serve() app.py:30". */
int python_locals(struct types *types, uint64_t code, uint64_t locals, bool alone,
		  const struct names_use *use);
/* Cells that stand from `first` on in a tuple, by a code object's names of them. */
int python_frees(struct types *types, uint64_t code, uint64_t first,
		 const struct names_use *use);

#endif

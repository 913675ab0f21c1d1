/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_TYPES_NAMES_PARTS_H
#define TRACER_LOOK_TYPES_NAMES_PARTS_H
/* Names that are in code objects and in types, for names.c. */
#include "tracer/look/types/names.h"
#include "tracer/look/types/types_parts.h"

/* Names the members of an object of `size` bytes, those of its type's bases too, by C
 * strings.  This and the functions below return 0, -ENOMEM, or what `named` returned. */
int python_members(const struct types *types, uint64_t type, uint64_t object, uint64_t size,
		   const struct names_use *use);
/* Names the cells of a function. */
int python_closure(struct types *types, uint64_t object, const struct names_use *use);
/* From 3.11 on: names the locals of a generator or coroutine that does not run. */
int python_waiting(struct types *types, uint64_t object, const struct names_use *use);
/* To 3.10: names the locals of a frame that does not run, or that runs and is held all
 * the same. */
int python_left(struct types *types, uint64_t object, const struct names_use *use);
/* Names the locals of a code object, from an address on; `alone`: as "\"items\"", else as
 * "items of serve() app.py:30". */
int python_locals(struct types *types, uint64_t code, uint64_t locals, bool alone,
		  const struct names_use *use);
/* Names the cells that follow `first` in a tuple, by a code object's names for them. */
int python_frees(struct types *types, uint64_t code, uint64_t first,
		 const struct names_use *use);

#endif

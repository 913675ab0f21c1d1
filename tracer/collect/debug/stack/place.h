/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_STACK_PLACE_H
#define TRACER_COLLECT_DEBUG_STACK_PLACE_H
/* Where a variable or a saved register is: evaluates DWARF expressions (DWARF 5, 2.5 and
 * 2.6), as far as compilers use them for places in a frame. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <elfutils/libdw.h>

/* Reads memory of a process.  False: it is not there. */
struct place_memory {
	bool (*read)(void *user, uint64_t address, void *to, size_t length);
	void *user;
};

struct place_frame {
	const struct place_memory *memory;
	const uint64_t *registers;      /* by DWARF's numbers */
	uint64_t known;                 /* bit n: register n is known */
	uint64_t bias;                  /* what is added to addresses of the file */
	bool has_cfa, has_base;
	uint64_t cfa, base;             /* base: what DW_OP_fbreg counts from */
};

enum place_kind { PLACE_MEMORY, PLACE_REGISTER, PLACE_VALUE };

struct place {
	enum place_kind kind;
	uint64_t at;                    /* the address, the register's number or the value */
	uint64_t bytes;                 /* of a piece of a variable; 0: it is whole */
};

/* Evaluates the expression up to its end or the end of its first piece; *used: how many
 * operations that took.  False: it can't be known, or has operations that are not
 * supported. */
bool place_find(const Dwarf_Op *ops, size_t length, const struct place_frame *frame,
		struct place *place, size_t *used);

#endif

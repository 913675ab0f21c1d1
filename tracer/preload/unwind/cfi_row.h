/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_CFI_ROW_H
#define TRACER_PRELOAD_UNWIND_CFI_ROW_H
/*
 * One row of DWARF's unwind table, as far as stacks need it: the CFA and
 * the frame pointer, the stack pointer and the return address.  cfi.c runs the programs that
 * make rows; cfi_row.c turns a row into a rule.
 */
#include <stdbool.h>
#include <stdint.h>

enum cfi_column { CFI_COLUMN_FP, CFI_COLUMN_SP, CFI_COLUMN_RA, CFI_COLUMNS };

enum cfi_how {
	/* The row does not say: fp is callee-saved, and so unchanged. */
	CFI_UNSET,
	CFI_SAME_VALUE,
	CFI_UNDEFINED,
	CFI_OFFSET,                     /* saved at CFA + value */
	CFI_EXPRESSION,                 /* saved at the address that a program gives */
	CFI_ELSEWHERE                   /* in a register, or computed */
};

/* The bytes of a DWARF expression in the module. */
struct cfi_program {
	const uint8_t *at;
	uint32_t bytes;
};

struct cfi_row {
	bool cfa_is_program;
	uint64_t cfa_register;
	int64_t cfa_offset;
	struct cfi_program cfa;
	struct {
		enum cfi_how how;
		int64_t value;
		struct cfi_program program;
	} column[CFI_COLUMNS];
};

/* Returns the rule of a row.  `pc` is the code address at which it holds; `signal` says
 * that the CIE calls it a signal frame. */
uint32_t cfi_row_rule(const struct cfi_row *row, uintptr_t pc, bool signal);

#endif

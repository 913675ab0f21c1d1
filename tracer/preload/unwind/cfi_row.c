/* SPDX-License-Identifier: MIT */
/*
 * From a row to a rule.  Expressions are folded to one of
 *
 *	constant | sp + c | fp + c | *(sp + c) | *(fp + c)
 *
 * which covers realigned frames, PLT entries (whose expression depends on the
 * pc alone, and that is known here) and glibc's signal frame.  What folds to
 * nothing of these is irregular.
 */
#include "tracer/preload/unwind/cfi_row.h"

#include <stddef.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/base/bytes.h"
#include "tracer/preload/unwind/cfi.h"

#define DEPTH 8

enum base { BASE_CONSTANT, BASE_SP, BASE_FP, BASE_AT_SP, BASE_AT_FP, BASE_UNKNOWN };

struct value {
	enum base base;
	int64_t offset;
};

struct fold {
	struct bytes in;
	struct value stack[DEPTH];
	unsigned depth;
	uintptr_t pc;
};

static void cfi_row_push(struct fold *f, enum base base, int64_t offset)
{
	if (f->depth == DEPTH)
		f->in.bad = true;
	else
		f->stack[f->depth++] = (struct value){base, offset};
}

static struct value pop(struct fold *f)
{
	if (f->depth == 0) {
		f->in.bad = true;
		return (struct value){BASE_UNKNOWN, 0};
	}
	return f->stack[--f->depth];
}

enum opcode {
	OP_DEREF = 0x06,
	OP_CONST1U = 0x08,
	OP_CONST8S = 0x0f,
	OP_CONSTU = 0x10,
	OP_CONSTS = 0x11,
	OP_AND = 0x1a,
	OP_MINUS = 0x1c,
	OP_PLUS = 0x22,
	OP_PLUS_UCONST = 0x23,
	OP_SHL = 0x24,
	OP_GE = 0x2a,
	OP_LIT0 = 0x30,
	OP_BREG0 = 0x70
};

static bool is_lit(unsigned op) { return op >= OP_LIT0 && op < OP_LIT0 + 32; }
static bool is_breg(unsigned op) { return op >= OP_BREG0 && op < OP_BREG0 + 32; }
static bool is_const(unsigned op) { return op >= OP_CONST1U && op <= OP_CONST8S; }

static void fold_breg(struct fold *f, unsigned reg)
{
	int64_t offset = bytes_sleb(&f->in);
	if (reg == MACHINE_DWARF_SP)
		cfi_row_push(f, BASE_SP, offset);
	else if (reg == MACHINE_DWARF_FP)
		cfi_row_push(f, BASE_FP, offset);
	else if (reg == MACHINE_DWARF_RA)
		cfi_row_push(f, BASE_CONSTANT, (int64_t)(f->pc + (uint64_t)offset));
	else
		cfi_row_push(f, BASE_UNKNOWN, 0);
}

static void fold_const(struct fold *f, unsigned op)
{
	unsigned size = 1u << ((op - OP_CONST1U) / 2);
	if ((op - OP_CONST1U) % 2)
		cfi_row_push(f, BASE_CONSTANT, bytes_signed(&f->in, size));
	else
		cfi_row_push(f, BASE_CONSTANT, (int64_t)bytes_fixed(&f->in, size));
}

static void fold_deref(struct fold *f)
{
	struct value v = pop(f);
	if (v.base == BASE_SP)
		cfi_row_push(f, BASE_AT_SP, v.offset);
	else if (v.base == BASE_FP)
		cfi_row_push(f, BASE_AT_FP, v.offset);
	else
		cfi_row_push(f, BASE_UNKNOWN, 0);
}

static void fold_add(struct fold *f, struct value a, struct value b)
{
	uint64_t sum = (uint64_t)a.offset + (uint64_t)b.offset;
	if (b.base != BASE_CONSTANT)
		cfi_row_push(f, BASE_UNKNOWN, 0);
	else if (a.base <= BASE_FP)
		cfi_row_push(f, a.base, (int64_t)sum);
	else
		cfi_row_push(f, b.offset == 0 ? a.base : BASE_UNKNOWN, a.offset);
}

static void fold_binary(struct fold *f, unsigned op)
{
	struct value b = pop(f), a = pop(f);
	bool constants = a.base == BASE_CONSTANT && b.base == BASE_CONSTANT;
	if (op == OP_PLUS && a.base == BASE_CONSTANT)
		fold_add(f, b, a);
	else if (op == OP_PLUS)
		fold_add(f, a, b);
	else if (op == OP_MINUS)
		fold_add(f, a, (struct value){b.base, (int64_t)(0 - (uint64_t)b.offset)});
	else if (!constants)
		cfi_row_push(f, BASE_UNKNOWN, 0);
	else if (op == OP_AND)
		cfi_row_push(f, BASE_CONSTANT, a.offset & b.offset);
	else if (op == OP_GE)
		cfi_row_push(f, BASE_CONSTANT, a.offset >= b.offset);
	else if (op == OP_SHL && (uint64_t)b.offset < 64)
		cfi_row_push(f, BASE_CONSTANT, (int64_t)((uint64_t)a.offset << b.offset));
	else
		f->in.bad = true;
}

static void fold_one(struct fold *f)
{
	unsigned op = bytes_u8(&f->in);
	if (is_lit(op))
		cfi_row_push(f, BASE_CONSTANT, (int64_t)op - OP_LIT0);
	else if (is_breg(op))
		fold_breg(f, op - OP_BREG0);
	else if (is_const(op))
		fold_const(f, op);
	else if (op == OP_CONSTU)
		cfi_row_push(f, BASE_CONSTANT, (int64_t)bytes_uleb(&f->in));
	else if (op == OP_CONSTS)
		cfi_row_push(f, BASE_CONSTANT, bytes_sleb(&f->in));
	else if (op == OP_PLUS_UCONST)
		fold_add(f, pop(f), (struct value){BASE_CONSTANT, (int64_t)bytes_uleb(&f->in)});
	else if (op == OP_DEREF)
		fold_deref(f);
	else
		fold_binary(f, op);
}

static struct value cfi_row_fold(struct cfi_program program, uintptr_t pc)
{
	struct fold f = {
		.in = {.at = program.at, .end = program.at + program.bytes},
		.pc = pc,
	};
	while (!f.in.bad && f.in.at < f.in.end)
		fold_one(&f);
	struct value top = pop(&f);
	return f.in.bad ? (struct value){BASE_UNKNOWN, 0} : top;
}

static uint32_t cfi_row_pack(const struct cfi_row *row, enum cfi_kind kind, int64_t offset,
			     enum cfi_fp fp, int64_t fp_offset)
{
	uint32_t rule;
	bool fits = machine_rule_make(&rule, kind, offset, fp, fp_offset,
				      row->column[CFI_COLUMN_RA].value, CFI_LOST);
	return fits ? rule : CFI_IRREGULAR;
}

static struct value column_address(const struct cfi_row *row, enum cfi_column c, uintptr_t pc)
{
	if (row->column[c].how != CFI_EXPRESSION)
		return (struct value){BASE_UNKNOWN, 0};
	return cfi_row_fold(row->column[c].program, pc);
}

static bool is(struct value v, enum base base, int64_t offset)
{
	return v.base == base && v.offset == offset;
}

static uint32_t signal_rule(const struct cfi_row *row, uintptr_t pc)
{
	if (row->cfa_is_program &&
	    is(cfi_row_fold(row->cfa, pc), BASE_AT_SP, MACHINE_SIGNAL_SP) &&
	    is(column_address(row, CFI_COLUMN_RA, pc), BASE_SP, MACHINE_SIGNAL_PC) &&
	    is(column_address(row, CFI_COLUMN_FP, pc), BASE_SP, MACHINE_SIGNAL_FP))
		return CFI_SIGNAL;
	return CFI_IRREGULAR;
}

static struct value cfa_value(const struct cfi_row *row, uintptr_t pc)
{
	if (row->cfa_is_program)
		return cfi_row_fold(row->cfa, pc);
	if (row->cfa_register == MACHINE_DWARF_SP)
		return (struct value){BASE_SP, row->cfa_offset};
	if (row->cfa_register == MACHINE_DWARF_FP)
		return (struct value){BASE_FP, row->cfa_offset};
	return (struct value){BASE_UNKNOWN, 0};
}

/* Where the caller's fp is, given the CFA. */
static uint32_t with_fp(const struct cfi_row *row, uintptr_t pc, struct value cfa,
			 enum cfi_kind kind)
{
	switch (row->column[CFI_COLUMN_FP].how) {
	case CFI_UNSET:
	case CFI_SAME_VALUE:
		return cfi_row_pack(row, kind, cfa.offset, CFI_SAME, 0);
	case CFI_OFFSET:
		return cfi_row_pack(row, kind, cfa.offset, CFI_AT_CFA,
				    row->column[CFI_COLUMN_FP].value);
	default:
		break;
	}
	struct value at = column_address(row, CFI_COLUMN_FP, pc);
	if (at.base == BASE_FP)
		return cfi_row_pack(row, kind, cfa.offset, CFI_AT_FP, at.offset);
	if (at.base == BASE_SP && cfa.base == BASE_SP) {
		int64_t down = (int64_t)((uint64_t)at.offset - (uint64_t)cfa.offset);
		return cfi_row_pack(row, kind, cfa.offset, CFI_AT_CFA, down);
	}
	return cfi_row_pack(row, kind, cfa.offset, CFI_LOST, 0);
}

uint32_t cfi_row_rule(const struct cfi_row *row, uintptr_t pc, bool signal)
{
	static const uint8_t kinds[] = {
		[BASE_CONSTANT] = CFI_IRREGULAR, [BASE_SP] = CFI_SP,
		[BASE_FP] = CFI_FP,            [BASE_AT_SP] = CFI_IRREGULAR,
		[BASE_AT_FP] = CFI_FP_DEREF,   [BASE_UNKNOWN] = CFI_IRREGULAR,
	};
	if (row->column[CFI_COLUMN_RA].how == CFI_UNDEFINED)
		return CFI_END;
	if (signal)
		return signal_rule(row, pc);
	if (row->column[CFI_COLUMN_RA].how != CFI_OFFSET)
		return CFI_IRREGULAR;
	/* The caller's sp is the CFA.  A row that says something else is irregular. */
	if (row->column[CFI_COLUMN_SP].how > CFI_SAME_VALUE)
		return CFI_IRREGULAR;
	struct value cfa = cfa_value(row, pc);
	if (kinds[cfa.base] == CFI_IRREGULAR)
		return CFI_IRREGULAR;
	return with_fp(row, pc, cfa, (enum cfi_kind)kinds[cfa.base]);
}

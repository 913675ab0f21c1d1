/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evaluates with a stack of numbers.  An operation that is not known ends it, since a
 * wrong place would give a wrong name.  Memory is read only through the caller's
 * function. */
#include "tracer/collect/debug/stack/place.h"

#include <dwarf.h>
#include <string.h>

#define PLACE_DEPTH 32u
#define PLACE_OPS_MOST 256u

struct placing {
	const struct place_frame *frame;
	uint64_t stack[PLACE_DEPTH];
	size_t depth;
	bool in_register, is_value;
	uint64_t number;                /* the number of that register */
};

static bool push(struct placing *placing, uint64_t value)
{
	if (placing->depth == PLACE_DEPTH)
		return false;
	placing->stack[placing->depth++] = value;
	return true;
}

static bool push_register(struct placing *placing, uint64_t number, uint64_t offset)
{
	const struct place_frame *frame = placing->frame;

	return number < 64 && frame->known >> number & 1 &&
	       push(placing, frame->registers[number] + offset);
}

static bool is_at(struct placing *placing, uint64_t number)
{
	placing->in_register = true;
	placing->number = number;
	return placing->depth == 0;
}

/* Replaces the address on top by the word that is there. */
static bool follow_top(struct placing *placing, uint64_t bytes)
{
	const struct place_memory *memory = placing->frame->memory;
	uint64_t value = 0;

	if (!placing->depth || !bytes || bytes > sizeof(value) ||
	    !memory->read(memory->user, placing->stack[placing->depth - 1], &value,
			  bytes))
		return false;
	placing->stack[placing->depth - 1] = value;
	return true;
}

/* Combines the two on top into one. */
static bool combine_two(struct placing *placing, uint8_t atom)
{
	if (placing->depth < 2)
		return false;
	uint64_t right = placing->stack[--placing->depth];
	uint64_t *left = &placing->stack[placing->depth - 1];

	switch (atom) {
	case DW_OP_plus: *left += right; return true;
	case DW_OP_minus: *left -= right; return true;
	case DW_OP_mul: *left *= right; return true;
	case DW_OP_and: *left &= right; return true;
	case DW_OP_or: *left |= right; return true;
	case DW_OP_xor: *left ^= right; return true;
	case DW_OP_shl: *left = right < 64 ? *left << right : 0; return true;
	case DW_OP_shr: *left = right < 64 ? *left >> right : 0; return true;
	case DW_OP_eq: *left = *left == right; return true;
	case DW_OP_ne: *left = *left != right; return true;
	case DW_OP_lt: *left = (int64_t)*left < (int64_t)right; return true;
	case DW_OP_le: *left = (int64_t)*left <= (int64_t)right; return true;
	case DW_OP_gt: *left = (int64_t)*left > (int64_t)right; return true;
	case DW_OP_ge: *left = (int64_t)*left >= (int64_t)right; return true;
	default: return false;
	}
}

/* Operations whose codes come in ranges. */
static bool do_ranged(struct placing *placing, const Dwarf_Op *op)
{
	uint8_t atom = op->atom;

	if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
		return push(placing, (uint64_t)(atom - DW_OP_lit0));
	if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31)
		return is_at(placing, (uint64_t)(atom - DW_OP_reg0));
	if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
		return push_register(placing, (uint64_t)(atom - DW_OP_breg0), op->number);
	return combine_two(placing, atom);
}

static bool do_one(struct placing *placing, const Dwarf_Op *op)
{
	const struct place_frame *frame = placing->frame;
	size_t depth = placing->depth;

	switch (op->atom) {
	case DW_OP_nop: return true;
	case DW_OP_addr: return push(placing, op->number + frame->bias);
	case DW_OP_const1u: case DW_OP_const1s: case DW_OP_const2u: case DW_OP_const2s:
	case DW_OP_const4u: case DW_OP_const4s: case DW_OP_const8u: case DW_OP_const8s:
	case DW_OP_constu: case DW_OP_consts:
		return push(placing, op->number);
	case DW_OP_regx: return is_at(placing, op->number);
	case DW_OP_bregx: return push_register(placing, op->number, op->number2);
	case DW_OP_fbreg: return frame->has_base && push(placing, frame->base + op->number);
	case DW_OP_call_frame_cfa: return frame->has_cfa && push(placing, frame->cfa);
	case DW_OP_plus_uconst:
		if (depth)
			placing->stack[depth - 1] += op->number;
		return depth;
	case DW_OP_dup: return depth && push(placing, placing->stack[depth - 1]);
	case DW_OP_drop:
		placing->depth -= depth ? 1 : 0;
		return depth;
	case DW_OP_deref: return follow_top(placing, 8);
	case DW_OP_deref_size: return follow_top(placing, op->number);
	case DW_OP_stack_value:
		placing->is_value = true;
		return depth;
	default: return do_ranged(placing, op);
	}
}

bool place_find(const Dwarf_Op *ops, size_t length, const struct place_frame *frame,
		struct place *place, size_t *used)
{
	struct placing placing = { .frame = frame };
	size_t i = 0;

	*place = (struct place){ 0 };
	for (; i < length && i < PLACE_OPS_MOST && ops[i].atom != DW_OP_piece; i++)
		if (!do_one(&placing, &ops[i]))
			return false;
	if (i < length && ops[i].atom == DW_OP_piece)
		place->bytes = ops[i].number;
	*used = i < length ? i + 1 : i;
	if (placing.in_register)
		*place = (struct place){ PLACE_REGISTER, placing.number, place->bytes };
	else if (placing.depth)
		*place = (struct place){ placing.is_value ? PLACE_VALUE : PLACE_MEMORY,
					 placing.stack[placing.depth - 1], place->bytes };
	return placing.in_register || placing.depth;
}

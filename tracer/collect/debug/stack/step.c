/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libdw gives a rule as an expression; no expression means that the register is as in the
 * callee, or lost (dwarf_frame_register). */
#include "tracer/collect/debug/stack/step.h"

#include <stdlib.h>
#include "tracer/collect/debug/dwarf_inside.h"
#include "tracer/machine/machine.h"

void step_begin(struct step *step, const uint64_t registers[MACHINE_DWARF_REGISTERS])
{
	*step = (struct step){ .pc = registers[MACHINE_DWARF_PC],
			       .sp = registers[MACHINE_DWARF_SP], .interrupted = true };
	for (size_t i = 0; i < MACHINE_DWARF_REGISTERS; i++)
		step->registers[i] = (struct step_register){ STEP_LIVE, registers[i], 0 };
}

uint64_t step_site(const struct step *step)
{
	return step->interrupted ? step->pc : step->pc - 1;
}

struct place_frame step_place(const struct step *step, const struct place_memory *memory,
			      uint64_t bias, uint64_t values[MACHINE_DWARF_REGISTERS])
{
	struct place_frame frame = { .memory = memory, .registers = values, .bias = bias };

	for (size_t i = 0; i < MACHINE_DWARF_REGISTERS; i++) {
		values[i] = step->registers[i].value;
		if (step->registers[i].where != STEP_LOST)
			frame.known |= UINT64_C(1) << i;
	}
	frame.cfa = step->cfa;
	frame.has_cfa = step->cfa != 0;
	return frame;
}

/* The caller's register, by the callee's rule for it. */
static struct step_register caller_register(const struct step *step, Dwarf_Frame *rules,
					    const struct place_frame *frame, int number)
{
	const struct step_register lost = { STEP_LOST, 0, 0 };
	Dwarf_Op memory[3], *ops;
	size_t length, used;
	struct place place;

	if (dwarf_frame_register(rules, number, memory, &ops, &length) != 0)
		return lost;
	/* For registers that a callee may change, libdw reports that no rule is given. */
	if (!length)
		return ops || !(MACHINE_DWARF_KEPT >> number & 1) ? lost : step->registers[number];
	if (!place_find(ops, length, frame, &place, &used))
		return lost;
	if (place.kind == PLACE_REGISTER)
		return place.at < MACHINE_DWARF_REGISTERS ? step->registers[place.at] : lost;
	if (place.kind == PLACE_VALUE)
		return (struct step_register){ STEP_LIVE, place.at, 0 };
	struct step_register saved = { STEP_SAVED, 0, place.at };

	return frame->memory->read(frame->memory->user, place.at, &saved.value, 8) ? saved : lost;
}

static bool find_cfa(struct step *step, Dwarf_Frame *rules, struct place_frame *frame)
{
	Dwarf_Op *ops;
	size_t length, used;
	struct place place;

	/* libdw's result is an address, even where as an expression it would be a
	 * value. */
	if (dwarf_frame_cfa(rules, &ops, &length) != 0 || !length ||
	    !place_find(ops, length, frame, &place, &used) || place.kind == PLACE_REGISTER)
		return false;
	frame->cfa = step->cfa = place.at;
	frame->has_cfa = true;
	return true;
}

static void find_caller(const struct step *step, Dwarf_Frame *rules, struct place_frame *frame,
			struct step *caller)
{
	Dwarf_Addr start, end;
	bool interrupted = false;
	int ra = dwarf_frame_info(rules, &start, &end, &interrupted);

	*caller = (struct step){ .interrupted = interrupted };
	for (int i = 0; i < MACHINE_DWARF_REGISTERS; i++)
		caller->registers[i] = caller_register(step, rules, frame, i);
	if (caller->registers[MACHINE_DWARF_SP].where != STEP_SAVED)
		caller->registers[MACHINE_DWARF_SP] =
			(struct step_register){ STEP_LIVE, step->cfa, 0 };
	caller->sp = caller->registers[MACHINE_DWARF_SP].value;
	if (ra >= 0 && ra < MACHINE_DWARF_REGISTERS && caller->registers[ra].where != STEP_LOST)
		caller->pc = caller->registers[ra].value & ((UINT64_C(1) << MACHINE_PC_BITS) - 1);
}

bool step_rules(struct step *step, struct dwarf_module *module, uint64_t bias,
		const struct place_memory *memory, struct step *caller)
{
	uint64_t values[MACHINE_DWARF_REGISTERS];
	struct place_frame frame = step_place(step, memory, bias, values);
	Dwarf_Frame *rules = NULL;

	if (!dwarf_rules(module, step_site(step) - bias, &rules))
		return false;
	bool ok = find_cfa(step, rules, &frame);

	if (ok)
		find_caller(step, rules, &frame, caller);
	free(rules);
	/* Each call uses stack, but a signal handler may run on another one. */
	return ok && caller->pc && (caller->sp > step->sp || caller->interrupted);
}

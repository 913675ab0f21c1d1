/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_STACK_STEP_H
#define TRACER_COLLECT_DEBUG_STACK_STEP_H
/*
 * From a frame to its caller, by the rules of the module's .eh_frame or .debug_frame, with
 * the places where registers were saved:
 *
 *	callee    [ ... | saved register ... | return address  ]  CFA
 *	caller    [ ... in use by it ...                      ]
 */
#include "tracer/collect/debug/dwarf.h"
#include "tracer/collect/debug/stack/place.h"
#include "tracer/machine/process.h"

/* A register's value in a frame, and where that value is kept: inner frames save
 * registers that they use, the others are still in the thread. */
struct step_register {
	enum step_where { STEP_LOST, STEP_LIVE, STEP_SAVED } where;
	uint64_t value;
	uint64_t address;               /* STEP_SAVED */
};

struct step {
	struct step_register registers[MACHINE_DWARF_REGISTERS];
	uint64_t pc, sp;
	uint64_t cfa;                   /* known once step_rules has succeeded */
	bool interrupted;               /* pc is the next instruction, not the one after a
					 * call */
};

/* Begins with a thread's innermost frame: its registers by DWARF's numbers. */
void step_begin(struct step *step, const uint64_t registers[MACHINE_DWARF_REGISTERS]);
/* An address inside the instruction that the frame is at. */
uint64_t step_site(const struct step *step);
/* The frame as place_find needs it; its registers are written to `values`. */
struct place_frame step_place(const struct step *step, const struct place_memory *memory,
			      uint64_t bias, uint64_t values[MACHINE_DWARF_REGISTERS]);
/* Finds the frame's CFA, and its caller, whose CFA is not known yet.  `bias`: what is
 * added to addresses of the module's file.  Call it within fault_run.  False: there are
 * no rules, or no caller. */
bool step_rules(struct step *step, struct dwarf_module *module, uint64_t bias,
		const struct place_memory *memory, struct step *caller);

#endif

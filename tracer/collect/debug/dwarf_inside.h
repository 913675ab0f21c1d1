/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_DWARF_INSIDE_H
#define TRACER_COLLECT_DEBUG_DWARF_INSIDE_H
/* What is asked of a module by who walks stacks (stack/), in libdw's terms.  All offsets are
 * addresses as the module's file counts them.  To be called within fault_run. */
#include <elfutils/libdw.h>
#include "tracer/collect/debug/dwarf.h"

/* The rules by which the frame of an instruction is left; *rules is freed by free().
 * Needs no dwarf_prepare.  False: there are none. */
bool dwarf_rules(struct dwarf_module *module, uint64_t offset, Dwarf_Frame **rules);

/* The function of an instruction, and the instruction's address as its debug info counts.
 * After dwarf_prepare; false: it is not known. */
bool dwarf_function(struct dwarf_module *module, uint64_t offset, Dwarf_Die *function,
		    Dwarf_Addr *address);

/* The file itself; NULL: it is none. */
Elf *dwarf_elf(struct dwarf_module *module);

#endif

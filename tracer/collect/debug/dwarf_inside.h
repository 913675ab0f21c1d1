/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_DWARF_INSIDE_H
#define TRACER_COLLECT_DEBUG_DWARF_INSIDE_H
/* What unwinding (stack/) needs of a module, in libdw's terms.  All offsets are addresses
 * as the module's file counts them.  Call all of it within fault_run. */
#include <elfutils/libdw.h>
#include "tracer/collect/debug/dwarf.h"

/* The rules for unwinding from an instruction; the caller frees *rules with free().
 * Needs no dwarf_prepare.  False: there are none. */
bool dwarf_rules(struct dwarf_module *module, uint64_t offset, Dwarf_Frame **rules);

/* The function of an instruction, and the instruction's address as the debug info counts.
 * Needs dwarf_prepare; false: not known. */
bool dwarf_function(struct dwarf_module *module, uint64_t offset, Dwarf_Die *function,
		    Dwarf_Addr *address);

/* All debug info; *bias: what to add to its addresses.  Needs dwarf_prepare; NULL: there is
 * none. */
Dwarf *dwarf_info(struct dwarf_module *module, Dwarf_Addr *bias);

/* The ELF file itself; NULL: it is none. */
Elf *dwarf_elf(struct dwarf_module *module);

#endif

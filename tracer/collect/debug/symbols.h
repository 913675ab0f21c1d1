/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_SYMBOLS_H
#define TRACER_COLLECT_DEBUG_SYMBOLS_H
/* The ELF symbols of a module, sorted by address: .symtab of the file or of its
 * debug file, .gnu_debugdata's, else .dynsym. */
#include <stdint.h>
#include <elfutils/libdwfl.h>

struct symbols;

/* Reads the table.  NULL: out of memory.  The names still belong to `module`. */
struct symbols *symbols_new(Dwfl_Module *module);
void symbols_free(struct symbols *symbols);

/* The linker name of the function at `address`, without its version; NULL:
 * no symbol covers it.  Valid until the next call. */
const char *symbols_find(struct symbols *symbols, uint64_t address);

#endif

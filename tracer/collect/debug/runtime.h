/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_RUNTIME_H
#define TRACER_COLLECT_DEBUG_RUNTIME_H
/*
 * What a language's runtime allocates as it starts, in functions that have no name in
 * distributions' libraries: libstdc++'s emergency pool, some 71 KiB from which exceptions
 * are thrown when memory has run out.  It is the first row of every C++ program.
 */
#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

/* What the function is called in place of its name. */
#define RUNTIME_POOL "(emergency pool for exceptions, made at start-up)"

/* Whether the linker's name of a function is that which makes the pool: also of programs
 * into which libstdc++ is linked. */
bool runtime_makes_pool(const char *symbol);

/* The same of an address without a symbol, in a file whose path this is: whether it
 * lies in one of the functions that libstdc++.so's DT_INIT_ARRAY lists, of which only
 * the pool's allocates.  They stand one behind the other, so each ends where the next
 * begins. */
bool runtime_starts_at(Elf *elf, const char *path, uint64_t address);

#endif

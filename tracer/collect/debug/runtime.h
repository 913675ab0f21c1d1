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

/* The name that is shown for that function. */
#define RUNTIME_POOL "(emergency pool for exceptions, made at start-up)"

/* Whether the linker name of a function is that of the one that makes the pool; this also
 * finds it in programs into which libstdc++ is linked. */
bool runtime_makes_pool(const char *symbol);

/* The same for an address without a symbol in the file at this path: whether it is in one
 * of the functions that libstdc++.so's DT_INIT_ARRAY lists, of which only the pool's
 * allocates.  They follow one another, so each ends where the next begins. */
bool runtime_starts_at(Elf *elf, const char *path, uint64_t address);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_INTERN_H
#define TRACER_PRELOAD_INTERN_H
/*
 * A table of the segment whose entries are 64-bit words, each there once:
 * word -> index.  Two of them: sites, and the nodes of the trace tree.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tracer/wire/wire.h"

struct intern;

/* The tables of WIRE_SITES and WIRE_TRACES, empty; after each table_open.  0 or -ENOMEM. */
int intern_start(void);
struct intern *intern_sites(void);
struct intern *intern_nodes(void);

/* The index of `word`, which is not 0; 0 if it is not there. */
uint32_t intern_find(struct intern *table, uint64_t word);

/* Adds a word that intern_find did not know, if that can be done with what is
 * there already: no system call, little stack.  0 if not. */
uint32_t intern_insert(struct intern *table, uint64_t word);

/* Finds or adds; maps memory and waits for memtop where it must.  0 if the word
 * is new and the table is full.  All are lock-free, and a signal handler may use
 * the same table in between. */
uint32_t intern_add(struct intern *table, uint64_t word);

/* True if no word will ever be added any more. */
bool intern_full(const struct intern *table);

/* The word at `index`, 0 if there is none. */
uint64_t intern_word(const struct intern *table, uint32_t index);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SEGMENT_INTERN_H
#define TRACER_PRELOAD_SEGMENT_INTERN_H
/*
 * A table of the segment whose entries are 64-bit words, each of which has one index.
 * There are two of them: sites, and the nodes of the trace tree.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tracer/preload/segment/neighbour.h"
#include "tracer/preload/segment/table.h"

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

/* Maps what `more` words need, so that intern_insert can add them when memtop has
 * allocated their entries. */
void intern_map_ahead(struct intern *table, uint32_t more);

/* Adds the node directly after its parent if nothing was added since the parent was, as
 * the node is new then.  Otherwise, or if its piece is not mapped, 0. */
uint32_t intern_first_child(uint32_t parent, uint64_t word);

/* The node `word`, whose parent is `parent`, if intern_neighbour did not find it; a first
 * child that is new is added.  0: it is another new one, or adding it may wait. */
uint32_t intern_child(uint32_t parent, uint64_t word);

/* Adds such a new one, as by intern_insert; 0: that may wait or map memory. */
uint32_t intern_new_child(uint32_t parent, uint64_t word);

/* True if no word will ever be added any more. */
bool intern_full(const struct intern *table);

/* The word at `index`, 0 if there is none. */
uint64_t intern_word(const struct intern *table, uint32_t index);

#endif

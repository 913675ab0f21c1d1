/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_HELD_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_HELD_H
/* Who holds the blocks of a moment: the roots' names, and two trees of what they hold;
 * and examples of the blocks. */
#include "tracer/collect/recording/store/store_parts.h"

/* Writes them, if the moment's look has them; else deletes those of the moment.  0, or -1
 * with *error. */
int store_held(struct store *store, uint64_t moment, const struct snapshot *snapshot,
	       struct error *error);
int store_forget_held(struct store *store, uint64_t moment, struct error *error);

#define STORE_HELD_SCHEMA \
	"CREATE TABLE look_root(moment INTEGER NOT NULL, root INTEGER NOT NULL," \
	" name TEXT NOT NULL, PRIMARY KEY(moment, root)) WITHOUT ROWID;" \
	"CREATE TABLE look_mapper(moment INTEGER NOT NULL, root INTEGER NOT NULL," \
	" trace INTEGER NOT NULL, PRIMARY KEY(moment, root)) WITHOUT ROWID;" \
	"CREATE TABLE look_node(moment INTEGER NOT NULL, tree INTEGER NOT NULL," \
	" node INTEGER NOT NULL, parent INTEGER NOT NULL, kind INTEGER NOT NULL," \
	" id INTEGER NOT NULL, longest INTEGER NOT NULL, blocks INTEGER NOT NULL," \
	" bytes INTEGER NOT NULL, PRIMARY KEY(moment, tree, node)) WITHOUT ROWID;" \
	"CREATE TABLE look_name(moment INTEGER NOT NULL, tree INTEGER NOT NULL," \
	" node INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(moment, tree, node))" \
	" WITHOUT ROWID;" \
	"CREATE TABLE look_example(moment INTEGER NOT NULL, part INTEGER NOT NULL," \
	" state INTEGER NOT NULL, address INTEGER NOT NULL, size INTEGER NOT NULL," \
	" PRIMARY KEY(moment, part, state, address)) WITHOUT ROWID;"

/* The tables of malloc's arenas, which store_look.c writes. */
#define STORE_ARENA_SCHEMA \
	"CREATE TABLE look_arena(moment INTEGER NOT NULL, arena INTEGER NOT NULL," \
	" name TEXT NOT NULL, mapped INTEGER NOT NULL, resident INTEGER NOT NULL," \
	" live INTEGER NOT NULL, large INTEGER NOT NULL, free INTEGER NOT NULL," \
	" top INTEGER NOT NULL, trim INTEGER NOT NULL, whole INTEGER NOT NULL," \
	" PRIMARY KEY(moment, arena)) WITHOUT ROWID;" \
	"CREATE TABLE look_arena_part(moment INTEGER NOT NULL, arena INTEGER NOT NULL," \
	" trace INTEGER NOT NULL, thread INTEGER NOT NULL, domain INTEGER NOT NULL," \
	" size INTEGER NOT NULL, count INTEGER NOT NULL," \
	" PRIMARY KEY(moment, arena, trace, thread, domain)) WITHOUT ROWID;"

#endif

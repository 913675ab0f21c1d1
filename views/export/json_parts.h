/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_JSON_PARTS_H
#define VIEWS_EXPORT_JSON_PARTS_H
/* Pieces of report's JSON that other formats use too.  Each one but the row begins with a
 * comma. */
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/tally/look_arenas.h"
#include "views/format/out.h"
#include "views/held/examples.h"
#include "views/held/held.h"
#include "views/table/table.h"

/* , "program": {...} */
void json_program(struct out *out, const struct program *program);
/* , "unfollowed": [...]: processes that were not followed, or not completely */
void json_unfollowed(struct out *out, const struct program *program);
/* , "traced": {...}, and , "sample" for estimates */
void json_traced(struct out *out, const struct snapshot *snapshot);
/* , "lost" and its kinds, "truncated", "unresolved", "cut" */
void json_loss(struct out *out, const struct totals *totals, uint64_t unresolved);
/* , "unknown_frees", "unknown_free_modules", "unseen_library" */
void json_unseen(struct out *out, const struct program *program, const struct snapshot *snapshot);
/* , "arenas": [...]: those of glibc's malloc, as a look found them */
void json_arenas(struct out *out, const struct look_arenas *arenas);
/* , "tree": [...]: the tree of holders, each row inside the one that keeps it alive */
void json_holders(struct out *out, const struct table *table);
/* , "held_by": [...], "chains": 1: who holds the row's blocks */
void json_held(struct out *out, const struct held_index *index, const struct row *row);
/* , "examples": [...]: addresses of some of the row's blocks */
void json_examples(struct out *out, const struct examples *examples, const struct row *row);
/* A row with all its keys but without the closing brace. */
void json_row(struct out *out, const struct table *table, const struct row *row);

#endif

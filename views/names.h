/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_NAMES_H
#define VIEWS_NAMES_H
/*
 * The names of one table: every frame that its traces show, each once, with
 * numbers in place of strings.  Two snapshots of different catalogs (two runs,
 * two builds) share one `names`, so that equal text has equal numbers; this is
 * how a diff matches.  Frame 0 is "<unknown>": the one frame of an empty stack.
 *
 * What a site was called when it was first asked for stays, even if the
 * catalog learns better meanwhile: a table is of one piece.  One thread only.
 */
#include "tracer/heap/catalog.h"
#include "views/sparse.h"
#include "views/table.h"

struct names_frame {
	uint32_t file, function, module, path;  /* strings; path: of the module */
	uint32_t line;
	uint8_t lang;
	bool inlined, wrapper, unresolved;
};

/* A snapshot's catalog as seen through the names. */
struct names_side {
	struct names *names;
	struct catalog *catalog;        /* retained */
	struct sparse sites, frames, strings;   /* id -> number + 1, kept */
};

struct names {
	unsigned references;
	bool failed;                    /* out of memory: what was answered since is worthless */
	const char **strings;           /* by number; 0 is "" */
	size_t strings_length, strings_room;
	struct index strings_index, frames_index;
	struct names_frame *frames;
	size_t frames_length, frames_room;
	uint32_t *lists;                /* frames of sites: length, then numbers */
	size_t lists_length, lists_room;
	char **owned;                   /* strings of our own making */
	size_t owned_length, owned_room;
	struct names_side sides[2];
	uint32_t *file_ranks;           /* by string: place among files in code point order */
	size_t ranked;                  /* frames that the ranks know */
};

/* NULL: out of memory. */
struct names *names_new(void);
struct names *names_retain(struct names *names);
void names_release(struct names *names);

/* The side of a catalog; at most two different ones. */
struct names_side *names_side(struct names *names, struct catalog *catalog);

/* The number of a text; 0 for "" and when out of memory. */
uint32_t names_string(struct names *names, const char *text);

/* Frames of a site, newest first; valid until the next call that takes names. */
const uint32_t *names_site(struct names_side *side, struct site_id site, size_t *length);

/* The newest `max` frames of a trace, newest first: at least one.  *cut: there
 * are more, or the tracer cut the stack. */
size_t names_stack(struct names_side *side, struct trace_id trace, uint32_t *frames, size_t max,
		   bool *cut);
/* The frame that names a trace: the newest of `max`, by default not a wrapper. */
uint32_t names_newest(struct names_side *side, struct trace_id trace, bool raw, size_t max);
/* The next older stretch of a trace: its site's frames, and *trace moves on.
 * NULL at the end; *missing if older frames are known to be missing. */
const uint32_t *names_step(struct names_side *side, struct trace_id *trace, size_t *length,
			   bool *missing);

/* Frames without a function among all stacks of a snapshot, each once. */
uint64_t names_unresolved(struct names_side *side, const struct snapshot *snapshot);

/* tracemalloc's order of frames, then function and module: <0, 0, >0. */
int names_compare(struct names *names, uint32_t a, uint32_t b);
/* Must be called after the last frame came and before names_compare. */
void names_rank(struct names *names);

struct row_frame names_row_frame(const struct names *names, uint32_t frame);

#endif

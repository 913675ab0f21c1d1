/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_LEGEND_H
#define VIEWS_ROW_LEGEND_H
/*
 * The names of one table: every frame that its traces show, each only once, with numbers
 * in place of strings.  Two snapshots of different catalogs (two runs, two builds) share
 * a legend, so that equal texts have equal numbers; this is how a diff matches them.
 * Frame 0 is "<unknown>", the only frame of an empty stack.
 *
 * The names that a site had when it was first asked for are kept, even if the catalog
 * learns better ones meanwhile, so that a table is consistent.  For one thread only.
 */
#include "tracer/ground/finder.h"
#include "tracer/heap/catalog/catalog.h"
#include "views/row/mine.h"
#include "views/row/sparse.h"
#include "views/row/row.h"

struct legend_frame {
	uint32_t file, function, module, path;  /* strings; path is the module's */
	uint32_t line;
	uint8_t lang;
	bool inlined, wrapper, unresolved;
	bool own, glue;                 /* own code, if asked for; Python's interpreter */
};

/* A trace and the frames of its newest site, for walks over whole stacks: the caller's
 * link (a smaller number; 0: none), and where in `lists` those frames are, with their
 * number before. */
struct legend_link {
	uint32_t caller, list;
};

/* A snapshot's catalog as seen through the legend. */
struct legend_side {
	struct legend *legend;
	struct catalog *catalog;        /* retained */
	struct sparse sites, frames, strings;   /* id -> number + 1 */
	struct sparse marks, linked;    /* for legend_mark; trace -> link */
	struct legend_link *links;
	size_t links_length, links_room;
	struct own *own;                /* NULL: own code was not asked for */
	struct python_packages *packages;       /* NULL: no Python frame yet */
	struct unlinked *path;          /* of one stack, while it is being linked */
	size_t path_room;
};

struct legend {
	unsigned references;
	uint32_t nowhere;               /* stands in for places that can't be allocated */
	struct mine mine;               /* whose code names traces, if it is on */
	bool failed;                    /* out of memory: later answers are invalid */
	const char **strings;           /* by number; 0 is "" */
	size_t strings_length, strings_room;
	char **made;                    /* strings that the legend owns */
	size_t made_length, made_room;
	struct finder strings_index, frames_index;
	struct legend_frame *frames;
	size_t frames_length, frames_room;
	uint32_t *lists;                /* of sites: naming frame + 1, length, frames */
	size_t lists_length, lists_room;
	struct legend_side sides[2];
	uint32_t *file_ranks;           /* by string: place among files by code points */
	size_t ranked;                  /* number of frames that file_ranks covers */
};

/* NULL: out of memory. */
struct legend *legend_new(void);
struct legend *legend_retain(struct legend *legend);
void legend_release(struct legend *legend);

/* The side of a catalog; there can be two of them. */
struct legend_side *legend_side(struct legend *legend, struct catalog *catalog);

/* The number of a text, which is borrowed; 0 for "" and when out of memory. */
uint32_t legend_string(struct legend *legend, const char *text);
/* The same for a text from malloc, which the legend owns afterwards. */
uint32_t legend_made_string(struct legend *legend, char *text);

/* The number of a frame; equal ones have the same.  0 when out of memory. */
uint32_t legend_frame(struct legend *legend, const struct legend_frame *frame);

/* Frames of a site, newest first; valid until the next call that takes a site. */
const uint32_t *legend_site(struct legend_side *side, struct site_id site, size_t *length);

/* The newest `max` frames of a trace, newest first: at least one.  *cut (may be NULL):
 * why there are more. */
size_t legend_stack(struct legend_side *side, struct trace_id trace, uint32_t *frames, size_t max,
		   enum cut *cut);
/* The frame that names a trace: the newest of `max` frames that is own code, if that was
 * asked for; else, and with _any always, the newest that is no wrapper. */
uint32_t legend_newest(struct legend_side *side, struct trace_id trace, bool raw, size_t max);
uint32_t legend_newest_any(struct legend_side *side, struct trace_id trace, bool raw, size_t max);
/* Whether a frame is own code that names rows.  Wrappers are not, unless `raw` is set. */
static inline bool legend_own(const struct legend *legend, uint32_t frame, bool raw)
{
	return legend->frames[frame].own && (raw || !legend->frames[frame].wrapper);
}
/* A trace's next older stretch: a site's frames.  Moves *trace on; NULL at the end. */
const uint32_t *legend_step(struct legend_side *side, struct trace_id *trace, size_t *length);

/* Like legend_step, but with numbers, for walks that pass the same stretches often:
 * returns the link of the newest stretch; links[link].caller is that of the next older
 * one; 0: none. */
uint32_t legend_link(struct legend_side *side, struct trace_id trace);

/* True if it has not been called for this trace before. */
bool legend_mark(struct legend_side *side, struct trace_id trace);
/* How many frames without a function there are among all stacks of a snapshot. */
uint64_t legend_unresolved(struct legend_side *side, const struct snapshot *snapshot);

/* tracemalloc's order of frames, then function and module: <0, 0, >0. */
int legend_compare(struct legend *legend, uint32_t a, uint32_t b);
/* Must be called after the last frame was added and before legend_compare. */
void legend_rank(struct legend *legend);

/* A frame as text that lives as long as the legend. */
struct row_frame legend_row_frame(const struct legend *legend, uint32_t frame);

#endif

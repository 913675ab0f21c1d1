/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * While the process is stopped, its blocks are copied from the reader into the graph; then
 * what the graph says of them is added up by the rows of the snapshot that the reader froze
 * at the same instant.
 */
#include "tracer/collect/run/looks/look_one.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/holders/examples.h"
#include "tracer/collect/holders/holders.h"
#include "tracer/collect/look/look.h"
#include "tracer/collect/rings/image.h"
#include "tracer/collect/rings/reader_look.h"
#include "tracer/ground/array.h"

/* What a look finds out besides the graph. */
struct found_more {
	struct typed typed;
	struct paged paged;
};

struct looking {
	const struct look_manner *manner;
	uint32_t process;
	int32_t pid;
	unsigned tries;                 /* tries in which some realloc was under way */
	struct graph *graph;            /* the graph of the present try */
	struct look_settled *settled;
	struct look_range *moving;
	size_t moving_room;
	struct look_ranges ranges;      /* of `moving` */
	struct rooted_mapping *mapped;
	size_t mapped_room;
	struct rooted_mappings mappings;        /* of `mapped` */
	uint32_t *rows;                 /* by tally: a row of `snapshot`, or UINT32_MAX */
	struct snapshot *snapshot;      /* of the last try */
	struct found_more *more;
	bool running;                   /* the process is not stopped */
};

/* --- while the process is stopped, in the reader's thread --- */

static int note_block(void *user, const struct model_block *block)
{
	struct looking *looking = user;
	const struct graph_block node = { block->address, block->size, block->tally };
	int error = graph_add(looking->graph, &node);

	return error == -EINVAL ? 0 : error;    /* an impossible block is left out */
}

/* A realloc that is still under way at the last try may have moved the block already; its
 * old memory still has the old contents. */
static int note_moving(void *user, uint64_t address, uint64_t size)
{
	struct looking *looking = user;
	size_t n = looking->ranges.length;

	if (!looking->running && looking->tries < LOOK_TRIES)
		return -EAGAIN;
	if (!array_grow(&looking->moving, &looking->moving_room, n + 1,
			sizeof(*looking->moving)))
		return -ENOMEM;
	looking->moving[n] = (struct look_range){ address, address + size };
	looking->ranges = (struct look_ranges){ looking->moving, n + 1 };
	return 0;
}

static int note_mapped(void *user, const struct model_mapping *mapping)
{
	struct looking *looking = user;
	size_t n = looking->mappings.length;

	if (!array_grow(&looking->mapped, &looking->mapped_room, n + 1,
			sizeof(*looking->mapped)))
		return -ENOMEM;
	looking->mapped[n] = (struct rooted_mapping){ mapping->start, mapping->end,
						      mapping->trace.v };
	looking->mappings = (struct rooted_mappings){ looking->mapped, n + 1 };
	return 0;
}

static void note_rows(void *user, const struct model *model,
		      const struct snapshot *snapshot)
{
	struct looking *looking = user;

	looking->rows = malloc((model_rows(model) + 1) * sizeof(*looking->rows));
	if (looking->rows)
		model_rows_of(model, snapshot, looking->rows);
}

/* From here on the process continues, and waits for room in its rings if they fill up; with
 * --on-full=drop it would lose events. */
static void note_settled(void *user)
{
	struct looking *looking = user;

	if (!looking->running && !looking->manner->drop)
		look_settle(looking->settled);
}

static int stands_now(void *user) { return look_standing(((struct looking *)user)->settled); }

static void watch_running(void *user, bool on)
{
	struct looking *looking = user;

	looking->running = on;
	reader_watch_stirred(looking->manner->reader, looking->process, on);
}

struct now {
	int32_t pid;
	uint64_t cow;
};

static void find_cow(struct image *image, void *user)
{
	struct now *now = user;

	if (image->state == IMAGE_LIVE && image->pid == now->pid)
		now->cow = atomic_load(&segment_control(image->segment)->cow);
}

/* Finds where the process is now; in a thread of look_at's, as the next function. */
static uint64_t find_cow_now(void *user)
{
	const struct looking *looking = user;
	struct now now = { .pid = looking->pid };

	reader_each(looking->manner->reader, find_cow, &now);
	return now.cow;
}

static int give_blocks(void *user, struct graph *graph, struct look_settled *settled)
{
	struct looking *looking = user;
	const struct reader_sight sight = {
		.show = note_block,
		.moving = note_moving,
		.mapped = note_mapped,
		.stirred = looking->running ? note_moving : NULL,
		.standing = looking->running ? NULL : stands_now,
		.settled = note_settled,
		.shown = note_rows,
		.user = looking,
	};

	looking->graph = graph;
	looking->settled = settled;
	looking->tries++;
	looking->ranges.length = looking->mappings.length = 0;
	free(looking->rows);
	looking->rows = NULL;
	snapshot_release(looking->snapshot);
	looking->snapshot = NULL;
	int error = reader_look(looking->manner->reader, looking->process, &sight,
				&looking->snapshot);

	return !error && !looking->rows ? -ENOMEM : error;
}

/* --- while the process continues --- */

static void add_pins(const struct looking *looking, const struct paged *paged,
		     struct snapshot_look *look)
{
	for (uint32_t trace = 0; trace < paged->traces; trace++) {
		uint32_t row = looking->rows[trace];

		if (!paged->pins[trace].pages || row == UINT32_MAX)
			continue;
		look->rows[row].pins += paged->pins[trace].pages;
		look->rows[row].pinning += paged->pins[trace].live;
	}
}

/* Adds to the snapshot what the graph says, and with `rooted` who holds what. */
static int look_find_all(struct looking *looking, const struct graph *graph,
		    struct rooted *rooted)
{
	const struct parts_question question = { graph, looking->rows, &looking->more->typed };
	uint32_t *part_of = rooted ? malloc((graph_length(graph) + 1) * sizeof(*part_of)) : NULL;
	struct snapshot_look *look = snapshot_look_new(looking->snapshot->rows_length);
	int error = !look || (rooted && !part_of) ? -ENOMEM : 0;

	looking->snapshot->look = look;
	if (!error) {
		parts_states(&question, look);
		error = looking->manner->unkept ? 0 : parts_find(&question, look, part_of);
	}
	if (!error && rooted) {
		look->held = holders_find(graph, rooted, &looking->more->typed, part_of,
					  looking->manner->retained);
		error = look->held ? examples_find(graph, look->types, part_of, look->held) :
				     -ENOMEM;
	}
	free(part_of);
	return error;
}

static int find_holders(void *user, struct graph *graph, struct rooted *rooted)
{
	return look_find_all(user, graph, rooted);
}

/* Adds what is known besides the graph.  0 or -ENOMEM. */
static int add_up(struct looking *looking, const struct graph *graph,
		  const struct look_told *told)
{
	int error = looking->snapshot->look ? 0 : look_find_all(looking, graph, NULL);

	if (error)
		return error;
	struct snapshot_look *look = looking->snapshot->look;

	look->pause = told->pause;
	look->copied = told->copied;
	look->unread = told->unread;
	add_pins(looking, &looking->more->paged, look);
	const struct parts_question question = { graph, looking->rows, &looking->more->typed };

	return parts_arenas(&question, &looking->more->paged, look);
}

struct snapshot *look_one(const struct look_manner *manner, const struct look_target *of,
			  int *error)
{
	struct found_more more = { 0 };
	struct looking looking = { .manner = manner, .process = of->process, .pid = of->pid,
				   .more = &more };
	const struct look_question question = {
		.pid = of->pid,
		.blocks = give_blocks,
		/* If it waits anyway, no time is gained by reading its rings beforehand. */
		.early = !of->waits,
		.user = &looking,
		.waits = of->waits,
		.cow = of->cow,
		.cow_now = find_cow_now,
		.own = of->own,
		.python = of->python,
		.misses = of->misses,
		.moving = &looking.ranges,
		.mapped = &looking.mappings,
		.running = watch_running,
		.no_pause = manner->no_pause,
		/* Verdicts need no types, but of Python, nor pages, nor holders. */
		.typed = manner->unkept && !of->python ? NULL : &more.typed,
		.paged = manner->unkept ? NULL : &more.paged,
		.held = manner->unkept ? NULL : find_holders,
	};
	struct look_told told;
	struct graph *graph = NULL;

	*error = look_at(&question, &graph, &told);
	if (!*error)
		*error = add_up(&looking, graph, &told);
	typed_free(&more.typed);
	paged_free(&more.paged);
	graph_free(graph);
	free(looking.rows);
	free(looking.moving);
	free(looking.mapped);
	if (!*error)
		return looking.snapshot;
	snapshot_release(looking.snapshot);
	return NULL;
}

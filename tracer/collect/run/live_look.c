/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks at the heap, as jobs of the looks' thread: while the process is stopped, its
 * blocks are copied from the reader into the graph; then what the graph says of them is
 * added up by the rows of the snapshot that the reader froze at the same instant.
 */
#include "tracer/collect/run/live_look.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/attach/cause.h"
#include "tracer/collect/holders/holders.h"
#include "tracer/collect/look/look.h"
#include "tracer/collect/rings/reader_look.h"
#include "tracer/collect/run/live.h"
#include "tracer/ground/array.h"
#include "tracer/ground/clock.h"
#include "tracer/machine/machine.h"
#include "tracer/machine/process.h"

#define PROCESSES 4096u                 /* looked at together, at most */
#define LOOK_WHY 400                    /* bytes of why one could not be taken */

/* What a look finds out besides the graph. */
struct found_more {
	struct typed typed;
	struct paged paged;
};

struct looking {
	struct live *live;
	uint32_t process;
	int32_t pid;
	unsigned tries;                 /* tries in which some realloc was under way */
	struct graph *graph;            /* the graph of the present try */
	struct look_settled *settled;
	struct look_range *moving;
	size_t moving_room;
	struct look_ranges ranges;      /* of `moving` */
	uint32_t *rows;                 /* by tally: a row of `snapshot`, or UINT32_MAX */
	struct snapshot *snapshot;      /* of the last try */
	const struct look_order *order;
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

	if (!looking->running && !looking->live->options.drop)
		look_settle(looking->settled);
}

static int stands_now(void *user) { return look_standing(((struct looking *)user)->settled); }

static void watch_running(void *user, bool on)
{
	struct looking *looking = user;

	looking->running = on;
	reader_watch_stirred(looking->live->reader, looking->process, on);
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

	reader_each(looking->live->reader, find_cow, &now);
	return now.cow;
}

static int give_blocks(void *user, struct graph *graph, struct look_settled *settled)
{
	struct looking *looking = user;
	const struct reader_sight sight = {
		.show = note_block,
		.moving = note_moving,
		.stirred = looking->running ? note_moving : NULL,
		.standing = looking->running ? NULL : stands_now,
		.settled = note_settled,
		.shown = note_rows,
		.user = looking,
	};

	looking->graph = graph;
	looking->settled = settled;
	looking->tries++;
	looking->ranges.length = 0;
	free(looking->rows);
	looking->rows = NULL;
	snapshot_release(looking->snapshot);
	looking->snapshot = NULL;
	int error = reader_look(looking->live->reader, looking->process, &sight,
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
		error = looking->order->unkept ? 0 : parts_find(&question, look, part_of);
	}
	if (!error && rooted) {
		look->held = holders_find(graph, rooted, &looking->more->typed, part_of,
					  looking->order->retained);
		error = look->held ? 0 : -ENOMEM;
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

struct look_target {
	uint32_t process;
	int32_t pid;
	uint64_t cow, own;              /* addresses in its control page */
	unsigned python;                /* its version, as in struct types_memory; 0: none */
	bool misses;                    /* see image_misses */
};

/* One process: its snapshot, or NULL and -errno in *error. */
static struct snapshot *look_process(struct live *live, const struct look_order *order,
				     const struct look_target *of, int *error)
{
	struct found_more more = { 0 };
	struct looking looking = { .live = live, .process = of->process, .pid = of->pid,
				   .order = order, .more = &more };
	const struct look_question question = {
		.pid = of->pid,
		.blocks = give_blocks,
		.early = true,
		.user = &looking,
		.cow = of->cow,
		.cow_now = find_cow_now,
		.own = of->own,
		.python = of->python,
		.misses = of->misses,
		.moving = &looking.ranges,
		.running = watch_running,
		.no_pause = live->options.no_pause && !order->last,
		/* Verdicts need no types, but of Python, nor pages, nor holders. */
		.typed = order->unkept && !of->python ? NULL : &more.typed,
		.paged = order->unkept ? NULL : &more.paged,
		.held = order->unkept ? NULL : find_holders,
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
	if (!*error)
		return looking.snapshot;
	snapshot_release(looking.snapshot);
	return NULL;
}

/* --- which processes --- */

struct found {
	uint32_t process;               /* the process that is asked for; 0: all */
	size_t length;
	bool waits;                     /* it is stopped anyway until the look is done */
	struct look_target of[PROCESSES];
};

static void find_image(struct image *image, void *user)
{
	struct found *found = user;

	if (image->state != IMAGE_LIVE || found->length == PROCESSES ||
	    (found->process && image->process != found->process))
		return;
	const struct wire_control *control = segment_control(image->segment);

	found->of[found->length++] = (struct look_target){
		.process = image->process,
		.pid = image->pid,
		.cow = found->waits ? 0 : atomic_load(&control->cow),
		.own = atomic_load(&control->own),
		.python = image_python(image),
		.misses = image_misses(image),
	};
}

static void refuse(const char *why, int status, struct error *error)
{
	*error = (struct error){ .status = status };
	snprintf(error->text, sizeof(error->text), "cannot look at the heap: %s", why);
}

/* A sampled run knows too few blocks to tell who holds the others, so no look is
 * possible. */
static bool may_look(const struct live *live, size_t processes, struct error *error)
{
	if (!MACHINE_LOOKS)
		refuse("memtop can't stop and read a program on " MACHINE_NAME " yet", 2, error);
	else if (live->options.sample)
		refuse("with --sample most blocks are not known, so what they hold is not "
		       "known either", 2, error);
	else if (!processes)
		refuse("no traced program is running", 2, error);
	return MACHINE_LOOKS && !live->options.sample && processes;
}

/* --- what was found --- */

/* Tells whoever asks the session; screens put it in their own words. */
static void tell_look(struct live *live, int number, struct snapshot *const *all,
		      size_t length, size_t refused)
{
	struct look_found told = look_found_in(all, length);

	told.number = number;
	told.refused = refused;
	snprintf(told.name, sizeof(told.name), "%s", all[0]->name);
	pthread_mutex_lock(&live->looks.lock);
	live->looks.told = told;
	pthread_mutex_unlock(&live->looks.lock);
}

struct look {
	struct job job;
	struct live *live;
	struct look_order order;
	char *name;
	live_looked *done;
	void *user;
	struct snapshot *found;         /* the first process's snapshot */
	struct error error;
};

/* Keeps what was found, and if there are several processes, their sum too. */
static void keep_look(struct look *look, struct snapshot **all, size_t length,
		      size_t refused)
{
	struct live *live = look->live;
	uint32_t rule = look->order.rule;
	size_t with_sum = moments_add_whole(live->moments, all, length, MOMENT_NAMED);
	int number = rule ? triggers_keep(live->triggers, rule - 1, look->name, all, with_sum) :
			    moments_keep(live->moments, all, with_sum, look->name, &look->error);

	for (size_t i = length; i < with_sum; i++)
		snapshot_release(all[i]);
	if (number > 0 && !look->order.last)
		tell_look(live, number, all, length, refused);
	if (number > 0)
		return;
	if (rule)
		refuse("out of memory", 125, &look->error);
	snapshot_release(look->found);
	look->found = NULL;
}

/* The entry of a process; the lock must be held.  NULL: out of memory. */
static struct last_look *last_of(struct looks *looks, uint32_t process)
{
	size_t before = looks->room;

	if (!array_grow(&looks->last, &looks->room, process + (size_t)1, sizeof(*looks->last)))
		return NULL;
	memset(looks->last + before, 0, (looks->room - before) * sizeof(*looks->last));
	return &looks->last[process];
}

/* Keeping the rows of many processes would take too much memory, so only those of
 * processes with unreachable blocks are kept. */
static void note_last(struct live *live, struct snapshot *found)
{
	const struct look_found of = look_found_in(&found, 1);
	struct looks *looks = &live->looks;

	pthread_mutex_lock(&looks->lock);
	struct last_look *to = last_of(looks, found->process);

	if (to) {
		snapshot_release(to->found);
		*to = (struct last_look){
			.taken = true,
			.refused = to->refused,
			.bytes = of.bytes,
			.blocks = of.blocks,
		};
		to->found = to->blocks ? snapshot_retain(found) : NULL;
	}
	pthread_mutex_unlock(&looks->lock);
}

static void note_refused(struct live *live, uint32_t process, const char *why)
{
	struct looks *looks = &live->looks;

	pthread_mutex_lock(&looks->lock);
	struct last_look *to = last_of(looks, process);

	/* The first reason stays: who asked for it may read it without the lock. */
	if (to && !to->refused)
		to->refused = strdup(why);
	pthread_mutex_unlock(&looks->lock);
}

static void take_look(struct look *look, struct found *found, struct snapshot **all)
{
	size_t length = 0;
	int error, first = 0;
	char why[LOOK_WHY], of_first[LOOK_WHY] = "";

	for (size_t i = 0; i < found->length; i++) {
		all[length] = look_process(look->live, &look->order, &found->of[i], &error);
		length += all[length] != NULL;
		if (!error)
			continue;
		cause_tell(found->of[i].pid, error, look_refusal(error), why, sizeof(why));
		note_refused(look->live, found->of[i].process, why);
		if (!first)
			memcpy(of_first, why, sizeof(why));
		first = first ? first : error;
	}
	for (size_t i = 0; i < length; i++)
		note_last(look->live, all[i]);
	if (length)
		look->found = snapshot_retain(all[0]);
	if (length && !look->order.unkept)
		keep_look(look, all, length, found->length - length);
	if (!length)
		refuse(of_first, first == -ENOMEM ? 125 : 2, &look->error);
	for (size_t i = 0; i < length; i++)
		snapshot_release(all[i]);
}

/* What a look at a process, or at all (0), is about to work on.  False: the process has
 * no figures any more. */
static bool size_of(struct live *live, uint32_t process, bool retained, struct look_size *size)
{
	struct reader_status status;

	if (!reader_status(live->reader, process, &status))
		return false;
	*size = (struct look_size){ status.totals.blocks, status.totals.current, retained };
	return true;
}

/* Takes a look, and learns from it how long looks take here. */
static void time_look(struct look *look, struct found *found, struct snapshot **all)
{
	struct live *live = look->live;
	struct look_size size;
	bool known = size_of(live, found->process, look->order.retained, &size);
	double start = clock_seconds();

	take_look(look, found, all);
	/* Verdicts leave out most of the work. */
	if (known && look->found && !look->order.unkept)
		look_pace_learn(&live->looks.pace, &size, clock_seconds() - start);
}

static void run_look(struct job *job)
{
	struct look *look = (struct look *)job;
	struct found *found = calloc(1, sizeof(*found));
	struct snapshot **all = NULL;

	if (found) {
		found->process = look->order.process;
		found->waits = look->order.last;
		reader_each(look->live->reader, find_image, found);
		all = calloc(found->length + 1, sizeof(*all));
	}
	if (!all)
		refuse("out of memory", 125, &look->error);
	else if (may_look(look->live, found->length, &look->error))
		time_look(look, found, all);
	free(all);
	free(found);
	live_changed(look->live);
}

static void free_look(struct job *job)
{
	struct look *look = (struct look *)job;

	if (look->done)
		look->done(look->user, look->found, &look->error);
	snapshot_release(look->found);
	free(look->name);
	free(look);
}

bool live_look_later(struct live *live, const struct look_order *order, live_looked *done,
		     void *user)
{
	struct look *look = calloc(1, sizeof(*look));

	if (!look)
		return false;
	*look = (struct look){
		.job = { .run = run_look, .free = free_look },
		.live = live,
		.order = *order,
		.name = strdup(order->name ? order->name : ""),
		.done = done,
		.user = user,
		.error = { 2, "cannot look at the heap: the run is over" },
	};
	if (!look->name) {
		free(look);
		return false;
	}
	/* Nobody takes the job, so this makes the worker free it. */
	atomic_store(&look->job.unwanted, true);
	worker_add(live->looks.worker, &look->job);
	return true;
}

bool live_last_look(struct live *live, uint32_t process, uint64_t unreachable[2],
		    struct snapshot **found, const char **why)
{
	struct looks *looks = &live->looks;
	struct last_look look = { 0 };

	pthread_mutex_lock(&looks->lock);
	if (process < looks->room)
		look = looks->last[process];
	*found = look.found ? snapshot_retain(look.found) : NULL;
	pthread_mutex_unlock(&looks->lock);
	unreachable[0] = look.bytes;
	unreachable[1] = look.blocks;
	*why = look.refused ? look.refused : "";
	return look.taken;
}

bool looks_start(struct looks *looks)
{
	pthread_mutex_init(&looks->lock, NULL);
	looks->worker = worker_new("looks");
	return looks->worker;
}

void looks_stop(struct looks *looks) { worker_free(looks->worker); }

void looks_told(struct looks *looks, struct look_found *told)
{
	pthread_mutex_lock(&looks->lock);
	*told = looks->told;
	pthread_mutex_unlock(&looks->lock);
}

void looks_free(struct looks *looks)
{
	for (size_t i = 0; i < looks->room; i++) {
		snapshot_release(looks->last[i].found);
		free(looks->last[i].refused);
	}
	free(looks->last);
}

void live_looked_desk(void *user, struct snapshot *found, const struct error *error)
{
	struct live *live = user;

	if (!found)
		live_say(live, "%s", error->text);
	atomic_store(&live->looks.newest, found ? found->number : 0);
	atomic_fetch_add(&live->looks.ended, 1);
	live_changed(live);
}

void live_look_sentence(const struct snapshot *found, char *text, size_t size)
{
	if (found->look->pause)
		snprintf(text, size, "snapshot %u, paused %.0f ms", found->number,
			 (double)found->look->pause / 1e6);
	else
		snprintf(text, size, "snapshot %u, read while the program ran", found->number);
}

double live_look_seconds(struct live *live, uint32_t process, bool retained)
{
	struct look_size size;

	return size_of(live, process, retained, &size) ?
		       look_pace_estimate(&live->looks.pace, &size) : 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at the heap, as jobs of the looks' thread: one process after the other
 * (looks/look_one.h), and what becomes of what was found. */
#include "tracer/collect/run/live_look.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/attach/cause.h"
#include "tracer/collect/look/look.h"
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/looks/look_one.h"
#include "tracer/ground/array.h"
#include "tracer/ground/clock.h"
#include "tracer/heap/sum.h"
#include "tracer/machine/machine.h"
#include "tracer/machine/process.h"

#define PROCESSES 4096u                 /* looked at together, at most */
#define LOOK_WHY 400                    /* bytes of why one could not be taken */

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
		.waits = found->waits,
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
	struct snapshot *found;         /* of the process, or the sum of all */
	struct error error;
};

/* Keeps what was found, and if there are several processes, their sum too.  False: it could
 * not, and the look's error says why. */
static bool keep_look(struct look *look, struct snapshot **all, size_t length,
		      size_t refused)
{
	struct live *live = look->live;
	uint32_t rule = look->order.rule;
	size_t with_sum = moments_add_whole(live->parts.moments, all, length,
					    MOMENT_NAMED);
	int number = rule ? triggers_keep(live->parts.triggers, rule - 1, look->name, all, with_sum) :
			    moments_keep(live->parts.moments, all, with_sum, look->name,
					 &look->error);

	for (size_t i = length; i < with_sum; i++)
		snapshot_release(all[i]);
	if (number > 0 && !look->order.last)
		tell_look(live, number, all, length, refused);
	if (number <= 0 && rule)
		refuse("out of memory", 125, &look->error);
	return number > 0;
}

/* What is told of the processes: the one's snapshot, or the sum of all, under the number that
 * they were kept by. */
static struct snapshot *found_in_all(struct snapshot *const *all, size_t length)
{
	struct sum *sum = length > 1 ? sum_new(all[0]->catalog) : NULL;
	bool whole = sum;

	for (size_t i = 0; whole && i < length; i++)
		whole = sum_add(sum, all[i], true);
	struct snapshot *found = whole ? sum_snapshot(sum) : NULL;

	sum_free(sum);
	if (!found || !found->look) {
		snapshot_release(found);
		return snapshot_retain(all[0]);
	}
	found->number = all[0]->number;
	return found;
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
	const struct look_manner manner = {
		.reader = look->live->parts.reader,
		.drop = look->live->options.drop,
		.no_pause = look->live->options.no_pause && !look->order.last,
		.unkept = look->order.unkept,
		.retained = look->order.retained,
	};
	size_t length = 0;
	int error, first = 0;
	char why[LOOK_WHY], of_first[LOOK_WHY] = "";

	moments_hold(look->live->parts.moments, true);
	for (size_t i = 0; i < found->length; i++) {
		live_attach_still(look->live);
		all[length] = look_one(&manner, &found->of[i], &error);
		length += all[length] != NULL;
		if (!error)
			continue;
		cause_tell(found->of[i].pid, error, look_refusal(error), why,
			   sizeof(why));
		note_refused(look->live, found->of[i].process, why);
		if (!first)
			memcpy(of_first, why, sizeof(why));
		first = first ? first : error;
	}
	for (size_t i = 0; i < length; i++)
		note_last(look->live, all[i]);
	if (length && (look->order.unkept ||
		       keep_look(look, all, length, found->length - length)))
		look->found = found_in_all(all, length);
	moments_hold(look->live->parts.moments, false);
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

	if (!reader_status(live->parts.reader, process, &status))
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
		reader_each(look->live->parts.reader, find_image, found);
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
	/* Here may be the reader's thread, of which a look asks much. */
	if (worker_offer(live->looks.worker, &look->job))
		return true;
	free(look->name);
	free(look);
	return false;
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

static void look_at_nothing(struct job *job) { (void)job; }

void looks_wait(struct looks *looks)
{
	struct job last = { .run = look_at_nothing };

	if (worker_idle(looks->worker))
		return;
	worker_add(looks->worker, &last);
	worker_take(looks->worker, &last);
}

void looks_stop(struct looks *looks) { worker_stop(looks->worker); }

void looks_told(struct looks *looks, struct look_found *told)
{
	pthread_mutex_lock(&looks->lock);
	*told = looks->told;
	pthread_mutex_unlock(&looks->lock);
}

void looks_forget(struct looks *looks, uint32_t process)
{
	pthread_mutex_lock(&looks->lock);
	if (process < looks->room) {
		snapshot_release(looks->last[process].found);
		free(looks->last[process].refused);
		looks->last[process] = (struct last_look){ 0 };
	}
	pthread_mutex_unlock(&looks->lock);
}

void looks_free(struct looks *looks)
{
	worker_free(looks->worker);
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls of the program itself (memtop.h): they come through its ring, in the
 * reader's thread, so each sees exactly what its thread did before.  A process
 * asks about itself alone. */
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/live_look.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ASKED_MAX (UINT64_C(1) << 30)   /* bytes of moments and marks for programs' calls */
#define NAMES_PATIENCE 5.0              /* seconds that a message waits for names */
#define BEAT_NANOSECONDS 100000000L

static int call_memory(struct live *live, struct image *image, struct drain_call *call)
{
	struct totals totals;

	(void)live;
	if (image_paused(image))
		return 0;
	image_totals(image, &totals);
	call->value[0] = totals.current;
	call->value[1] = totals.peak;
	return 0;
}

static void copy_text(const struct drain_call *call, char text[WIRE_TEXT_MAX + 1])
{
	size_t length = call->text_length < WIRE_TEXT_MAX ? call->text_length : WIRE_TEXT_MAX;

	memcpy(text, call->text, length);
	text[length] = 0;
}

/* A program that calls in a loop must not fill memory and disk.  Once the limit is
 * reached this is false, and the user is told. */
static bool may_keep(struct live *live, uint64_t bytes)
{
	if (live->asked + bytes <= ASKED_MAX) {
		live->asked += bytes;
		return true;
	}
	live_say(live, "the program asked for more snapshots and marks than memtop keeps (1 GiB): "
		 "further ones are refused");
	return false;
}

static int call_snapshot(struct live *live, struct image *image, struct drain_call *call)
{
	struct error error;
	char name[WIRE_TEXT_MAX + 1];
	struct snapshot *snapshot = image_freeze(image, MOMENT_NAMED);

	if (!snapshot)
		return -ENOMEM;
	if (!may_keep(live, snapshot_bytes(snapshot))) {
		snapshot_release(snapshot);
		return -ENOSPC;
	}
	copy_text(call, name);
	snapshot->time = moments_tick_here(live->parts.moments, image, HISTORY_SNAPSHOT);
	int number = moments_keep(live->parts.moments, &snapshot, 1, name, &error);
	snapshot_release(snapshot);
	call->value[0] = number > 0 ? (uint64_t)number : 0;
	live_changed(live);
	return number > 0 ? 0 : error.status == 2 ? -EINVAL : -ENOMEM;
}

static int call_mark(struct live *live, struct image *image, struct drain_call *call)
{
	struct error error;
	char text[WIRE_TEXT_MAX + 1];

	if (!may_keep(live, sizeof(struct mark) + call->text_length))
		return -ENOSPC;
	copy_text(call, text);
	double time = moments_tick_here(live->parts.moments, image, HISTORY_MARK);
	if (moments_mark_at(live->parts.moments, time, text, &error) != 0)
		return -ENOMEM;
	triggers_marked_here(live->parts.triggers, image, text, time);
	return 0;
}

/* Python begins its finalization: what is live now is what the program left behind. */
static int call_finalize(struct live *live, struct image *image, struct drain_call *call)
{
	struct snapshot *snapshot = image_freeze(image, MOMENT_FINALIZE);

	(void)call;
	if (!snapshot)
		return -ENOMEM;
	bool kept = may_keep(live, snapshot_bytes(snapshot));
	if (kept)
		moments_keep_finalize(live->parts.moments, snapshot);
	snapshot_release(snapshot);
	live_changed(live);
	return kept ? 0 : -ENOSPC;
}

static int call_reset_peak(struct live *live, struct image *image,
			   struct drain_call *call)
{
	(void)live;
	(void)call;
	return model_set_base(image->model);
}

static int call_clear(struct live *live, struct image *image, struct drain_call *call)
{
	(void)live;
	(void)call;
	model_clear(image->model);
	return 0;
}

/* Events that other threads still put into their rings are dropped at the next start. */
static int call_stop(struct live *live, struct image *image, struct drain_call *call)
{
	if (image_pause(image, true))
		live_say(live, "the program has stopped tracing");
	return call_clear(live, image, call);
}

static int call_start(struct live *live, struct image *image, struct drain_call *call)
{
	if (!image_paused(image))
		return 0;
	call_clear(live, image, call);
	if (!image_pause(image, false))
		return -ENOSYS;         /* memtop itself has stopped for good */
	live_say(live, "the program has started tracing again");
	return 0;
}

/* Writes small amounts in bytes and large ones in megabytes. */
static void put_amount(uint64_t bytes, int places, char text[32])
{
	if (bytes < 100000)
		snprintf(text, 32, "%" PRIu64 " bytes", bytes);
	else
		snprintf(text, 32, "%.*f MB", places, (double)bytes / 1e6);
}

/* Writes two amounts, such as "20.8 MB", with enough decimal places to tell them
 * apart. */
static int put_amounts(const struct drain_call *call, const char *what, char *text,
		       size_t size)
{
	int places = call->value[0] - call->asked < 100000 ? 6 : 1;
	char was[32], ceiling[32];

	put_amount(call->value[0], places, was);
	put_amount(call->asked, places, ceiling);
	return snprintf(text, size, "%s %s exceeded the ceiling of %s", what, was, ceiling);
}

/* A question that takes a while is answered in a thread of its own, so that tracers see
 * that the reader is alive.  Otherwise they would lose events on a busy machine. */
struct errand {
	struct live *live;
	struct snapshot *now, *base;
	char *text;                     /* an explanation's room */
	size_t size;
	int32_t thread;                 /* of the stacks, 0: all */
	struct fetched *fetched;
	int error;
};

static void run_errand(struct errand *errand, void *(*run)(void *errand))
{
	struct timespec until;
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, errand) != 0) {
		run(errand);
		return;
	}
	do {
		reader_beat(errand->live->parts.reader);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += BEAT_NANOSECONDS;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
	} while (pthread_timedjoin_np(thread, NULL, &until) == ETIMEDOUT);
}

static void *run_explain(void *argument)
{
	struct errand *e = argument;

	e->live->options.explain(e->now, e->base, e->text, e->size);
	return NULL;
}

static void *run_stacks(void *argument)
{
	struct errand *e = argument;

	e->error = e->live->options.stacks(e->now, e->base, e->thread, &e->fetched->text,
					   &e->fetched->length);
	return NULL;
}

/* Writes the first line, then the lines of the program. */
static void explain(struct live *live, struct image *image, const struct drain_call *call,
		    const char *what, struct snapshot *now)
{
	struct snapshot *base = model_freeze_base(image->model);
	char text[WIRE_REPLY_MAX];
	int n = put_amounts(call, what, text, sizeof(text));

	if (now && base && live->options.explain) {
		image_name(image, NAMES_PATIENCE);
		now->nframe = base->nframe = image->nframe;
		run_errand(&(struct errand){ .live = live, .now = now, .base = base,
					     .text = text + n,
					     .size = sizeof(text) - (size_t)n }, run_explain);
	}
	snapshot_release(base);
	memcpy(call->answer, text, sizeof(text));
}

static int live_call_judge(struct live *live, struct image *image,
			   struct drain_call *call, bool peak)
{
	uint64_t base = model_base(image->model), value;
	struct totals totals;

	image_totals(image, &totals);
	value = peak ? totals.peak : totals.current;
	call->value[0] = value > base ? value - base : 0;
	call->value[1] = value;
	if (call->value[0] <= call->asked)
		return 0;
	struct snapshot *now = peak ? model_freeze_recent(image->model)
				    : model_freeze(image->model, MOMENT_LIVE);

	explain(live, image, call, peak ? "peak" : "growth", now);
	snapshot_release(now);
	return 1;
}

static int call_ceiling(struct live *live, struct image *image, struct drain_call *call)
{
	return live_call_judge(live, image, call, true);
}

static int call_growth(struct live *live, struct image *image, struct drain_call *call)
{
	return live_call_judge(live, image, call, false);
}

/* Makes the text of the stacks, as they are at this call. */
static int take_stacks(struct live *live, struct image *image, const struct drain_call *call)
{
	struct snapshot *base = model_freeze_base(image->model);
	struct snapshot *now = call->asked & WIRE_STACKS_PEAK
				       ? model_freeze_recent(image->model)
				       : model_freeze(image->model, MOMENT_LIVE);
	struct fetched *fetched = &live->fetched[image->process % FETCHED];
	int r = live->options.stacks ? -ENOMEM : -ENOSYS;

	free(fetched->text);
	*fetched = (struct fetched){ .process = image->process };
	if (now && base && live->options.stacks) {
		image_name(image, NAMES_PATIENCE);
		now->nframe = base->nframe = image->nframe;
		struct errand errand = { .live = live, .now = now, .base = base,
					 .thread = WIRE_STACKS_THREAD(call->asked),
					 .fetched = fetched };

		run_errand(&errand, run_stacks);
		r = errand.error;
	}
	snapshot_release(now);
	snapshot_release(base);
	return r;
}

static int call_stacks(struct live *live, struct image *image, struct drain_call *call)
{
	const struct fetched *fetched = &live->fetched[image->process % FETCHED];
	size_t at = WIRE_STACKS_OFFSET(call->asked), part = WIRE_REPLY_MAX - 1;
	int r = at ? 0 : take_stacks(live, image, call);

	if (r)
		return r;
	/* Another process has used this entry in the meantime. */
	if (!fetched->text || fetched->process != image->process || at > fetched->length)
		return -EAGAIN;
	if (part > fetched->length - at)
		part = fetched->length - at;
	memcpy(call->answer, fetched->text + at, part);
	call->answer[part] = '\0';
	call->value[0] = fetched->length;
	return 1;
}

/* --- looks at the heap, which the looks' thread takes --- */

struct waiting {
	struct live *live;
	uint64_t image;                 /* its number */
	struct drain_caller caller;
	enum wire_call_op op;
};

/* The screen says what can be done about it; the program gets a number. */
static int look_status(const struct waiting *waiting, const struct snapshot *found,
		       const struct error *error)
{
	if (!found)
		return error->status == 2 ? -EPERM : -ENOMEM;
	return waiting->op == WIRE_CALL_UNREACHABLE;
}

static void call_looked(void *user, struct snapshot *found, const struct error *error)
{
	struct waiting *waiting = user;
	struct live *live = waiting->live;
	int status = look_status(waiting, found, error);
	char text[WIRE_REPLY_MAX] = "";
	struct snapshot *last = NULL;
	uint64_t value[2] = { 0, 0 };
	const char *why;

	if (found && waiting->op == WIRE_CALL_LOOK)
		value[0] = found->number;
	if (status > 0 && live_last_look(live, found->process, value, &last, &why) &&
	    value[1]) {
		int n = snprintf(text, sizeof(text), "%" PRIu64 " bytes in %" PRIu64
				 " blocks are unreachable", value[0], value[1]);

		symbolizer_flush(live->parts.family->symbolizer, NAMES_PATIENCE);
		if (live->options.explain)
			live->options.explain(last, NULL, text + n, sizeof(text) - (size_t)n);
	}
	if (!found && waiting->op == WIRE_CALL_LAST_LOOK)
		live_say(live, "%s", error->text);
	reader_answer(live->parts.reader, waiting->image, waiting->caller,
		      status > 0 ? value[1] > 0 : status, value, text);
	snapshot_release(last);
	free(waiting);
}

static int call_look(struct live *live, struct image *image, struct drain_call *call)
{
	char name[WIRE_TEXT_MAX + 1];
	bool last = call->op == WIRE_CALL_LAST_LOOK;
	struct error error;
	struct waiting *waiting = malloc(sizeof(*waiting));
	const struct look_order order = {
		.process = image->process,
		.name = last ? "at-exit" : name,
		.last = last,
		.retained = last && live->options.keep_last_look,
		.unkept = call->op == WIRE_CALL_UNREACHABLE ||
			  (last && !live->options.keep_last_look),
	};

	if (!waiting)
		return -ENOMEM;
	*waiting = (struct waiting){ live, image->number, call->caller, call->op };
	copy_text(call, name);
	if (!moments_may_name(last ? NULL : name, &error)) {
		free(waiting);
		return -EINVAL;
	}
	if (live_look_later(live, &order, call_looked, waiting))
		return DRAIN_LATER;
	free(waiting);
	return -ENOMEM;
}

int live_call(void *user, struct image *image, struct drain_call *call)
{
	static int (*const calls[])(struct live *, struct image *, struct drain_call *) = {
		[WIRE_CALL_MEMORY] = call_memory,
		[WIRE_CALL_SNAPSHOT] = call_snapshot,
		[WIRE_CALL_MARK] = call_mark,
		[WIRE_CALL_RESET_PEAK] = call_reset_peak,
		[WIRE_CALL_FINALIZE] = call_finalize,
		[WIRE_CALL_CLEAR] = call_clear,
		[WIRE_CALL_START] = call_start,
		[WIRE_CALL_STOP] = call_stop,
		[WIRE_CALL_CEILING] = call_ceiling,
		[WIRE_CALL_GROWTH] = call_growth,
		[WIRE_CALL_LOOK] = call_look,
		[WIRE_CALL_UNREACHABLE] = call_look,
		[WIRE_CALL_LAST_LOOK] = call_look,
		[WIRE_CALL_STACKS] = call_stacks,
	};

	if ((size_t)call->op >= sizeof(calls) / sizeof(*calls))
		return -ENOSYS;
	return calls[call->op](user, image, call);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory is taken (take.h) and turned into a graph. */
#include "tracer/collect/look/look.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "tracer/collect/look/cow.h"
#include "tracer/collect/look/roots.h"
#include "tracer/collect/look/running.h"
#include "tracer/collect/look/take.h"

#define NAP 1000000L                    /* ns until the next try of -EAGAIN */

/* Finds what is known besides the graph, which is sealed: types and pages.  Code and
 * constants of modules are read only now, so the objects of a module that was unloaded
 * meanwhile get no type.  It happens before the graph gets its words, because some words
 * that types know about do not hold anything. */
static int find_more(const struct taken *taken, const struct look_question *question,
		     struct graph *graph, struct memory *memory, struct rooted *rooted)
{
	int error = 0;

	if (question->paged)
		error = paged_find(question->paged, graph, &taken->layout, memory);
	if (!error && question->typed)
		error = typed_find(question->typed, graph, memory, question->python);
	if (!error && question->typed && question->python)
		error = typed_frames(question->typed, memory, rooted_python(rooted));
	return error;
}

static int tell_all(const struct taken *taken, const struct look_question *question,
		    struct graph *graph, struct memory *memory, struct rooted *rooted,
		    struct roots_guard guard)
{
	const struct copied copied = {
		.layout = &taken->layout,
		.stop = &taken->stop,
		.memory = taken->copy.memory,
		.reads = memory,
		.own = { taken->own.of, taken->own.length },
		.kernel = &taken->kernel,
		.rooted = rooted,
		.guard = guard,
	};

	return roots_tell(graph, &copied, question);
}

/* Turns what was taken into a graph, while the process runs again. */
static int work_out(const struct taken *taken, const struct look_question *question,
		    struct graph *graph)
{
	struct memory *memory = memory_new(&taken->layout, taken->copy.memory, question->pid,
					   taken->stop.threads[0].tid);
	bool named = question->held || question->python;
	/* What was read while the process ran is not of one instant. */
	struct memory *stacks = taken->before.copy.memory ? NULL : memory;
	struct rooted *rooted = named && memory ?
		rooted_new(question->pid, &taken->layout, &taken->stop, stacks) : NULL;
	struct roots_guard guard = { 0 };
	int error = memory && (rooted || !named) ? graph_seal(graph) : -ENOMEM;

	if (!error && rooted && question->mapped)
		error = rooted_know(rooted, question->mapped);
	if (!error)
		guard = roots_guard_of(&taken->stop, memory);
	if (!error && taken->before.copy.memory)
		error = running_tell(graph, taken, question->moving, rooted, &guard);
	if (!error)
		error = find_more(taken, question, graph, memory, rooted);
	if (!error)
		error = tell_all(taken, question, graph, memory, rooted, guard);
	if (!error)
		error = graph_mark(graph);
	if (!error && question->held)
		error = question->held(question->user, graph, rooted);
	rooted_free(rooted);
	memory_free(memory);
	if (error && question->typed)
		typed_free(question->typed);
	if (error && question->paged)
		paged_free(question->paged);
	return error;
}

/* Gives the graph its words while the process stands, so that none of its memory is copied:
 * fresh pages for a copy cost more than all that is done with them. */
static int sweep_standing(struct taken *taken, const struct look_question *question,
			  struct graph *graph, uint64_t *unread)
{
	int32_t tid = taken->stop.threads[0].tid;
	struct memory *memory = memory_new(&taken->layout, NULL, question->pid, tid);
	int error = memory ? graph_seal(graph) : -ENOMEM;

	if (!error)
		error = copy_prepare(&taken->copy, ROOTS_WINDOW);
	if (!error) {
		const struct copied copied = {
			.layout = &taken->layout,
			.stop = &taken->stop,
			.tid = tid,
			.window = &taken->copy,
			.reads = memory,
			.unread = unread,
			.own = { taken->own.of, taken->own.length },
			.kernel = &taken->kernel,
			.guard = roots_guard_of(&taken->stop, memory),
		};

		error = roots_tell(graph, &copied, question);
	}
	memory_free(memory);
	return error;
}

/* Whether a process that waits may be looked at so. */
static bool may_stand(const struct look_question *question)
{
	return question->waits && !question->typed && !question->paged && !question->held;
}

static int look_once(const struct look_question *question, enum look_way way,
		     struct graph **graph, struct look_told *told)
{
	struct taken taken = { .sweep = sweep_standing };
	int error;

	*told = (struct look_told){ 0 };
	*graph = graph_new();
	error = *graph ? take_stopped(&taken, question, way, *graph, told) : -ENOMEM;
	if (!error)
		error = way == LOOK_STOOD ? graph_mark(*graph) :
			work_out(&taken, question, *graph);
	take_free(&taken);
	if (error) {
		graph_free(*graph);
		*graph = NULL;
	}
	return error;
}

static int look_when_stopped(const struct look_question *question, struct graph **graph,
			 struct look_told *told)
{
	const struct timespec nap = { 0, NAP };
	bool clone = question->cow && cow_allowed(question->pid);
	enum look_way stopped = may_stand(question) ? LOOK_STOOD : LOOK_COPY;
	int error = -ETIMEDOUT;

	for (int i = 0; (error == -ETIMEDOUT || error == -EAGAIN) && i < LOOK_TRIES; i++) {
		if (error == -EAGAIN)
			nanosleep(&nap, NULL);
		clone = clone && i < LOOK_TRIES - 1;
		error = look_once(question, clone ? LOOK_COW : stopped, graph, told);
		if (error == -EOPNOTSUPP && clone) {
			clone = false;
			error = look_once(question, stopped, graph, told);
		}
	}
	return error;
}

int look_at(const struct look_question *question, struct graph **graph,
	    struct look_told *told)
{
	int error = -EPERM;

	if (!question->running || !question->no_pause)
		error = look_when_stopped(question, graph, told);
	if (error != -EPERM || !question->running)
		return error;
	question->running(question->user, true);
	error = look_once(question, LOOK_RUNNING, graph, told);
	question->running(question->user, false);
	return error;
}

const char *look_refusal(int error)
{
	static _Thread_local char other[128];

	switch (error) {
	case -ESRCH: return "the process has ended";
	case -EPERM: return "the kernel does not let memtop stop and read it";
	case -ETIMEDOUT: return "some thread did not stop within 50 ms, in three tries";
	case -EAGAIN: return "the program does not come to rest: its events do not come to an end";
	case -ENOMEM: return "out of memory";
	default: break;
	}
	snprintf(other, sizeof(other), "its memory could not be read: %s", strerror(-error));
	return other;
}

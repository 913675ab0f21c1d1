/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *	             stop          clone  settled   go on
 *	this thread   |-------------|.......|--------|   reads the clone, ends it
 *	the blocks'   |--- the rings are read -------|   blocks come into the graph
 *
 * Without a clone this thread copies the memory at that point of the picture, or, if the
 * program waits for the look anyhow, sweeps it once it has all blocks.
 */
#include "tracer/collect/look/take.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "tracer/ground/hurry.h"
#include "tracer/ground/threads/threads.h"
#include "tracer/machine/process.h"
#include "tracer/collect/look/cow.h"

#define PATIENCE 50000000u              /* ns for all threads to stop */
#define ALONE 1000000000u               /* ns for one after the other; no thread has to
					 * wait for the rest */
#define THREADS_TRIED 64

/* Whether all blocks of the instant are known, even if some are still to be given when
 * the threads go on. */
struct look_settled {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool settled;
	bool ready;                     /* whoever gives them waits for the threads to stop */
	int stands;                     /* 1: they have; -errno: they will not */
};

struct taking {
	struct taken *taken;
	const struct look_question *question;
	enum look_way way;
	struct graph *graph;
	struct look_told *told;
	int32_t tid;                    /* of the thread that takes it */
	int error;
	struct look_settled settled;
	pthread_t blocks;               /* gets them, if `asked` */
	bool asked;
	int blocks_error;
	struct cow cow;
};

void look_settle(struct look_settled *settled)
{
	pthread_mutex_lock(&settled->lock);
	settled->settled = true;
	pthread_cond_signal(&settled->changed);
	pthread_mutex_unlock(&settled->lock);
}

int look_standing(struct look_settled *settled)
{
	pthread_mutex_lock(&settled->lock);
	settled->ready = true;
	pthread_cond_signal(&settled->changed);
	int stands = settled->stands;

	pthread_mutex_unlock(&settled->lock);
	return stands;
}

/* Any thread of a process, since its first may have ended.  0: there is none. */
static int32_t some_thread(int32_t pid)
{
	DIR *threads = threads_open(pid);
	int32_t tid = 0, next;

	while (threads && (next = threads_next(threads)))
		tid = next;
	if (threads)
		closedir(threads);
	return tid;
}

/* Makes room for what the process has now, and finds what takes long, while it still
 * runs.  The thread whose maps are read may end meanwhile; then those of another are
 * read. */
static int make_room_for(struct taking *taking)
{
	int32_t pid = taking->question->pid;
	int error = -ESRCH;

	for (int i = 0; error == -ESRCH && i < THREADS_TRIED; i++) {
		int32_t tid = some_thread(pid);
		struct layout layout = { 0 };

		if (!tid)
			return -ESRCH;
		error = layout_read(&layout, pid, tid);
		if (!error && taking->way != LOOK_STOOD)
			error = copy_prepare(&taking->taken->copy, layout.bytes);
		layout_free(&layout);
	}
	return error ? error : kernel_find(&taking->taken->kernel, pid);
}

static void *ask_for_blocks(void *user)
{
	struct taking *taking = user;
	const struct look_question *question = taking->question;

	taking->blocks_error =
		question->blocks(question->user, taking->graph, &taking->settled);
	look_settle(&taking->settled);
	return NULL;
}

static int copy_or_clone(struct taking *taking)
{
	struct taken *taken = taking->taken;
	const struct look_question *question = taking->question;
	int32_t tid = taken->stop.threads[0].tid;
	uint64_t *unread = &taking->told->unread;
	int error = layout_read(&taken->layout, question->pid, tid);

	if (!error)
		error = own_memory_read(&taken->own, tid, question->own);
	if (!error)
		error = kernel_read(&taken->kernel, question->pid);
	if (error || taking->way == LOOK_STOOD)
		return error;
	if (taking->way == LOOK_COPY)
		return copy_take(&taken->copy, &taken->layout, tid, false, unread);
	error = cow_make(&taking->cow, &taken->stop, question->pid, question->cow);
	if (!error)
		error = layout_of_clone(&taken->layout, taking->cow.pid);
	return error ? error : copy_take(&taken->copy, &taken->layout, tid, true, unread);
}

static void wait_until_settled(struct look_settled *settled)
{
	pthread_mutex_lock(&settled->lock);
	while (!settled->settled)
		pthread_cond_wait(&settled->changed, &settled->lock);
	pthread_mutex_unlock(&settled->lock);
}

/* Waits until whoever gives the blocks waits for the threads to stop, or has given up. */
static void wait_until_ready(struct look_settled *settled)
{
	pthread_mutex_lock(&settled->lock);
	while (!settled->ready && !settled->settled)
		pthread_cond_wait(&settled->changed, &settled->lock);
	pthread_mutex_unlock(&settled->lock);
}

static void tell_stands(struct look_settled *settled, int stands)
{
	pthread_mutex_lock(&settled->lock);
	settled->stands = stands;
	pthread_mutex_unlock(&settled->lock);
}

/* Reads the clone and ends it while the program runs, which then reaps it. */
static void read_clone(struct taking *taking)
{
	struct taken *taken = taking->taken;

	if (!taking->error && taking->cow.pid)
		taking->error = copy_take(&taken->copy, &taken->layout, taking->cow.pid, false,
					  &taking->told->unread);
	cow_end(&taking->cow, taking->question->pid, taking->question->cow_now,
		taking->question->user);
}

/* Asks for the blocks in a thread of their own. */
static int begin_blocks(struct taking *taking)
{
	int error = -pthread_create(&taking->blocks, NULL, ask_for_blocks, taking);

	taking->asked = !error;
	return error;
}

/* Waits until there are no more blocks to come. */
static void wait_for_blocks(struct taking *taking)
{
	if (taking->asked)
		pthread_join(taking->blocks, NULL);
	taking->asked = false;
}

/* Has the memory read where it is, once all blocks are known. */
static void sweep_where_it_is(struct taking *taking)
{
	struct taken *taken = taking->taken;

	wait_for_blocks(taking);
	if (!taking->error && !taking->blocks_error)
		taking->error = taken->sweep(taken, taking->question, taking->graph,
					     &taking->told->unread);
}

/* Takes everything while all threads are stopped, since `begun`; they go on at the end of
 * the hurry. */
static void take_standing(struct taking *taking, uint64_t begun, struct hurry *hurry)
{
	struct look_told *told = taking->told;

	taking->error = copy_or_clone(taking);
	wait_until_settled(&taking->settled);
	if (taking->way == LOOK_STOOD)
		sweep_where_it_is(taking);
	stop_end(&taking->taken->stop);
	hurry_end(hurry);
	told->pause = stop_clock() - begun;
	told->threads = (unsigned)taking->taken->stop.length;
	read_clone(taking);
	told->copied = taking->taken->layout.bytes - told->unread;
}

/* Stops all threads, takes everything and lets them go on.  The blocks come from a thread
 * of their own, which ends before this returns. */
static void stop_and_take(struct taking *taking)
{
	bool early = taking->question->early;
	int error = early ? begin_blocks(taking) : 0;

	if (taking->asked)
		wait_until_ready(&taking->settled);
	uint64_t begun = stop_clock();
	struct hurry hurry = hurry_begin();

	if (!error)
		error = stop_all(&taking->taken->stop, taking->question->pid, PATIENCE);
	if (taking->way != LOOK_COW)    /* a clone takes turns; the others take long */
		hurry_end(&hurry);
	if (error)
		taking->told->pause = stop_clock() - begun;
	tell_stands(&taking->settled, error ? error : 1);
	if (!error && !early) {
		error = begin_blocks(taking);
		if (error)
			stop_end(&taking->taken->stop);
	}
	if (!error)
		take_standing(taking, begun, &hurry);
	hurry_end(&hurry);
	wait_for_blocks(taking);
	taking->error = error ? error : taking->error ? taking->error : taking->blocks_error;
}

/* Reads the memory that a thread sees while the process runs; what is unmapped meanwhile
 * holds nothing any more. */
static int read_by(int32_t tid, const struct look_question *question, struct layout *layout,
		   struct copy *copy, struct own_memory *own)
{
	uint64_t gone = 0;
	int error = layout_read(layout, question->pid, tid);

	if (!error && !copy->memory)
		error = copy_prepare(copy, layout->bytes);
	if (!error)
		error = copy_take(copy, layout, tid, false, &gone);
	return error ? error : own_memory_read(own, tid, question->own);
}

/* If the thread by which memory is read ends meanwhile, another one serves. */
static int read_running(const struct taking *taking, struct layout *layout, struct copy *copy,
			struct own_memory *own)
{
	int32_t pid = taking->question->pid;
	int error = stop_each(&taking->taken->stop, pid, ALONE);

	if (!error)
		error = kernel_read(&taking->taken->kernel, pid);
	if (error)
		return error;
	error = -ESRCH;
	for (int i = 0; error == -ESRCH && i < THREADS_TRIED; i++) {
		int32_t tid = some_thread(pid);

		if (!tid)
			break;
		layout_free(layout);
		own_memory_free(own);
		error = read_by(tid, taking->question, layout, copy, own);
	}
	return error;
}

/* Takes the memory of a running process.  A thread whose registers are unknown may hold
 * something in them. */
static int take_running(struct taking *taking)
{
	struct taken *taken = taking->taken;
	const struct look_question *question = taking->question;
	struct stop *stop = &taken->stop;
	int error = read_running(taking, &taken->before.layout, &taken->before.copy,
				 &taken->before.own);

	if (!error)
		error = read_running(taking, &taken->layout, &taken->copy, &taken->own);
	if (!error)
		error = stop_each(stop, question->pid, ALONE);
	for (size_t i = 0; i < stop->length; i++)
		if (!stop->threads[i].length)
			taking->told->unread += sizeof(struct user_regs_struct);
	taking->told->threads = (unsigned)stop->length / 3;
	taking->told->copied = taken->layout.bytes;
	return error ? error : !stop->length ? -ESRCH :
	       question->blocks(question->user, taking->graph, &taking->settled);
}

static void *take_in_thread(void *user)
{
	struct taking *taking = user;

	taking->tid = gettid();
	taking->error = make_room_for(taking);
	if (!taking->error && taking->way == LOOK_RUNNING)
		taking->error = take_running(taking);
	if (!taking->error && taking->way != LOOK_RUNNING)
		stop_and_take(taking);
	return NULL;
}

int take_stopped(struct taken *taken, const struct look_question *question,
		 enum look_way way, struct graph *graph, struct look_told *told)
{
	struct taking taking = {
		.taken = taken, .question = question, .way = way, .graph = graph, .told = told,
		.settled = { .lock = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER },
	};
	pthread_t thread;
	int error = -pthread_create(&thread, NULL, take_in_thread, &taking);

	told->way = way;
	if (error)
		return error;
	pthread_join(thread, NULL);
	if (taking.error)               /* threads that did not stop in time are asked again */
		stop_wait_for_end(taking.tid);
	return taking.error;
}

void take_free(struct taken *taken)
{
	stop_free(&taken->stop);
	layout_free(&taken->layout);
	copy_free(&taken->copy);
	own_memory_free(&taken->own);
	kernel_free(&taken->kernel);
	layout_free(&taken->before.layout);
	copy_free(&taken->before.copy);
	own_memory_free(&taken->before.own);
}

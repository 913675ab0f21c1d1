/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One try is one thread: it seizes, copies, lets go, and ends, so that the kernel gives
 * back whatever it still had; what it leaves is worked on by who asked.
 */
#include "tracer/collect/look/look.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "tracer/collect/look/copy.h"
#include "tracer/collect/look/layout.h"
#include "tracer/collect/look/roots.h"
#include "tracer/collect/look/stop.h"

#define PATIENCE 50000000u              /* ns for all threads to stop */
#define NAP 1000000L                    /* ns until the next try of -EAGAIN */
#define THREADS_TRIED 64

struct try {
	const struct look_question *question;
	struct graph *graph;
	struct stop stop;
	struct layout layout;
	struct copy copy;
	struct look_told *told;
	int error;
};

/* Some thread of a process: its first may have ended.  0: none. */
static int32_t some_thread(int32_t pid)
{
	char path[32];
	struct dirent *entry;
	int32_t tid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);

	while (tasks && (entry = readdir(tasks)))
		if (atol(entry->d_name) > 0)
			tid = (int32_t)atol(entry->d_name);
	if (tasks)
		closedir(tasks);
	return tid;
}

/* While it runs yet: room for what it has now.  The thread whose maps are read may end
 * meanwhile; then another one's are. */
static int make_room_for(struct try *try)
{
	int error = -ESRCH;

	for (int i = 0; error == -ESRCH && i < THREADS_TRIED; i++) {
		int32_t tid = some_thread(try->question->pid);
		struct layout layout = { 0 };

		if (!tid)
			return -ESRCH;
		error = layout_read(&layout, try->question->pid, tid);
		if (!error)
			error = copy_prepare(&try->copy, layout.bytes);
		layout_free(&layout);
		error = error == -ENOENT ? -ESRCH : error == -EACCES ? -EPERM : error;
	}
	return error;
}

static int copy_stopped(struct try *try)
{
	int32_t tid = try->stop.threads[0].tid;
	int error = layout_read(&try->layout, try->question->pid, tid);

	if (!error)
		error = copy_take(&try->copy, &try->layout, tid, &try->told->unread);
	if (!error)
		error = try->question->blocks(try->question->user, try->graph);
	try->told->threads = (unsigned)try->stop.length;
	try->told->copied = try->layout.bytes - try->told->unread;
	return error;
}

static void *look_try(void *user)
{
	struct try *try = user;

	try->error = make_room_for(try);
	if (try->error)
		return NULL;
	uint64_t begun = stop_clock();

	try->error = stop_all(&try->stop, try->question->pid, PATIENCE);
	if (!try->error) {
		try->error = copy_stopped(try);
		stop_end(&try->stop);
	}
	try->told->pause = stop_clock() - begun;
	return NULL;
}

static void try_free(struct try *try)
{
	stop_free(&try->stop);
	layout_free(&try->layout);
	copy_free(&try->copy);
}

/* Code and constants of modules are read now, so one that is unloaded meanwhile leaves
 * its objects without a type. */
static int find_more(struct try *try)
{
	const struct look_question *question = try->question;
	struct memory *memory = memory_new(&try->layout, try->copy.memory, question->pid,
					   try->stop.threads[0].tid);
	int error = memory ? 0 : -ENOMEM;

	if (!error && question->typed)
		error = typed_find(question->typed, try->graph, memory);
	if (!error && question->paged)
		error = paged_find(question->paged, try->graph, &try->layout, memory);
	memory_free(memory);
	if (error && question->typed)
		typed_free(question->typed);
	if (error && question->paged)
		paged_free(question->paged);
	return error;
}

/* The process runs again: what was copied becomes a graph. */
static int work_out(struct try *try)
{
	const struct look_question *question = try->question;
	struct copied copied = { &try->layout, &try->stop, try->copy.memory, NULL };
	int error = graph_seal(try->graph);

	if (!error && question->held) {
		copied.rooted = rooted_new(question->pid, &try->layout, &try->stop);
		error = copied.rooted ? 0 : -ENOMEM;
	}
	if (!error)
		error = roots_tell(try->graph, &copied, question);
	if (!error)
		error = graph_mark(try->graph);
	if (!error)
		error = find_more(try);
	if (!error && question->held)
		error = question->held(question->user, try->graph, copied.rooted);
	rooted_free(copied.rooted);
	return error;
}

static int look_once(const struct look_question *question, struct graph **graph,
		     struct look_told *told)
{
	struct try try = { .question = question, .graph = graph_new(), .told = told };
	pthread_t thread;
	int error = try.graph ? 0 : -ENOMEM;

	*told = (struct look_told){ 0 };
	if (!error)
		error = -pthread_create(&thread, NULL, look_try, &try);
	if (!error) {
		pthread_join(thread, NULL);
		error = try.error ? try.error : work_out(&try);
	}
	try_free(&try);
	if (error)
		graph_free(try.graph);
	*graph = error ? NULL : try.graph;
	return error;
}

int look_at(const struct look_question *question, struct graph **graph,
	    struct look_told *told)
{
	const struct timespec nap = { 0, NAP };
	int error = -ETIMEDOUT;

	for (int i = 0; (error == -ETIMEDOUT || error == -EAGAIN) && i < LOOK_TRIES; i++) {
		if (error == -EAGAIN)
			nanosleep(&nap, NULL);
		error = look_once(question, graph, told);
	}
	return error;
}

const char *look_refusal(int error)
{
	switch (error) {
	case -ESRCH: return "the process has ended";
	case -EPERM: return "the kernel does not let memtop stop and read it: another tracer is there, "
			    "or it has other rights, or kernel.yama.ptrace_scope forbids it";
	case -ETIMEDOUT: return "some thread did not stop within 50 ms, in three tries";
	case -EAGAIN: return "the program does not come to rest: its events do not come to an end";
	case -ENOMEM: return "out of memory";
	default: return "its memory could not be read";
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer's thread makes the empty file's tables while the program starts, and then
 * takes jobs from a linked list, oldest first; it sleeps until there is one or the next
 * checkpoint is due.  Until the first one it also looks, every few milliseconds, which
 * names it can write ahead.  After an error nothing more is written, and the session is told
 * once. */
#include "tracer/collect/recording/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tracer/collect/recording/due.h"
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/recording/source.h"
#include "tracer/collect/recording/store/frozen.h"
#include "tracer/collect/recording/store/store.h"

#define CHECKPOINT_SECONDS 5
#define GATHER_NS 20000000              /* between the first process's tick and the commit */
#define AHEAD_NS 4000000                /* between two looks at what can be written ahead; */
#define AHEAD_MOST_NS 64000000          /* doubled while there is nothing new, up to this */
#define MANY_TRACES 16384u              /* worth a thread and two commits */
#define SOON_SECONDS 1                  /* to the first checkpoint, or from a snapshot or mark */

struct job {
	/* Writes to the store, which is not NULL here: 0, or -1 with *error.  NULL: the
	 * thread ends. */
	int (*write)(struct writer *w, struct job *job, struct error *error);
	bool soon;                      /* should soon be in the file */
	struct snapshot *snapshot;      /* the argument of write_snapshot, and so on */
	uint32_t process;
	bool vacates;                   /* with write_restart: its place may be taken then */
	unsigned number;
	struct point point;
	struct mark mark;
	void (*told)(void *user, const struct error *error);    /* called; nobody waits */
	void *user;
	const char *path;               /* belongs to the caller, who waits */
	bool force;                     /* overwrite it */
	struct error *error;            /* likewise; may be NULL */
	int *status;                    /* likewise; set when the job is done */
	struct job *next;
};

struct writer {
	pthread_t thread;
	struct writer_ops ops;
	void *user;
	struct store *store;            /* used by the thread; NULL: finished or failed */
	struct sources *sources;        /* used by the thread */
	struct catalog *named;          /* whose source lines are written at the end */
	char *path;
	bool private_file;
	bool exiting;
	bool begun;                     /* a complete state was committed */
	long ahead_ns;                  /* used by the thread: the step to ahead_due */
	struct timespec ahead_due;
	struct error failure;           /* used by the thread; status 0: no failure */

	pthread_mutex_t lock;           /* protects *job->status and what follows */
	pthread_cond_t queued, done;
	bool frozen;                    /* the last moment of the state that is written is */
	struct job *jobs, **last;
	bool ticked;                    /* ticks wait, and should be committed then: */
	struct timespec tick_due;
};

static int source_of(void *user, const char *path, unsigned line, char *text, size_t size)
{
	return sources_line(user, path, line, text, size);
}

static void writer_fail(struct writer *w, const struct error *error)
{
	if (!w->store)
		return;
	w->failure = *error;
	store_leave(w->store);
	w->store = NULL;
	w->ops.failed(w->user, error->text);
}

/* Writes snapshots, unless something failed before, and drops the references. */
static int write_snapshots(struct writer *w, struct snapshot **all, size_t length,
			   int (*write)(struct store *, struct snapshot *, struct error *),
			   int result, struct error *error)
{
	for (size_t i = 0; i < length; i++) {
		if (result == 0)
			result = write(w->store, all[i], error);
		if (!w->named)
			w->named = catalog_retain(all[i]->catalog);
		snapshot_release(all[i]);
	}
	free(all);
	return result;
}

/* The peak is frozen last, or with the exit. */
static void peak_is_frozen(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->frozen = true;
	pthread_cond_broadcast(&w->done);
	pthread_mutex_unlock(&w->lock);
}

static void freeze_ends(void *user, struct snapshot **all[2], size_t length[2])
{
	struct writer *w = user;

	w->ops.freeze_ends(w->user, all, length);
	peak_is_frozen(w);
}

/* Writes the present moment and the peak; of a program that runs one after the other, as
 * nobody waits, and the reader has enough to do. */
static int write_moments(struct writer *w, struct frozen *both, bool over, struct error *error)
{
	static const enum moment_kind kinds[] = { MOMENT_LIVE, MOMENT_PEAK };
	int result = 0;

	if (over)
		frozen_take(both);
	for (unsigned i = 0; i < 2; i++) {
		if (!over && !result)
			both->all[i] = w->ops.freeze(w->user, kinds[i], &both->length[i]);
		if (i)
			peak_is_frozen(w);
		result = write_snapshots(w, both->all[i], both->length[i], store_snapshot, result,
					 error);
	}
	return result;
}

/* *any: there was something to write. */
static int write_joined(struct writer *w, bool *any, struct error *error)
{
	size_t length = 0;
	struct snapshot **all = w->ops.joined ? w->ops.joined(w->user, &length) : NULL;

	*any = length > 0;
	return write_snapshots(w, all, length, store_joined, 0, error);
}

static int write_program(struct writer *w, struct error *error)
{
	struct program program = { 0 };
	w->ops.program(w->user, &program);
	int result = store_program(w->store, &program, error);
	program_clear(&program);
	return result;
}

/* At the end of a program with many stacks: begins to freeze them, and meanwhile
 * brings into the file itself what was written ahead. */
static int begin_end(struct writer *w, struct frozen *ends, struct error *error)
{
	bool any;

	if (w->begun || !w->ops.catalog)
		return 0;
	struct catalog *catalog = w->ops.catalog(w->user);

	if (catalog_traces(catalog) < MANY_TRACES)
		return 0;
	frozen_ahead(ends);
	if (store_ahead(w->store, catalog, source_of, w->sources, &any, error) != 0)
		return -1;
	return store_commit_log(w->store, error);
}

/* Writes the present state; `whole`: nothing comes after it.  That is said at once, since
 * for a page that is changed late SQLite writes checksums of all behind it again. */
static int write_state(struct writer *w, enum moment_kind last, bool whole,
		       struct error *error)
{
	struct frozen ends = { .freeze = freeze_ends, .user = w };
	bool over = last == MOMENT_EXIT, any;

	if ((over && begin_end(w, &ends, error) != 0) || write_program(w, error) != 0 ||
	    (whole && store_finished(w->store, true, error) != 0) ||
	    write_joined(w, &any, error) != 0) {
		frozen_drop(&ends);
		return -1;
	}
	if (write_moments(w, &ends, over, error) != 0)
		return -1;
	if (w->ops.history && w->ops.history(w->user, w->store, error) != 0)
		return -1;
	if (w->named && store_sources(w->store, w->named, source_of, w->sources, error) != 0)
		return -1;
	w->begun = true;
	return 0;
}

/* Writes the present state and commits it; `wait`: returns once it is on the disk. */
static int checkpoint(struct writer *w, enum moment_kind last, bool wait, struct error *error)
{
	if (write_state(w, last, false, error) != 0)
		return -1;
	return store_commit(w->store, wait, error);
}

static bool has_ended(struct writer *w)
{
	struct program program = { 0 };
	w->ops.program(w->user, &program);
	bool ended = program.ended;
	program_clear(&program);
	return ended;
}

static int write_snapshot(struct writer *w, struct job *job, struct error *error)
{
	return store_snapshot(w->store, job->snapshot, error);
}

static int write_point(struct writer *w, struct job *job, struct error *error)
{
	return store_point(w->store, &job->point, error);
}

static int write_mark(struct writer *w, struct job *job, struct error *error)
{
	return store_mark(w->store, &job->mark, error);
}

static int write_restart(struct writer *w, struct job *job, struct error *error)
{
	return store_restart(w->store, job->process, error);
}

static int write_forget(struct writer *w, struct job *job, struct error *error)
{
	return store_forget_number(w->store, job->number, error);
}

/* Commits what was written to SQLite's log, after a first complete state, without which
 * no reader would know whose moments they are. */
static int write_log(struct writer *w, struct job *job, struct error *error)
{
	bool any;

	(void)job;
	if (!w->begun)
		return checkpoint(w, MOMENT_LIVE, false, error);
	/* The list says how many there are. */
	if (write_joined(w, &any, error) != 0 || (any && write_program(w, error) != 0))
		return -1;
	return store_commit_log(w->store, error);
}

/* The same, with the ticks that the histories have and the file does not. */
static int write_ticks(struct writer *w, struct error *error)
{
	if (w->ops.history && w->ops.history(w->user, w->store, error) != 0)
		return -1;
	return write_log(w, NULL, error);
}

static int write_present(struct writer *w, struct job *job, struct error *error)
{
	(void)job;
	return checkpoint(w, has_ended(w) ? MOMENT_EXIT : MOMENT_LIVE, true, error);
}

static int copy_file(struct writer *w, struct job *job, struct error *error)
{
	if (write_present(w, job, error) != 0)
		return -1;
	return store_copy(w->store, job->path, job->force, error);
}

static int write_end(struct writer *w, struct job *job, struct error *error)
{
	(void)job;
	if (write_state(w, has_ended(w) ? MOMENT_EXIT : MOMENT_LIVE, true, error) != 0) {
		struct error ignored;

		store_finished(w->store, false, &ignored);
		return -1;
	}
	if (store_commit_last(w->store, error) != 0)
		return -1;
	int result = store_finish(w->store, error);
	w->store = NULL;
	return result;
}

static void writer_run(struct writer *w, struct job *job)
{
	struct error error = { 125, "the recording is finished already" };
	int result = -1;

	w->exiting = !job->write;
	if (w->failure.status)
		error = w->failure;
	else if (!w->store && job->write == write_end)
		result = 0;             /* ended by `memtop ctl stop` */
	if (w->store && job->write) {
		result = job->write(w, job, &error);
		/* That a copy failed says nothing against this file. */
		if (result != 0 && job->write != copy_file)
			writer_fail(w, &error);
	}
	if (job->write == write_restart && job->vacates)
		w->ops.vacated(w->user, job->process);
	if (job->told)
		job->told(job->user, w->failure.status ? &error : NULL);
	pthread_mutex_lock(&w->lock);
	if (job->error)
		*job->error = error;
	if (job->status)
		*job->status = result;
	pthread_cond_broadcast(&w->done);
	pthread_mutex_unlock(&w->lock);
	snapshot_release(job->snapshot);
	free(job->mark.text);
	free(job);
}

/* What the thread does when no job came in time. */
enum writer_wake { WAKE_CHECKPOINT, WAKE_TICKS, WAKE_AHEAD };

/* The time until which to wait, with the lock held; *why: what is due then. */
static const struct timespec *next_due(const struct writer *w, const struct timespec *due,
				       enum writer_wake *why)
{
	*why = WAKE_CHECKPOINT;
	if (w->ticked && due_before(&w->tick_due, due)) {
		*why = WAKE_TICKS;
		due = &w->tick_due;
	}
	/* Whatever comes after the first complete state waits for the next one. */
	if (w->store && w->ops.catalog && !w->begun && due_before(&w->ahead_due, due)) {
		*why = WAKE_AHEAD;
		due = &w->ahead_due;
	}
	return due;
}

/* Waits for the next job.  NULL: none came before what *why says was due. */
static struct job *writer_next_job(struct writer *w, const struct timespec *due,
				   enum writer_wake *why)
{
	int result = 0;

	pthread_mutex_lock(&w->lock);
	while (!w->jobs && result != ETIMEDOUT)
		result = pthread_cond_timedwait(&w->queued, &w->lock, next_due(w, due, why));
	struct job *job = w->jobs;
	if (job) {
		w->jobs = job->next;
		if (!w->jobs)
			w->last = &w->jobs;
	} else if (*why != WAKE_AHEAD) {
		w->ticked = false;
	}
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void plan_ahead(struct writer *w, long ns)
{
	w->ahead_ns = ns < AHEAD_MOST_NS ? ns : AHEAD_MOST_NS;
	w->ahead_due = due_after(w->ahead_ns);
}

/* Writes names while the program still runs; a short run has hardly anything else to
 * write, and at its end somebody waits. */
static int write_ahead(struct writer *w, struct error *error)
{
	bool any;
	int result = store_ahead(w->store, w->ops.catalog(w->user), source_of, w->sources, &any,
				 error);

	plan_ahead(w, any ? AHEAD_NS : w->ahead_ns * 2);
	return result;
}

static int write_due(struct writer *w, enum writer_wake why, struct error *error)
{
	return why == WAKE_TICKS ? write_ticks(w, error) :
	       why == WAKE_AHEAD ? write_ahead(w, error) :
	       checkpoint(w, MOMENT_LIVE, true, error);
}

static void *writer_main(void *user)
{
	struct writer *w = user;
	struct timespec due, soon;      /* for the next checkpoint, and at the earliest */
	struct error error;

	if (store_prepare(w->store, &error) != 0)
		writer_fail(w, &error);
	clock_gettime(CLOCK_MONOTONIC, &due);
	due.tv_sec += SOON_SECONDS;
	soon = due;
	plan_ahead(w, AHEAD_NS);
	while (!w->exiting) {
		enum writer_wake why = WAKE_CHECKPOINT;
		struct job *job = writer_next_job(w, &due, &why);
		if (job) {
			if (job->soon)
				due = soon;
			writer_run(w, job);
			continue;
		}
		if (w->store && write_due(w, why, &error) != 0)
			writer_fail(w, &error);
		if (why != WAKE_CHECKPOINT)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &due);
		soon = due;
		soon.tv_sec += SOON_SECONDS;
		due.tv_sec += CHECKPOINT_SECONDS;
	}
	return NULL;
}

int writer_begin(struct writer **out, const char *path, bool force, bool private_file,
		 const struct writer_ops *ops, void *user, struct error *error)
{
	struct writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t clock;
	*error = (struct error){ 125, "cannot record: out of memory" };
	if (!w)
		return -1;
	w->last = &w->jobs;
	w->ops = *ops;
	w->user = user;
	w->private_file = private_file;
	w->path = strdup(path);
	w->sources = sources_new();
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->queued, &clock);
	pthread_cond_init(&w->done, NULL);
	pthread_condattr_destroy(&clock);
	if (!w->path || !w->sources || store_create(&w->store, path, force, error) != 0)
		goto failed;
	if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
		store_leave(w->store);
		unlink(path);
		*error = (struct error){ 125, "cannot record: no thread can be started" };
		goto failed;
	}
	pthread_setname_np(w->thread, "store");
	*out = w;
	return 0;
failed:
	sources_free(w->sources);
	free(w->path);
	free(w);
	return -1;
}

/* Copies the job into the queue; false: out of memory, nothing was queued. */
static bool queue(struct writer *w, const struct job *job)
{
	struct job *copy = malloc(sizeof(*copy));
	if (!copy)
		return false;
	*copy = *job;
	pthread_mutex_lock(&w->lock);
	*w->last = copy;
	w->last = &copy->next;
	pthread_cond_signal(&w->queued);
	pthread_mutex_unlock(&w->lock);
	return true;
}

static int queue_and_wait(struct writer *w, struct job job)
{
	bool helps = job.write == write_end && w->ops.meanwhile;
	int status = 1;

	job.status = &status;
	if (!queue(w, &job)) {
		if (job.error)
			*job.error = (struct error){ 125, "cannot record: out of memory" };
		return -1;
	}
	pthread_mutex_lock(&w->lock);
	while (status == 1) {
		bool now = helps && w->frozen;

		if (!now) {
			pthread_cond_wait(&w->done, &w->lock);
			continue;
		}
		helps = false;
		pthread_mutex_unlock(&w->lock);
		w->ops.meanwhile(w->user);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return status;
}

void writer_tick(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	if (!w->ticked) {
		w->ticked = true;
		w->tick_due = due_after(GATHER_NS);
		pthread_cond_signal(&w->queued);
	}
	pthread_mutex_unlock(&w->lock);
}

void writer_snapshot(struct writer *w, struct snapshot *snapshot)
{
	const struct job job = { .write = write_snapshot,
				 .soon = true,
				 .snapshot = snapshot_retain(snapshot) };
	if (!queue(w, &job))
		snapshot_release(snapshot);
	writer_tick(w);
}

void writer_point(struct writer *w, const struct point *point)
{
	queue(w, &(struct job){ .write = write_point, .point = *point });
}

void writer_mark(struct writer *w, const struct mark *mark)
{
	struct mark copy = { mark->time, strdup(mark->text) };
	const struct job job = { .write = write_mark, .soon = true, .mark = copy };
	if (!copy.text || !queue(w, &job))
		free(copy.text);
	writer_tick(w);
}

bool writer_tell(struct writer *w, void (*told)(void *user, const struct error *error),
		 void *user)
{
	return queue(w, &(struct job){ .write = write_log, .told = told, .user = user });
}

void writer_forget(struct writer *w, unsigned number)
{
	queue(w, &(struct job){ .write = write_forget, .number = number });
}

void writer_flush(struct writer *w) { queue(w, &(struct job){ .write = write_present }); }

void writer_restart(struct writer *w, uint32_t process)
{
	queue(w, &(struct job){ .write = write_restart, .process = process });
}

void writer_vacate(struct writer *w, uint32_t process)
{
	queue(w, &(struct job){ .write = write_restart, .process = process, .vacates = true });
}

int writer_copy(struct writer *w, const char *path, bool force, struct error *error)
{
	return queue_and_wait(w, (struct job){ .write = copy_file, .path = path, .force = force,
					       .error = error });
}

void writer_finish_later(struct writer *w) { queue(w, &(struct job){ .write = write_end }); }

int writer_finish(struct writer *w, struct error *error)
{
	return queue_and_wait(w, (struct job){ .write = write_end, .error = error });
}

/* Ends the thread and closes the file; `remove`: also deletes it. */
static void writer_end(struct writer *w, bool remove)
{
	queue(w, &(struct job){ 0 });
	pthread_join(w->thread, NULL);
	if (w->store)
		store_leave(w->store);
	if (remove)
		unlink(w->path);
	if (w->named)
		catalog_release(w->named);
	sources_free(w->sources);
	free(w->path);
	free(w);
}

void writer_discard(struct writer *w) { writer_end(w, true); }

void writer_free(struct writer *w)
{
	if (w)
		writer_end(w, w->private_file);
}

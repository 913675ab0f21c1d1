/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The loop: a round of the rings, the names thread's results, pages ahead for
 * the tracer, then whoever asks.  It sleeps on the control page's futex, with a
 * timeout after which, by the pace so far, the fullest ring is filled to FILL:
 * waking is left to a timer and costs the target nothing.  A tracer whose ring
 * got fuller than that, and whoever has a request, wakes it.
 */
#include "tracer/collect/reader.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FILL (WIRE_RING_SLOTS * 3 / 8)  /* slots in the fullest ring worth a round */
#define SLEEP_MIN 30000L                /* ns; for less it goes on at once */
#define SLEEP_MAX 16000000L
#define SLACK 5000                      /* ns that a timer may come late */
#define PAGE 4096
#define CHANGED_EVERY 50000000L         /* ns between two calls of changed() */

enum op { OP_FREEZE, OP_PART, OP_RESET_PEAK, OP_TAKE, OP_FINISH, OP_THREADS, OP_EXIT };

struct request {
	enum op op;
	enum moment_kind kind;          /* OP_FREEZE */
	struct snapshot *snapshot;      /* OP_FREEZE, OP_PART: the answer */
	struct snapshot_row *rows;      /* OP_FREEZE: memory for it, touched by who asks */
	size_t rows_room;
	unsigned part;                  /* OP_PART */
	struct image *image;            /* OP_TAKE */
	struct reader_thread *threads;  /* OP_THREADS: the answer */
	size_t threads_length, threads_max;
	bool done;
	struct request *next;
};

struct reader {
	pthread_t thread;
	void (*changed)(void *user);
	void *user;

	pthread_mutex_t lock;           /* around all below */
	pthread_cond_t asked, answered;
	struct request *requests;
	struct reader_status status;
	struct image *image;            /* written by the reader's thread only */
	bool finished, exiting;

	_Atomic bool pending;           /* requests is not empty */
	/* The reader's own: */
	uint64_t events_told;           /* totals.events at the last changed() */
	struct timespec told;
	struct timespec looked;         /* at the rings' heads, last round */
	long pause;                     /* ns that it slept last */
};

static long since(const struct timespec *then, const struct timespec *now)
{
	return (now->tv_sec - then->tv_sec) * 1000000000L + now->tv_nsec - then->tv_nsec;
}

static void wake(struct image *image)
{
	struct wire_control *control = segment_control(image->segment);
	atomic_store(&control->reader_asleep, 0);
	syscall(SYS_futex, &control->reader_asleep, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Queues a request and waits for its answer. */
static void ask(struct reader *r, struct request *request)
{
	pthread_mutex_lock(&r->lock);
	struct request **end = &r->requests;
	while (*end)
		end = &(*end)->next;
	*end = request;
	atomic_store(&r->pending, true);
	pthread_cond_signal(&r->asked);
	if (r->image)
		wake(r->image);
	while (!request->done)
		pthread_cond_wait(&r->answered, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

static void publish(struct reader *r)
{
	struct image *image = r->image;
	const struct wire_control *control = segment_control(image->segment);
	struct totals totals;
	struct timespec now;

	image_totals(image, &totals);
	pthread_mutex_lock(&r->lock);
	r->status.totals = totals;
	r->status.live = !r->finished;
	r->status.rows = model_rows(image->model);
	r->status.tracer_bytes = control->private_bytes;
	r->status.irregular = control->irregular;
	r->status.referee_stacks = control->referee_stacks;
	r->status.referee_wrong = control->referee_wrong;
	pthread_mutex_unlock(&r->lock);

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (totals.events != r->events_told && since(&r->told, &now) >= CHANGED_EVERY) {
		r->events_told = totals.events;
		r->told = now;
		r->changed(r->user);
	}
}

static uint64_t one_round(struct reader *r, bool final)
{
	struct image *image = r->image;
	uint64_t slots = drain_round(image->drain, final);
	image_settle(image);
	segment_grow(image->segment);
	atomic_fetch_add(&segment_control(image->segment)->reader_beat, 1);
	publish(r);
	return slots;
}

static void read_to_end(struct reader *r)
{
	while (one_round(r, true) > 0 || drain_pending(r->image->drain))
		;
}

static void drop_image(struct reader *r)
{
	struct image *image = r->image;
	if (!image)
		return;
	if (!r->finished)
		read_to_end(r);
	segment_disown(image->segment);
	pthread_mutex_lock(&r->lock);
	r->image = NULL;
	pthread_mutex_unlock(&r->lock);
	image_free(image);
}

static void take(struct reader *r, struct image *image)
{
	drop_image(r);
	segment_own(image->segment);
	pthread_mutex_lock(&r->lock);
	r->image = image;
	r->finished = false;
	pthread_mutex_unlock(&r->lock);
	r->events_told = 0;
}


static void note_thread(void *user, int32_t tid, struct thread_id thread)
{
	struct request *q = user;
	if (q->threads_length < q->threads_max)
		q->threads[q->threads_length++] = (struct reader_thread){ tid, thread };
}

static void finish(struct reader *r)
{
	if (r->image && !r->finished)
		read_to_end(r);
	r->finished = true;
	if (r->image)
		publish(r);
}

/* In the reader's thread, without the lock. */
static void serve(struct reader *r, struct request *q)
{
	switch (q->op) {
	case OP_FREEZE:
		if (r->image) {
			image_settle(r->image);
			q->snapshot = image_freeze_in(r->image, q->kind, &q->rows, q->rows_room);
		}
		break;
	case OP_PART:
		if (r->image) {
			image_settle(r->image);
			q->snapshot = image_part(r->image, q->part);
		}
		break;
	case OP_RESET_PEAK:
		if (r->image)
			model_reset_peak(r->image->model);
		break;
	case OP_TAKE:
		take(r, q->image);
		break;
	case OP_FINISH:
		finish(r);
		break;
	case OP_THREADS:
		if (r->image)
			drain_threads(r->image->drain, note_thread, q);
		break;
	case OP_EXIT:
		r->exiting = true;
		break;
	}
}

static void serve_all(struct reader *r)
{
	while (atomic_load(&r->pending)) {
		pthread_mutex_lock(&r->lock);
		struct request *q = r->requests;
		if (q)
			r->requests = q->next;
		if (!r->requests)
			atomic_store(&r->pending, false);
		pthread_mutex_unlock(&r->lock);
		if (!q)
			return;
		serve(r, q);
		if (q->op == OP_RESET_PEAK && r->image)
			publish(r);
		pthread_mutex_lock(&r->lock);
		q->done = true;
		pthread_cond_broadcast(&r->answered);
		pthread_mutex_unlock(&r->lock);
	}
}

static void sleep_on_rings(struct reader *r, long ns)
{
	struct wire_control *control = segment_control(r->image->segment);
	struct timespec timeout = { 0, ns };

	/* Sequentially consistent with the wakers' stores: either they see 1
	 * and wake us, or we see what they published before. */
	atomic_store(&control->reader_asleep, 1);
	if (!atomic_load(&r->pending))
		syscall(SYS_futex, &control->reader_asleep, FUTEX_WAIT, 1, &timeout, NULL, 0);
	atomic_store(&control->reader_asleep, 0);
}

static void sleep_for_request(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	while (!r->requests)
		pthread_cond_wait(&r->asked, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

/* How long after a round the fullest ring will have got to FILL, ns: at the
 * pace of the time between this look at it and the one before. */
static long next_pause(struct reader *r, const struct timespec *looked)
{
	struct timespec now;
	long between = since(&r->looked, looked);
	uint64_t fill = drain_fill(r->image->drain);
	long pause = r->pause * 2 + SLEEP_MIN;

	r->looked = *looked;
	if (fill > 0 && (uint64_t)between / fill < (uint64_t)SLEEP_MAX / FILL) {
		long until = (long)((uint64_t)between * FILL / fill);

		clock_gettime(CLOCK_MONOTONIC, &now);
		until -= since(looked, &now);
		if (until < pause)
			pause = until > 0 ? until : 0;
	}
	return pause < SLEEP_MAX ? pause : SLEEP_MAX;
}

/* A round, and a sleep if there is time for one. */
static void round_and_rest(struct reader *r)
{
	struct timespec looked;

	clock_gettime(CLOCK_MONOTONIC, &looked);
	one_round(r, false);
	r->pause = next_pause(r, &looked);
	if (r->pause >= SLEEP_MIN && !atomic_load(&r->pending))
		sleep_on_rings(r, r->pause);
}

static void *reader_main(void *user)
{
	struct reader *r = user;

	prctl(PR_SET_TIMERSLACK, SLACK, 0, 0, 0);
	while (!r->exiting) {
		if (!r->image || r->finished) {
			sleep_for_request(r);
		} else {
			round_and_rest(r);
		}
		/* A request is answered with all that was published before it. */
		if (atomic_load(&r->pending) && r->image && !r->finished)
			one_round(r, false);
		serve_all(r);
	}
	drop_image(r);
	return NULL;
}

struct reader *reader_new(void (*changed)(void *user), void *user)
{
	struct reader *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->changed = changed;
	r->user = user;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->asked, NULL);
	pthread_cond_init(&r->answered, NULL);
	if (pthread_create(&r->thread, NULL, reader_main, r) != 0) {
		free(r);
		return NULL;
	}
	pthread_setname_np(r->thread, "reader");
	return r;
}

void reader_take(struct reader *r, struct image *image)
{
	struct request q = { .op = OP_TAKE, .image = image };
	ask(r, &q);
}

void reader_finish(struct reader *r)
{
	struct request q = { .op = OP_FINISH };
	ask(r, &q);
}

/* New memory is the better part of what freezing costs: whoever asks finds it,
 * and writes to each page, so that the reader need not wait for it. */
static struct snapshot_row *find_rows(size_t room)
{
	struct snapshot_row *rows = calloc(room, sizeof(*rows));

	for (size_t i = 0; rows && i < room * sizeof(*rows); i += PAGE)
		((volatile char *)rows)[i] = 0;
	return rows;
}

struct snapshot *reader_freeze(struct reader *r, enum moment_kind kind)
{
	struct request q = { .op = OP_FREEZE, .kind = kind };

	pthread_mutex_lock(&r->lock);
	q.rows_room = r->status.rows + r->status.rows / 8 + 256;
	pthread_mutex_unlock(&r->lock);
	q.rows = find_rows(q.rows_room);
	ask(r, &q);
	free(q.rows);
	return q.snapshot;
}

struct snapshot *reader_part(struct reader *r, unsigned part)
{
	struct request q = { .op = OP_PART, .part = part };
	ask(r, &q);
	return q.snapshot;
}

void reader_reset_peak(struct reader *r)
{
	struct request q = { .op = OP_RESET_PEAK };
	ask(r, &q);
}

size_t reader_threads(struct reader *r, struct reader_thread *threads, size_t max)
{
	struct request q = { .op = OP_THREADS, .threads = threads, .threads_max = max };
	ask(r, &q);
	return q.threads_length;
}

void reader_status(struct reader *r, struct reader_status *status)
{
	pthread_mutex_lock(&r->lock);
	*status = r->status;
	pthread_mutex_unlock(&r->lock);
}

struct image *reader_image(struct reader *r) { return r->image; }

void reader_with_image(struct reader *r, void (*with)(struct image *image, void *user),
		       void *user)
{
	pthread_mutex_lock(&r->lock);
	if (r->image)
		with(r->image, user);
	pthread_mutex_unlock(&r->lock);
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	struct request q = { .op = OP_EXIT };
	ask(r, &q);
	pthread_join(r->thread, NULL);
	pthread_cond_destroy(&r->asked);
	pthread_cond_destroy(&r->answered);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The loop: reads the rings, takes the names thread's results, allocates pages ahead for
 * the tracers, then answers questions.  Then it sleeps on the control pages' futexes.
 * The sleep has a timeout: the time after which, at the pace so far, the fullest ring
 * will be filled to FILL.  So the reader is normally woken by a timer, which costs the
 * target nothing; only a tracer whose ring gets fuller than that wakes it, and whoever
 * asks something.
 */
#include "tracer/collect/rings/reader_parts.h"
#include "tracer/ground/shared/older.h"
#include "tracer/ground/shared/page.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FILL (WIRE_RING_SLOTS * 3 / 8)  /* slots in the fullest ring that make a round
					 * worth its time */
#define SLEEP_MIN 30000L                /* ns; shorter sleeps are left out */
#define SLEEP_MAX 16000000L
#define SLEEP_QUIET 500000L             /* the same where a tracer can't wake the
					 * reader */
#define SLACK 5000                      /* ns that a timer may come late */
#define NAMES_EVERY 2000000L            /* ns between two checks for names */
#define WAKERS 128u                     /* futexes that one sleep can wait for */
#define BLIND 1000000L                  /* ns to sleep at most where some tracers cannot
					 * wake the reader */
#define IDLE_ROUNDS 64                  /* short rounds without an event, one after the
					 * other */

/* Waking the futex of any image is enough. */
static void reader_wake(const struct reader *r)
{
	for (size_t i = 0; i < r->length; i++) {
		if (r->images[i]->state != IMAGE_LIVE)
			continue;
		struct wire_control *control = segment_control(r->images[i]->segment);
		atomic_store(&control->reader_asleep, 0);
		syscall(SYS_futex, &control->reader_asleep, FUTEX_WAKE, 1, NULL, NULL, 0);
		return;
	}
}

void reader_ask(struct reader *r, struct request *request)
{
	pthread_mutex_lock(&r->lock);
	struct request **end = &r->requests;
	while (*end)
		end = &(*end)->next;
	*end = request;
	atomic_store(&r->pending, true);
	pthread_cond_signal(&r->asked);
	reader_wake(r);
	while (!request->done)
		pthread_cond_wait(&r->answered, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

/* --- answers, in the reader's thread, without the lock --- */

static void freeze_each(struct reader *r, struct request *q,
			struct snapshot *(*freeze)(struct image *image, struct request *q))
{
	q->snapshots = calloc(r->length + 1, sizeof(*q->snapshots));
	for (size_t i = 0; i < r->length && q->snapshots; i++) {
		struct image *image = r->images[i];

		if (image->state == IMAGE_LEFT || (q->process && image->process != q->process))
			continue;
		image_settle(image);
		if (image->state == IMAGE_READ)         /* stacks that were settled
							 * since */
			reader_tick_end(r, image, HISTORY_END);
		model_grows(image->model, atomic_load(&r->grows));
		struct snapshot *frozen = freeze(image, q);
		if (frozen)
			q->snapshots[q->snapshots_length++] = frozen;
	}
}

static struct snapshot *freeze_one(struct image *image, struct request *q)
{
	struct snapshot *peak = NULL;
	struct snapshot *frozen = image_freeze_in(image, q->kind, &q->room,
						  q->peaks ? &peak : NULL);

	if (peak)
		q->peaks[q->peaks_length++] = peak;
	return frozen;
}

static struct snapshot *freeze_part(struct image *image, struct request *q)
{
	return image_part(image, q->part);
}

/* A named snapshot has a tick of its own with the same time. */
static void freeze(struct reader *r, struct request *q)
{
	double time = reader_tick_time(r);

	if (q->ends)
		q->peaks = calloc(r->length + 1, sizeof(*q->peaks));
	freeze_each(r, q, freeze_one);
	for (size_t i = 0; q->kind == MOMENT_NAMED && i < r->length; i++)
		if (r->images[i]->state == IMAGE_LIVE)
			reader_tick_image(r, r->images[i], HISTORY_SNAPSHOT, time);
	for (size_t i = 0; q->kind == MOMENT_NAMED && i < q->snapshots_length; i++)
		q->snapshots[i]->time = time;
}

static void tick_now(struct reader *r, struct request *q)
{
	q->time = reader_tick_all(r, q->why);
}

static void peak_of(struct reader *r, struct request *q) { freeze_each(r, q, freeze_part); }

static void reset_peak(struct reader *r, struct request *q)
{
	(void)q;
	for (size_t i = 0; i < r->length; i++) {
		model_reset_peak(r->images[i]->model);
		r->images[i]->peak = 0;
	}
	pthread_mutex_lock(&r->lock);
	r->all.totals.peak = 0;
	pthread_mutex_unlock(&r->lock);
	reader_publish(r);
}

struct listing {
	struct request *request;
	const struct image *image;
};

static void note_thread(void *user, int32_t tid, struct thread_id thread)
{
	const struct listing *listing = user;
	struct request *q = listing->request;

	if (q->threads_length < q->threads_max)
		q->threads[q->threads_length++] =
			(struct reader_thread){ listing->image->pid, tid, thread };
}

static void list_threads(struct reader *r, struct request *q)
{
	for (size_t i = 0; i < r->length; i++) {
		struct listing listing = { q, r->images[i] };

		if (r->images[i]->state == IMAGE_LIVE)
			drain_threads(r->images[i]->drain, note_thread, &listing);
	}
}

static void finish(struct reader *r, struct request *q)
{
	(void)q;
	pthread_mutex_lock(&r->lock);
	r->untold = true;
	pthread_mutex_unlock(&r->lock);
	reader_read_all(r);
	pthread_mutex_lock(&r->lock);
	r->finished = true;
	pthread_mutex_unlock(&r->lock);
	reader_publish(r);
}

static void take(struct reader *r, struct request *q)
{
	q->failed = !reader_add(r, q->image, q->parent, q->fork);
}

static void end(struct reader *r, struct request *q) { reader_ended(r, q->process, q->discard); }

static void ask_forks(struct reader *r, struct request *q)
{
	(void)q;
	reader_ask_forks(r);
}

/* Nothing is asked but that a round comes first. */
static void catch_up(struct reader *r, struct request *q)
{
	(void)r, (void)q;
}

static void reader_leave(struct reader *r, struct request *q)
{
	(void)q;
	r->exiting = true;
}

/* Answers all who have asked by now.  Each must see all that was published before it
 * asked, so a round has to come between looking for requests and answering them; later
 * requests are answered after another round. */
static void serve_all(struct reader *r)
{
	if (!atomic_load(&r->pending))
		return;
	pthread_mutex_lock(&r->lock);
	struct request *next = r->requests;
	r->requests = NULL;
	atomic_store(&r->pending, false);
	pthread_mutex_unlock(&r->lock);
	if (reader_live(r) > 0)
		reader_round(r);
	while (next) {
		struct request *q = next;

		next = q->next;         /* the request may be freed once it is answered */
		q->question(r, q);
		pthread_mutex_lock(&r->lock);
		q->done = true;
		pthread_cond_broadcast(&r->answered);
		pthread_mutex_unlock(&r->lock);
	}
}

/* --- rounds and rest --- */

static void set_asleep(const struct reader *r, uint32_t asleep)
{
	for (size_t i = 0; i < r->length; i++)
		if (r->images[i]->state == IMAGE_LIVE)
			atomic_store(&segment_control(r->images[i]->segment)->reader_asleep, asleep);
}

/* Sleeps until one of the words changes.  0, or -1 with errno. */
static long wait_for_any(const struct reader *r, long ns)
{
	struct futex_waitv words[WAKERS];
	struct timespec until;
	unsigned n = 0;

	for (size_t i = 0; i < r->length && n < WAKERS; i++) {
		if (r->images[i]->state != IMAGE_LIVE)
			continue;
		struct wire_control *control = segment_control(r->images[i]->segment);
		words[n++] = (struct futex_waitv){
			.val = 1,
			.uaddr = (uintptr_t)&control->reader_asleep,
			.flags = FUTEX_32,
		};
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += n < WAKERS || ns < BLIND ? ns : BLIND;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	return syscall(SYS_futex_waitv, words, n, 0, &until, CLOCK_MONOTONIC);
}

static void wait_for_one(const struct reader *r, long ns)
{
	struct timespec timeout = { 0, ns };

	for (size_t i = 0; i < r->length; i++) {
		if (r->images[i]->state != IMAGE_LIVE)
			continue;
		struct wire_control *control = segment_control(r->images[i]->segment);
		syscall(SYS_futex, &control->reader_asleep, FUTEX_WAIT, 1, &timeout, NULL,
			0);
		return;
	}
}

static void sleep_on_rings(struct reader *r, long ns)
{
	size_t live = reader_live(r);

	/* Sequentially consistent with the wakers' stores: either they see 1
	 * and wake us, or we see what they published before. */
	set_asleep(r, 1);
	if (!atomic_load(&r->pending)) {
		if (live == 1)
			wait_for_one(r, ns);
		else if (wait_for_any(r, ns) < 0 && errno == ENOSYS)
			wait_for_one(r, ns < BLIND ? ns : BLIND);
	}
	set_asleep(r, 0);
}

/* Sleeps while there are no rings to read; names may still be on their way. */
static void sleep_for_request(struct reader *r)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += NAMES_EVERY;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	bool waits = reader_waits(r);
	pthread_mutex_lock(&r->lock);
	while (!r->requests && !(r->untold && atomic_load(&r->awaited))) {
		if (!waits)
			pthread_cond_wait(&r->asked, &r->lock);
		else if (pthread_cond_timedwait(&r->asked, &r->lock, &until) != 0)
			break;
	}
	pthread_mutex_unlock(&r->lock);
	if (waits)
		reader_let_go(r);
}

/* The time in ns after which the fullest ring will be filled to FILL, at the pace between
 * the last look at it and this one. */
static long next_pause(struct reader *r, const struct timespec *looked)
{
	struct timespec now;
	long between = reader_since(&r->looked, looked);
	uint64_t fill = reader_fill(r);
	long pause = r->pause * 2 + SLEEP_MIN;

	r->looked = *looked;
	reader_census_save(r, between);
	if (fill > 0 && (uint64_t)between / fill < (uint64_t)SLEEP_MAX / FILL) {
		long until = (long)((uint64_t)between * FILL / fill);

		clock_gettime(CLOCK_MONOTONIC, &now);
		until -= reader_since(looked, &now);
		if (until < pause)
			pause = until > 0 ? until : 0;
	}
	long most = reader_quiet(r) ? SLEEP_QUIET : reader_waits(r) ? NAMES_EVERY : SLEEP_MAX;
	return pause < most ? pause : most;
}

/* A target that writes to the word that the reader sleeps on, or shows a full ring that
 * cannot be read, could keep the reader from sleeping.  So after some rounds without an
 * event the reader sleeps anyway. */
static void rest_all_the_same(struct reader *r, uint64_t slots)
{
	struct timespec nap = { .tv_nsec = BLIND };

	r->idle = slots ? 0 : r->idle + 1;
	if (r->idle > IDLE_ROUNDS && !atomic_load(&r->pending))
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
}

/* Makes a round, and sleeps if there is time for it. */
static void round_and_rest(struct reader *r)
{
	struct timespec looked, now;

	clock_gettime(CLOCK_MONOTONIC, &looked);
	uint64_t slots = reader_round(r);
	r->pause = next_pause(r, &looked);
	bool spare = r->pause >= SLEEP_MIN && !atomic_load(&r->pending);

	reader_census(r, spare ? r->pause : 0);
	if (spare) {
		reader_ease(r);
		sleep_on_rings(r, r->pause);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (reader_since(&looked, &now) < BLIND)
		rest_all_the_same(r, slots);
}

static void *reader_main(void *user)
{
	struct reader *r = user;

	prctl(PR_SET_TIMERSLACK, SLACK, 0, 0, 0);
	while (!r->exiting) {
		if (reader_live(r) > 0)
			round_and_rest(r);
		else if (!reader_tell_rest(r))
			sleep_for_request(r);
		serve_all(r);
	}
	reader_drop_all(r);
	return NULL;
}

struct reader *reader_make(const struct reader_ops *ops, void *user)
{
	struct reader *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->ops = *ops;
	r->user = user;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->asked, NULL);
	pthread_cond_init(&r->answered, NULL);
	return r;
}

void reader_unmake(struct reader *r)
{
	pthread_cond_destroy(&r->asked);
	pthread_cond_destroy(&r->answered);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

struct reader *reader_new(const struct reader_ops *ops, void *user)
{
	struct reader *r = reader_make(ops, user);

	if (r && pthread_create(&r->thread, NULL, reader_main, r) != 0) {
		reader_unmake(r);
		r = NULL;
	}
	if (!r)
		return NULL;
	pthread_setname_np(r->thread, "reader");
	return r;
}

/* --- questions, in any other thread --- */

bool reader_take(struct reader *r, struct image *image, uint64_t parent, uint64_t fork)
{
	struct request q = { .question = take, .image = image, .parent = parent, .fork = fork };
	reader_ask(r, &q);
	return !q.failed;
}

void reader_end(struct reader *r, uint32_t process, bool discard)
{
	struct request q = { .question = end, .process = process, .discard = discard };
	reader_ask(r, &q);
}

void reader_finish(struct reader *r)
{
	struct request q = { .question = finish };
	reader_ask(r, &q);
}

void reader_told(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	while (r->untold) {
		atomic_store(&r->awaited, true);
		pthread_cond_signal(&r->asked);
		pthread_cond_wait(&r->answered, &r->lock);
	}
	pthread_mutex_unlock(&r->lock);
}

void reader_catch_up(struct reader *r)
{
	struct request q = { .question = catch_up };
	reader_ask(r, &q);
}

void reader_forks(struct reader *r)
{
	struct request q = { .question = ask_forks };
	reader_ask(r, &q);
}

struct snapshot *reader_only(struct request *q)
{
	struct snapshot *first = q->snapshots_length ? q->snapshots[0] : NULL;

	for (size_t i = 1; i < q->snapshots_length; i++)
		snapshot_release(q->snapshots[i]);
	free(q->snapshots);
	return first;
}

struct snapshot *reader_freeze(struct reader *r, uint32_t process, enum moment_kind kind)
{
	struct request q = { .question = freeze, .process = process, .kind = kind };

	reader_ask_frozen(r, &q);
	return reader_only(&q);
}

struct snapshot *reader_part(struct reader *r, uint32_t process, unsigned part)
{
	struct request q = { .question = peak_of, .process = process, .part = part };

	reader_ask(r, &q);
	return reader_only(&q);
}

/* The array, or NULL in place of an empty one. */
static struct snapshot **unless_empty(struct snapshot **all, size_t length)
{
	if (length)
		return all;
	free(all);
	return NULL;
}

struct snapshot **reader_freeze_all(struct reader *r, enum moment_kind kind, size_t *length)
{
	struct request q = { .question = freeze, .kind = kind };

	reader_ask_frozen(r, &q);
	*length = q.snapshots_length;
	return unless_empty(q.snapshots, *length);
}

void reader_freeze_ends(struct reader *r, struct snapshot **all[2], size_t length[2])
{
	struct request q = { .question = freeze, .kind = MOMENT_EXIT, .ends = true };

	reader_ask_frozen(r, &q);
	length[0] = q.snapshots_length;
	length[1] = q.peaks_length;
	all[0] = unless_empty(q.snapshots, length[0]);
	all[1] = unless_empty(q.peaks, length[1]);
}

double reader_tick(struct reader *r, enum history_why why)
{
	struct request q = { .question = tick_now, .why = why };

	reader_ask(r, &q);
	return q.time;
}

void reader_keep_ended(struct reader *r, bool on)
{
	atomic_fetch_add(&r->keeping, on ? 1 : -1u);
}

void reader_reset_peak(struct reader *r)
{
	struct request q = { .question = reset_peak };
	reader_ask(r, &q);
}

void reader_grows(struct reader *r, uint32_t rows)
{
	atomic_store(&r->grows, rows);
}

size_t reader_threads(struct reader *r, struct reader_thread *threads, size_t max)
{
	struct request q = { .question = list_threads, .threads = threads, .threads_max = max };
	reader_ask(r, &q);
	return q.threads_length;
}

bool reader_status(struct reader *r, uint32_t process, struct reader_status *status)
{
	bool found = !process;

	pthread_mutex_lock(&r->lock);
	*status = r->all;
	for (size_t i = 0; i < r->length && !found; i++) {
		found = r->shown[i].process == process && r->images[i]->state != IMAGE_LEFT;
		if (found)
			*status = r->shown[i].status;
	}
	pthread_mutex_unlock(&r->lock);
	return found;
}

struct heavier reader_heavier(struct reader *r, uint32_t but, uint64_t bytes)
{
	struct heavier heavier = { .bytes = bytes };

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->length; i++) {
		uint64_t current = r->shown[i].status.totals.current;

		if (r->images[i]->state == IMAGE_LEFT || r->shown[i].process == but ||
		    current <= heavier.bytes || (r->images[i]->state == IMAGE_READ && !r->finished))
			continue;
		heavier.process = r->shown[i].process;
		heavier.bytes = current;
	}
	pthread_mutex_unlock(&r->lock);
	return heavier;
}

void reader_each(struct reader *r, void (*with)(struct image *image, void *user), void *user)
{
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->length; i++)
		with(r->images[i], user);
	pthread_mutex_unlock(&r->lock);
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	struct request q = { .question = reader_leave };
	reader_ask(r, &q);
	pthread_join(r->thread, NULL);
	reader_unmake(r);
}

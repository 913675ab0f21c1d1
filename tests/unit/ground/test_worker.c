/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker does jobs in order, and lets go by one rule of what nobody wants. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/ground/threads/threads.h"
#include "tracer/ground/threads/worker.h"

/* A gate that a job stands at until the test opens it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool open, reached;
	char order[64];
	unsigned length, freed, told;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

struct letter {
	struct job job;
	char name;
	bool waits;
};

static void run(struct job *job)
{
	struct letter *letter = (struct letter *)job;

	pthread_mutex_lock(&gate.lock);
	gate.order[gate.length++] = letter->name;
	gate.reached |= letter->waits;
	pthread_cond_broadcast(&gate.moved);
	while (letter->waits && !gate.open)
		pthread_cond_wait(&gate.moved, &gate.lock);
	gate.told += job->unwanted;
	pthread_mutex_unlock(&gate.lock);
}

static void letter_free(struct job *job)
{
	pthread_mutex_lock(&gate.lock);
	gate.freed++;
	pthread_mutex_unlock(&gate.lock);
	free(job);
}

static struct job *letter(char name, bool waits)
{
	struct letter *letter = calloc(1, sizeof(*letter));

	assert_non_null(letter);
	letter->job = (struct job){.run = run, .free = letter_free};
	letter->name = name;
	letter->waits = waits;
	return &letter->job;
}

static int begin(void **state)
{
	gate.open = gate.reached = false;
	gate.length = gate.freed = gate.told = 0;
	for (unsigned i = 0; i < sizeof(gate.order); i++)
		gate.order[i] = 0;
	*state = worker_new("test");
	return *state ? 0 : -1;
}

static void await_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	while (!gate.reached)
		pthread_cond_wait(&gate.moved, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void open_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.moved);
	pthread_mutex_unlock(&gate.lock);
}

static void jobs_are_done_in_order(void **state)
{
	struct worker *worker = *state;
	struct job *jobs[10];
	struct pollfd fd = {.fd = worker_fd(worker), .events = POLLIN};

	for (int i = 0; i < 10; i++)
		worker_add(worker, jobs[i] = letter((char)('a' + i), false));
	worker_take(worker, jobs[9]);
	assert_int_equal(poll(&fd, 1, -1), 1);
	worker_drain(worker);
	for (int i = 0; i < 10; i++) {
		assert_true(worker_done(worker, jobs[i]));
		worker_drop(worker, jobs[i]);
	}
	worker_free(worker);
	assert_string_equal(gate.order, "abcdefghij");
	assert_int_equal(gate.freed, 10);
}

static void one_that_waits_is_let_go_without_having_run(void **state)
{
	struct worker *worker = *state;
	struct job *first = letter('a', true), *second = letter('b', false),
		   *third = letter('c', false);

	worker_add(worker, first);
	worker_add(worker, second);
	worker_add(worker, third);
	await_gate();
	worker_drop(worker, second);
	assert_int_equal(gate.freed, 1);
	open_gate();
	worker_take(worker, third);
	worker_drop(worker, third);
	worker_drop(worker, first);
	worker_free(worker);
	assert_string_equal(gate.order, "ac");
	assert_int_equal(gate.freed, 3);
}

static void the_last_in_the_queue_can_be_dropped(void **state)
{
	struct worker *worker = *state;
	struct job *first = letter('a', true), *second = letter('b', false),
		   *third = letter('c', false);

	worker_add(worker, first);
	await_gate();
	worker_add(worker, second);
	worker_drop(worker, second);
	worker_add(worker, third);
	open_gate();
	worker_take(worker, third);
	worker_drop(worker, third);
	worker_drop(worker, first);
	worker_free(worker);
	assert_string_equal(gate.order, "ac");
}

static void one_that_runs_is_told_and_freed_when_it_returns(void **state)
{
	struct worker *worker = *state;
	struct job *first = letter('a', true), *second = letter('b', false);

	worker_add(worker, first);
	await_gate();
	worker_drop(worker, first);
	assert_int_equal(gate.freed, 0);
	worker_add(worker, second);
	open_gate();
	worker_take(worker, second);
	assert_int_equal(gate.told, 1);
	assert_int_equal(gate.freed, 1);
	worker_drop(worker, second);
	worker_free(worker);
}

/* The gate is opened from another thread once the end has begun. */
static void *open_when_told(void *user)
{
	const struct job *job = user;

	while (!atomic_load(&job->unwanted))
		sched_yield();
	open_gate();
	return NULL;
}

static void the_end_tells_what_runs_and_lets_go_of_what_waits(void **state)
{
	struct worker *worker = *state;
	struct job *first = letter('a', true);
	pthread_t opener;

	worker_add(worker, first);
	worker_add(worker, letter('b', false));
	worker_add(worker, letter('c', false));
	await_gate();
	assert_int_equal(pthread_create(&opener, NULL, open_when_told, first), 0);
	worker_free(worker);
	pthread_join(opener, NULL);
	assert_string_equal(gate.order, "a");
	assert_int_equal(gate.told, 1);
	assert_int_equal(gate.freed, 3);
}

static unsigned threads(void)
{
	DIR *open = threads_open(getpid());
	unsigned count = 0;

	assert_non_null(open);
	while (threads_next(open))
		count++;
	closedir(open);
	return count;
}

static void its_thread_begins_with_the_first_job(void **state)
{
	struct worker *worker = *state;
	struct job *first = letter('a', true);
	unsigned before = threads();

	assert_true(worker_idle(worker));
	worker_free(worker_new("unused"));
	worker_add(worker, first);
	await_gate();
	assert_false(worker_idle(worker));
	assert_int_equal(threads(), before + 1);
	open_gate();
	worker_take(worker, first);
	assert_true(worker_idle(worker));
	worker_drop(worker, first);
	worker_free(worker);
}

/* New threads get the usual stack again, or one for which there is no room. */
static void let_threads_begin(bool may, pthread_attr_t *usual)
{
	pthread_attr_t none;

	if (may) {
		assert_int_equal(pthread_setattr_default_np(usual), 0);
		pthread_attr_destroy(usual);
		return;
	}
	assert_int_equal(pthread_getattr_default_np(usual), 0);
	pthread_attr_init(&none);
	assert_int_equal(pthread_attr_setstacksize(&none, (size_t)1 << 60), 0);
	assert_int_equal(pthread_setattr_default_np(&none), 0);
	pthread_attr_destroy(&none);
}

static void where_no_thread_can_begin_a_job_is_done_or_refused(void **state)
{
	struct worker *worker = *state;
	struct job *job = letter('a', false), *offered = letter('b', false);
	pthread_attr_t usual;

	let_threads_begin(false, &usual);
	assert_false(worker_offer(worker, offered));
	worker_add(worker, job);
	assert_true(worker_done(worker, job));
	worker_drop(worker, job);
	let_threads_begin(true, &usual);
	assert_string_equal(gate.order, "a");
	assert_true(worker_offer(worker, offered));
	worker_take(worker, offered);
	worker_drop(worker, offered);
	assert_string_equal(gate.order, "ab");
	worker_free(worker);
}

static void what_is_offered_after_the_end_stays_the_offerers(void **state)
{
	struct worker *worker = *state;
	struct job *job = letter('a', false), *late = letter('b', false);

	assert_true(worker_offer(worker, job));
	worker_take(worker, job);
	worker_drop(worker, job);
	worker_stop(worker);
	assert_false(worker_offer(worker, late));
	assert_int_equal(gate.freed, 1);
	worker_free(worker);
	assert_int_equal(gate.freed, 1);
	free(late);
}

struct adding {
	struct worker *worker;
	struct job *job;
};

static void *add(void *user)
{
	const struct adding *adding = user;

	worker_add(adding->worker, adding->job);
	return NULL;
}

static void who_does_a_job_where_no_thread_could_begin_does_the_next_one_too(void **state)
{
	struct adding adding = {*state, letter('a', true)};
	struct job *next = letter('b', false);
	pthread_attr_t usual;
	pthread_t adder;

	let_threads_begin(false, &usual);
	assert_int_equal(pthread_create(&adder, &usual, add, &adding), 0);
	await_gate();
	let_threads_begin(true, &usual);

	unsigned before = threads();

	worker_add(adding.worker, next);
	assert_int_equal(threads(), before);
	open_gate();
	pthread_join(adder, NULL);
	assert_true(worker_done(adding.worker, next));
	assert_string_equal(gate.order, "ab");
	worker_drop(adding.worker, adding.job);
	worker_drop(adding.worker, next);
	worker_free(adding.worker);
}

static void without_a_worker_a_job_is_done_when_it_is_added(void **state)
{
	struct job *job = letter('a', false);

	worker_add(NULL, job);
	assert_true(worker_done(NULL, job));
	worker_take(NULL, job);
	worker_drop(NULL, job);
	assert_string_equal(gate.order, "a");
	assert_int_equal(gate.freed, 1);
	worker_free(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, begin)
		TEST(jobs_are_done_in_order),
		TEST(one_that_waits_is_let_go_without_having_run),
		TEST(the_last_in_the_queue_can_be_dropped),
		TEST(one_that_runs_is_told_and_freed_when_it_returns),
		TEST(the_end_tells_what_runs_and_lets_go_of_what_waits),
		TEST(its_thread_begins_with_the_first_job),
		TEST(where_no_thread_can_begin_a_job_is_done_or_refused),
		TEST(what_is_offered_after_the_end_stays_the_offerers),
		TEST(who_does_a_job_where_no_thread_could_begin_does_the_next_one_too),
		TEST(without_a_worker_a_job_is_done_when_it_is_added),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

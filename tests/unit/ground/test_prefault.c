/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages are found by the worker, what is written meanwhile stays, and nobody looks for any
 * once the owner wants its memory back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/pages.h"
#include "tracer/ground/threads/prefault.h"

#define PAGES ((size_t)1500)            /* more than two large pages */

static struct worker *worker;
static sem_t gate;

static void stand(struct job *job)
{
	(void)job;
	while (sem_wait(&gate))
		;
}

static void keep(struct job *job) { (void)job; }

/* A job that occupies the worker until the gate opens. */
static struct job guard = { .run = stand, .free = keep };

static int set_up(void **state)
{
	(void)state;
	worker = worker_new("pages");
	return !worker || sem_init(&gate, 0, 0);
}

static int tear_down(void **state)
{
	(void)state;
	worker_free(worker);
	return sem_destroy(&gate);
}

static char *map(void)
{
	char *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	/* What is counted are pages of 4 KiB. */
	madvise(at, PAGES * PAGE, MADV_NOHUGEPAGE);
	return at;
}

static size_t resident(const char *at) { return pages_there(at, PAGES); }

static void let_it_finish(void)
{
	while (!worker_idle(worker))
		sched_yield();
}

static void test_pages_are_found_and_keep_what_was_written(void **state)
{
	struct prefault prefault = { .worker = worker };
	char *at = map();

	(void)state;
	strcpy(at + 700 * PAGE, "written before");
	assert_int_equal(resident(at), 1);
	assert_true(prefault_ask(&prefault, at + 5 * PAGE + 1, at + 1300 * PAGE + 1));
	strcpy(at + 1299 * PAGE, "written meanwhile");
	let_it_finish();
	/* The whole of the first page and of the last. */
	if (pages_are_found(at))
		assert_int_equal(resident(at), 1 + 1301 - 5);
	assert_string_equal(at + 700 * PAGE, "written before");
	assert_string_equal(at + 1299 * PAGE, "written meanwhile");
	assert_int_equal(at[900 * PAGE], 0);
	prefault_end(&prefault);
	munmap(at, PAGES * PAGE);
}

static void test_one_wish_at_a_time(void **state)
{
	struct prefault prefault = { .worker = worker };
	char *at = map();

	(void)state;
	assert_true(worker_offer(worker, &guard));
	assert_true(prefault_ask(&prefault, at, at + PAGE));
	assert_false(prefault_ask(&prefault, at + PAGE, at + 2 * PAGE));
	sem_post(&gate);
	let_it_finish();
	assert_true(prefault_ask(&prefault, at + 2 * PAGE, at + 3 * PAGE));
	let_it_finish();
	if (pages_are_found(at))
		assert_int_equal(resident(at), 2);
	prefault_end(&prefault);
	munmap(at, PAGES * PAGE);
}

static void test_nothing_is_touched_once_the_owner_has_ended_it(void **state)
{
	struct prefault prefault = { .worker = worker };
	char *at = map();

	(void)state;
	assert_true(worker_offer(worker, &guard));
	assert_true(prefault_ask(&prefault, at, at + PAGES * PAGE));
	sem_post(&gate);
	while (!worker_done(worker, &guard))
		sched_yield();
	/* It has begun by now. */
	prefault_end(&prefault);
	assert_null(prefault.job);
	size_t found = resident(at);

	sched_yield();
	assert_true(worker_idle(worker));
	assert_int_equal(resident(at), found);
	prefault_end(&prefault);
	munmap(at, PAGES * PAGE);
}

/* The guard's gate opens only afterwards. */
static void test_an_owner_does_not_wait_for_what_others_want(void **state)
{
	struct prefault prefault = { .worker = worker };
	char *at = map();

	(void)state;
	assert_true(worker_offer(worker, &guard));
	assert_true(prefault_ask(&prefault, at, at + PAGES * PAGE));
	prefault_end(&prefault);
	assert_null(prefault.job);
	sem_post(&gate);
	let_it_finish();
	assert_int_equal(resident(at), 0);
	munmap(at, PAGES * PAGE);
}

static void test_without_a_worker_nothing_happens(void **state)
{
	struct prefault prefault = { 0 };
	char *at = map();

	(void)state;
	assert_false(prefault_ask(&prefault, at, at + PAGES * PAGE));
	assert_int_equal(resident(at), 0);
	prefault_end(&prefault);
	munmap(at, PAGES * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_are_found_and_keep_what_was_written),
		cmocka_unit_test(test_one_wish_at_a_time),
		cmocka_unit_test(test_nothing_is_touched_once_the_owner_has_ended_it),
		cmocka_unit_test(test_an_owner_does_not_wait_for_what_others_want),
		cmocka_unit_test(test_without_a_worker_nothing_happens),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a session is asked without waiting: the session here is a table of operations of
 * the test's own (run/session_ops.h), one of which can be held up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <semaphore.h>
#include "tracer/collect/run/errands.h"
#include "tracer/collect/run/session_ops.h"

static struct {
	struct session session;
	struct worker *worker;
	struct catalog *catalog;
	struct snapshot *snapshot;      /* what the session gives, one more reference each */
	sem_t reached, go;              /* of a question "hold" */
	bool nothing;                   /* it has no moment without a name */
	char order[64];                 /* first letters of what was asked, in order */
	unsigned length;
} it;

static void wait_on(sem_t *sem)
{
	while (sem_wait(sem) != 0 && errno == EINTR)
		;
}

static void note(const char *text)
{
	if (it.length + 1 < sizeof(it.order))
		it.order[it.length++] = *text;
	if (strcmp(text, "hold"))
		return;
	sem_post(&it.reached);
	wait_on(&it.go);
}

static struct snapshot *moment(struct session *s, const char *name, struct error *error)
{
	assert_ptr_equal(s, &it.session);
	note(name ? name : "");
	if (!name && it.nothing)
		return NULL;
	if (name && !strcmp(name, "gone")) {
		*error = (struct error){ 2, "no moment is called that" };
		return NULL;
	}
	return snapshot_retain(it.snapshot);
}

static int snapshot(struct session *s, const char *name, struct error *error)
{
	(void)s;
	note(name);
	*error = (struct error){ 1, "no room" };
	return !strcmp(name, "full") ? -1 : !strcmp(name, "first") ? 1 : 7;
}

static int write_to(struct session *s, const char *path, bool force, struct error *error)
{
	(void)s;
	if (force)
		note("over");
	note(path);
	*error = (struct error){ 125, "the disk is full" };
	return strcmp(path, "full") ? 0 : -1;
}

static void reset_peak(struct session *s)
{
	(void)s;
	note("reset");
}

static const struct session_ops live = {
	.moment = moment, .snapshot = snapshot, .write = write_to, .reset_peak = reset_peak,
};
static const struct session_ops recorded = { .moment = moment };

static int begin(void **state)
{
	(void)state;
	memset(&it, 0, sizeof(it));
	it.session.ops = &live;
	pthread_mutex_init(&it.session.files, NULL);
	it.catalog = catalog_new();
	it.snapshot = snapshot_new(it.catalog, 1);
	sem_init(&it.reached, 0, 0);
	sem_init(&it.go, 0, 0);
	it.worker = worker_new("errands");
	return it.worker ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	worker_free(it.worker);
	assert_int_equal(it.snapshot->references, 1);   /* every answer was let go */
	snapshot_release(it.snapshot);
	catalog_release(it.catalog);
	sem_destroy(&it.reached);
	sem_destroy(&it.go);
	pthread_mutex_destroy(&it.session.files);
	return 0;
}

static struct errand *ask(errand_question *question, const char *text)
{
	struct errand *errand = errands_ask(it.worker, &it.session, question, text);

	assert_non_null(errand);
	return errand;
}

static struct answer take(struct errand *errand)
{
	struct answer answer;

	errands_take(it.worker, errand, &answer);
	return answer;
}

static void test_errands_are_answered_in_the_order_asked(void **state)
{
	struct errand *held = ask(errand_snapshot, "hold"), *write = ask(errand_write, "w"),
		      *peak = ask(errand_reset_peak, ""), *named = ask(errand_snapshot, "n"),
		      *last = ask(errand_none, "");

	(void)state;
	wait_on(&it.reached);
	assert_false(errands_answered(it.worker, held));
	assert_false(errands_answered(it.worker, last));
	sem_post(&it.go);
	assert_false(take(last).failed);
	/* What comes before the last is answered by then. */
	assert_true(errands_answered(it.worker, named));
	assert_int_equal(take(named).number, 7);
	assert_false(take(peak).failed);
	assert_false(take(write).failed);
	assert_int_equal(take(held).number, 7);
	assert_string_equal(it.order, "hwrn");
}

static void test_an_answer_is_one_reference_of_whoever_takes_it(void **state)
{
	struct answer answer = take(ask(errand_moment, "peak"));

	(void)state;
	assert_false(answer.failed);
	assert_ptr_equal(answer.snapshot, it.snapshot);
	assert_int_equal(it.snapshot->references, 2);
	assert_true(answer.seconds > 0);
	snapshot_release(answer.snapshot);
}

static void test_now_is_a_moment_without_a_name(void **state)
{
	struct answer answer = take(ask(errand_now, "this means nothing"));

	(void)state;
	assert_ptr_equal(answer.snapshot, it.snapshot);
	assert_int_equal(it.length, 1);
	assert_int_equal(it.order[0], 0);
	snapshot_release(answer.snapshot);
	it.nothing = true;
	answer = take(ask(errand_now, ""));
	assert_true(answer.failed);
	assert_null(answer.snapshot);
}

static void test_what_fails_says_why_in_the_sessions_words(void **state)
{
	struct answer answer = take(ask(errand_moment, "gone"));

	(void)state;
	assert_true(answer.failed);
	assert_null(answer.snapshot);
	assert_string_equal(answer.error.text, "no moment is called that");
	answer = take(ask(errand_snapshot, "first"));
	assert_false(answer.failed);
	assert_int_equal(answer.number, 1);
	answer = take(ask(errand_snapshot, "full"));
	assert_true(answer.failed);
	assert_string_equal(answer.error.text, "no room");
	answer = take(ask(errand_write, "full"));
	assert_true(answer.failed);
	assert_int_equal(answer.error.status, 125);
}

static void test_a_file_is_overwritten_only_after_the_word_force(void **state)
{
	(void)state;
	take(ask(errand_write, "--forced"));
	take(ask(errand_write, "--force  w"));
	assert_int_equal(it.length, 3);
	assert_string_equal(it.order, "-ow");
}

static void test_a_recording_cannot_be_asked_for_what_needs_a_target(void **state)
{
	struct answer answer;

	(void)state;
	it.session.ops = &recorded;
	answer = take(ask(errand_snapshot, "n"));
	assert_true(answer.failed);
	assert_true(*answer.error.text != '\0');
	answer = take(ask(errand_write, "w"));
	assert_true(answer.failed);
	assert_true(*answer.error.text != '\0');
	assert_false(take(ask(errand_reset_peak, "")).failed);
	assert_int_equal(it.length, 0);
}

static void test_the_text_is_the_errands_own(void **state)
{
	char text[8] = "before";
	struct errand *held = ask(errand_snapshot, "hold"), *errand = ask(errand_snapshot, text);

	(void)state;
	strcpy(text, "after");
	sem_post(&it.go);
	take(errand);
	take(held);
	assert_string_equal(it.order, "hb");
}

static void test_one_forgotten_before_its_turn_is_never_asked(void **state)
{
	struct errand *held = ask(errand_snapshot, "hold"), *second = ask(errand_moment, "second");

	(void)state;
	wait_on(&it.reached);
	errands_forget(it.worker, second);
	sem_post(&it.go);
	take(held);
	take(ask(errand_none, ""));
	assert_string_equal(it.order, "h");
}

static void test_the_answer_of_one_forgotten_while_it_is_asked_is_let_go(void **state)
{
	struct errand *held = ask(errand_moment, "hold");

	(void)state;
	wait_on(&it.reached);
	errands_forget(it.worker, held);
	sem_post(&it.go);
	take(ask(errand_none, ""));
	assert_string_equal(it.order, "h");
	assert_int_equal(it.snapshot->references, 1);
}

static void test_the_answer_of_one_forgotten_afterwards_is_let_go(void **state)
{
	struct errand *errand = ask(errand_moment, "peak");

	(void)state;
	take(ask(errand_none, ""));
	assert_true(errands_answered(it.worker, errand));
	assert_int_equal(it.snapshot->references, 2);
	errands_forget(it.worker, errand);
	assert_int_equal(it.snapshot->references, 1);
}

static void test_one_that_is_asked_when_the_worker_stops_is_waited_for_and_let_go(void **state)
{
	struct errand *held = ask(errand_moment, "hold");

	(void)state;
	wait_on(&it.reached);
	errands_forget(it.worker, held);
	sem_post(&it.go);
	worker_free(it.worker);
	it.worker = NULL;
	assert_string_equal(it.order, "h");
	assert_int_equal(it.snapshot->references, 1);
	/* Whoever asks after the stop has no worker: the answer is there at once. */
	struct answer answer = take(ask(errand_snapshot, "late"));

	assert_int_equal(answer.number, 7);
	assert_string_equal(it.order, "hl");
}

static void test_without_a_worker_an_errand_is_answered_when_it_is_asked(void **state)
{
	struct answer answer;

	(void)state;
	worker_free(it.worker);
	it.worker = NULL;
	struct errand *errand = ask(errand_snapshot, "now");

	assert_string_equal(it.order, "n");
	assert_true(errands_answered(NULL, errand));
	answer = take(errand);
	assert_int_equal(answer.number, 7);
	errands_forget(NULL, ask(errand_moment, "peak"));
	assert_int_equal(it.snapshot->references, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
		TEST(errands_are_answered_in_the_order_asked),
		TEST(an_answer_is_one_reference_of_whoever_takes_it),
		TEST(now_is_a_moment_without_a_name),
		TEST(what_fails_says_why_in_the_sessions_words),
		TEST(a_file_is_overwritten_only_after_the_word_force),
		TEST(a_recording_cannot_be_asked_for_what_needs_a_target),
		TEST(the_text_is_the_errands_own),
		TEST(one_forgotten_before_its_turn_is_never_asked),
		TEST(the_answer_of_one_forgotten_while_it_is_asked_is_let_go),
		TEST(the_answer_of_one_forgotten_afterwards_is_let_go),
		TEST(one_that_is_asked_when_the_worker_stops_is_waited_for_and_let_go),
		TEST(without_a_worker_an_errand_is_answered_when_it_is_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

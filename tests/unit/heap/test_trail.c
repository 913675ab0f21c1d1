/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rows held at some times, as trails tell it without rebuilding a moment, against
 * the moments themselves. */
#include "tests/unit/heap/history_fixture.h"

#define ROWS 9u
#define TIMES 24u

/* Row r has the keys of which r is a divisor (row 0 has all): a key is of several. */
static bool in_row(unsigned key, unsigned row)
{
	return !row || key % row == 0;
}

/* What a row held at a time by the naive one; NaN: no tick is so early. */
static float row_at(struct world *w, unsigned row, double time)
{
	size_t at = history_before(w->history, time);
	int64_t sum = 0;

	if (at == SIZE_MAX)
		return NAN;
	const struct state *state = &w->at[history_tick(w->history, at)->id - 1];

	for (unsigned key = 0; key < KEYS; key++)
		if (in_row(key, row))
			sum += state->by[key][CHANGE_SIZE];
	return sum > 0 ? (float)sum : 0;
}

static void same_trails(struct world *w, double first, double step)
{
	double times[TIMES];
	struct trails trails;

	for (unsigned i = 0; i < TIMES; i++)
		times[i] = first + i * step;
	assert_true(trails_init(&trails, ROWS, times, TIMES));
	for (unsigned row = 0; row < ROWS; row++)
		for (unsigned key = 0; key < KEYS; key++) {
			struct change change = change_of(key);

			if (in_row(key, row)) {
				assert_true(trails_watch(&trails, row, change_key(&change)));
				assert_true(trails_watch(&trails, row, change_key(&change)));
			}
		}
	assert_int_equal(history_trails(w->history, false, &trails, NULL, NULL), 0);
	for (unsigned row = 0; row < ROWS; row++)
		for (unsigned i = 0; i < TIMES; i++) {
			float had = trails.bytes[row * TIMES + i], want = row_at(w, row, times[i]);

			assert_true(had == want || (isnan(had) && isnan(want)));
		}
	trails_free(&trails);
}

static void test_rows_over_time_are_what_the_moments_say(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < TICKS; i++) {
		tick(&w, 5 + i, i % 100 == 7 ? HISTORY_MARK : 0, 40, false);
		if (i % 400 == 399) {
			for (size_t k = 0; k < history_ticks(w.history); k++)
				same(&w, k);
			same_trails(&w, 0, 40);
			same_trails(&w, -3, 0.5);
			same_trails(&w, i - 20.0, 1);
			same_trails(&w, 1e6, 10);
		}
		tidy(&w, i < 1000 ? GENEROUS : 100000);
	}
	assert_true(history_tick(w.history, 0)->why & HISTORY_CUT);
	same_trails(&w, 0, 60);
	end(&w);
}

/* A process that has ended holds nothing, and two processes' rows add up. */
static void test_rows_of_processes_add_up_until_their_ends(void **state)
{
	const double times[] = { 1, 2, 3 };
	struct trails trails;
	_Atomic bool unwanted = true;

	(void)state;
	assert_true(trails_init(&trails, 1, times, 3));
	for (unsigned process = 0; process < 2; process++) {
		struct history *history = history_new();
		struct change begun = { .trace = 7, .by = { 100, 1, 1, 100 } };
		struct history_news first = { .time = 1.5 - process, .changes = &begun,
					      .changes_length = 1 };
		struct history_news last = { .time = 2.5, .why = HISTORY_END };

		assert_true(trails_watch(&trails, 0, change_key(&begun)));
		assert_int_equal(history_add(history, &first), 0);
		assert_int_equal(history_add(history, &last), 0);
		assert_int_equal(history_trails(history, process, &trails, NULL, NULL), 0);
		trails.unwanted = process ? &unwanted : NULL;
		if (process)
			assert_int_equal(history_trails(history, true, &trails, NULL, NULL),
					 -ECANCELED);
		history_free(history);
	}
	assert_true(trails.bytes[0] == 100);    /* of the second alone */
	assert_true(trails.bytes[1] == 200);
	assert_true(trails.bytes[2] == 100);    /* the first one's end is the run's */
	trails_free(&trails);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_over_time_are_what_the_moments_say),
		cmocka_unit_test(test_rows_of_processes_add_up_until_their_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The history against a naive one that copies all figures at each tick: random changes of
 * some hundred keys, blocks whose stacks are known late or never, ticks that are kept
 * for a reason, years that go by, and budgets that are too small.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/heap/history/trail.h"
#include "tests/random.h"

#define KEYS 300u
#define TICKS 1200u
#define PAIRS 1000u
#define ROOT (KEYS + 1)
#define GENEROUS (UINT64_C(1) << 30)

/* By key number: trace k + 1, thread k % 3, domain k % 2. */
struct state {
	double time;
	int64_t by[KEYS][CHANGE_FIGURES];
};

struct world {
	struct history *history;
	struct state now, *at;          /* by id - 1 */
	unsigned length;
	/* The block whose stack is not known, if `ticket`. */
	uint32_t ticket, tickets, key;
	unsigned born;
	struct change block;
};

static struct change change_of(unsigned key)
{
	return (struct change){
		.trace = key + 1, .thread = (uint16_t)(key % 3), .domain = (uint16_t)(key % 2),
	};
}

static void begin(struct world *w)
{
	*w = (struct world){ .history = history_new(), .at = calloc(TICKS, sizeof(*w->at)) };
}

static void end(struct world *w)
{
	history_free(w->history);
	free(w->at);
}

/* What the naive one has of a key, at one tick and all that come. */
static void count(struct state *state, unsigned key, const struct change *change, int sign)
{
	for (unsigned i = 0; i < CHANGE_FIGURES; i++)
		state->by[key][i] += sign * change->by[i];
}

/* One block that is told of under the root, and four ticks later of its own trace. */
static void tell_open(struct world *w, struct history_news *news)
{
	static struct history_open open;
	static struct history_settled settled;

	if (!w->ticket && pick(3) == 0) {
		w->ticket = ++w->tickets;
		w->key = (unsigned)pick(KEYS);
		w->born = w->length;
		w->block = change_of(w->key);
		w->block.trace = ROOT;
		w->block.by[CHANGE_SIZE] = w->block.by[CHANGE_TOTAL] = 77;
		w->block.by[CHANGE_COUNT] = w->block.by[CHANGE_ALLOCATIONS] = 1;
		open = (struct history_open){ w->block, w->ticket };
		news->open = &open;
		news->open_length = 1;
		return;
	}
	if (!w->ticket || w->length < w->born + 4)
		return;
	/* The tally is settled: what it held is another's now. */
	open = (struct history_open){ change_of(w->key), w->ticket };
	open.change.trace = ROOT;
	change_add(&open.change, &w->block, -1);
	news->open = &open;
	news->open_length = 1;
	struct change *own = &news->changes[news->changes_length++];

	*own = w->block;
	own->trace = w->key + 1;
	settled = (struct history_settled){ w->ticket, w->key + 1 };
	news->settled = &settled;
	news->settled_length = 1;
	/* As if it had been known from the first: the copies are of that. */
	for (unsigned i = w->born; i < w->length; i++)
		count(&w->at[i], w->key, &w->block, 1);
	count(&w->now, w->key, &w->block, 1);
	w->ticket = 0;
}

static void tick(struct world *w, double time, unsigned why, unsigned most, bool open)
{
	struct change changes[2 * KEYS + 1];
	struct history_news news = { .time = time, .why = why, .changes = changes };

	for (uint64_t n = pick(most); n > 0; n--) {
		unsigned key = (unsigned)pick(KEYS);
		struct change *change = &changes[news.changes_length++];

		*change = change_of(key);
		for (unsigned i = 0; i < CHANGE_FIGURES; i++)
			change->by[i] = (int64_t)pick(pick(50) ? 1000 : UINT64_C(1) << 40) - 300;
		if (pick(2))
			change->by[CHANGE_ALLOCATIONS] = change->by[CHANGE_COUNT];
		count(&w->now, key, change, 1);
	}
	news.totals[3] = w->length;
	if (open)
		tell_open(w, &news);
	assert_int_equal(history_add(w->history, &news), 0);
	w->now.time = time;
	w->at[w->length++] = w->now;
}

/* A tick's figures are the naive one's, to the byte. */
static void same(struct world *w, size_t at)
{
	const struct history_tick *tick = history_tick(w->history, at);
	const struct state *state = &w->at[tick->id - 1];
	struct ledger ledger = { 0 };
	int64_t found[KEYS][CHANGE_FIGURES] = { { 0 } };

	assert_int_equal(history_at(w->history, at, &ledger), 0);
	for (size_t i = 0; i < ledger.length; i++) {
		const struct change *row = &ledger.rows[i];

		if (row->trace == ROOT)
			assert_true(change_is_none(row));
		else
			memcpy(found[row->trace - 1], row->by, sizeof(found[0]));
	}
	assert_memory_equal(found, state->by, sizeof(found));
	assert_true(tick->time == state->time);
	assert_int_equal(tick->totals[3], tick->id - 1);
	ledger_free(&ledger);
}

static void same_pairs(struct world *w, unsigned pairs)
{
	for (unsigned i = 0; i < 2 * pairs; i++)
		same(w, pick(history_ticks(w->history)));
}

static void test_any_two_moments_are_what_a_replay_says(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < TICKS; i++)
		tick(&w, i, 0, KEYS, false);
	same_pairs(&w, PAIRS);
	assert_int_equal(history_before(w.history, -1), SIZE_MAX);
	assert_int_equal(history_before(w.history, 0), 0);
	assert_int_equal(history_before(w.history, 17.5), 17);
	assert_int_equal(history_before(w.history, 1e9), TICKS - 1);
	end(&w);
}

static void test_a_stack_that_is_known_late_is_told_of_from_its_birth(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < TICKS; i++)
		tick(&w, i, w.ticket || i < TICKS - 1 ? 0 : HISTORY_END, 20, i < TICKS - 10 ||
		     w.ticket);
	assert_int_equal(w.ticket, 0);
	assert_true(w.tickets > 50);
	same_pairs(&w, PAIRS);
	end(&w);
}

/* What settles too late stays under the root, in all ticks. */
static void test_a_stack_that_is_known_too_late_stays_where_it_was(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	struct history_open open = { { .trace = ROOT, .by = { 5, 1, 1, 5 } }, 1 };
	struct history_news birth = { .time = 1, .open = &open, .open_length = 1 };

	assert_int_equal(history_add(w.history, &birth), 0);
	struct history_news later = { .time = 400 };

	assert_int_equal(history_add(w.history, &later), 0);
	struct change own = { .trace = 9, .by = { 5, 1, 1, 5 } };
	struct history_settled settled = { 1, 9 };
	struct history_open gone = { { .trace = ROOT, .by = { -5, -1, -1, -5 } }, 1 };
	struct history_news settle = {
		.time = 401, .changes = &own, .changes_length = 1, .open = &gone,
		.open_length = 1, .settled = &settled, .settled_length = 1,
	};

	assert_int_equal(history_add(w.history, &settle), 0);
	const uint32_t trace[] = { ROOT, ROOT, 9 };

	for (size_t i = 0; i < 3; i++) {
		struct ledger ledger = { 0 };

		assert_int_equal(history_at(w.history, i, &ledger), 0);
		for (size_t k = 0; k < ledger.length; k++)
			assert_int_equal(ledger.rows[k].by[CHANGE_SIZE],
					 ledger.rows[k].trace == trace[i] ? 5 : 0);
		ledger_free(&ledger);
	}
	end(&w);
}

static void tidy(struct world *w, uint64_t limit)
{
	while (history_tidy(w->history, limit))
		;
}

static void test_what_survives_with_age_says_what_it_always_said(void **state)
{
	struct world w;
	double time = 0;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < TICKS; i++) {
		tick(&w, time, i % 100 == 7 ? HISTORY_MARK : 0, KEYS, false);
		time += i < 700 ? 1 : i < 800 ? 60 : i < 900 ? 600 : 1;
		tidy(&w, GENEROUS);
	}
	double last = history_tick(w.history, history_ticks(w.history) - 1)->time;
	unsigned marks = 0, young = 0;

	for (size_t i = 0; i < history_ticks(w.history); i++) {
		same(&w, i);
		marks += history_tick(w.history, i)->why == HISTORY_MARK;
		young += last - history_tick(w.history, i)->time <= 300;
	}
	assert_int_equal(marks, TICKS / 100);
	assert_int_equal(young, 300);
	assert_in_range(history_ticks(w.history), 400, 700);
	assert_true(history_step(w.history, 0, 299) == 1);
	assert_true(history_step(w.history, 300, 1e9) >= 10);
	end(&w);
}

static void test_a_budget_makes_the_oldest_coarser_first(void **state)
{
	struct world w;
	const uint64_t limit = 1000000;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < TICKS; i++) {
		tick(&w, i * 20.0, i == 50 ? HISTORY_SNAPSHOT : 0, KEYS, false);
		tidy(&w, limit);
		assert_true(history_bytes(w.history) <= limit);
	}
	bool kept = false;

	for (size_t i = 0; i < history_ticks(w.history); i++) {
		same(&w, i);
		kept |= history_tick(w.history, i)->why == HISTORY_SNAPSHOT;
	}
	assert_true(kept);
	assert_true(history_step(w.history, 0, 200) < history_step(w.history, 10000, 1e9));
	end(&w);
}

/* Marks are kept until there is room for nothing but a few ticks. */
static void test_a_budget_that_holds_few_ticks_keeps_the_newest(void **state)
{
	struct world w;
	const uint64_t limit = 50000;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 300; i++) {
		tick(&w, i, HISTORY_MARK, KEYS, false);
		tidy(&w, limit);
		assert_true(history_bytes(w.history) <= limit);
	}
	assert_true(history_ticks(w.history) >= 1);
	assert_true(history_tick(w.history, 0)->why & HISTORY_CUT);
	assert_int_equal(history_tick(w.history, history_ticks(w.history) - 1)->id, 300);
	for (size_t i = 0; i < history_ticks(w.history); i++)
		same(&w, i);
	end(&w);
}

static void test_a_budget_that_holds_nothing_ends_it(void **state)
{
	struct world w;
	struct history_news more = { .time = 1e6 };

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 10; i++)
		tick(&w, i, 0, KEYS, false);
	tidy(&w, 1000);
	assert_int_equal(history_ticks(w.history), 0);
	assert_int_equal(history_add(w.history, &more), -ENOSPC);
	assert_int_equal(history_bytes(w.history), 0);
	end(&w);
}

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

static void test_of_peaks_the_newest_is_kept(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 100; i++)
		tick(&w, i, i % 10 ? 0 : HISTORY_PEAK, KEYS, false);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(history_tick(w.history, i)->why, i == 90 ? HISTORY_PEAK : 0);
	end(&w);
}

/* --- kept elsewhere --- */

struct shelf {
	struct history_tick tick[TICKS + 1];    /* by id; id 0: not there */
	struct bytes list[TICKS + 1][2];
	unsigned puts;
	bool broken;
};
static struct shelf shelf;

static void put_bytes(struct bytes *to, const struct bytes *from)
{
	free(to->of);
	*to = (struct bytes){ 0 };
	if (!from)
		return;
	to->of = malloc(from->length + 1);
	if (from->length)
		memcpy(to->of, from->of, from->length);
	to->length = to->room = from->length;
}

static int shelf_put(void *user, const struct history_tick *tick, const struct bytes *changes,
		     const struct bytes *states)
{
	(void)user;
	if (shelf.broken && pick(4) == 0)
		return -1;
	shelf.puts++;
	shelf.tick[tick->id] = *tick;
	put_bytes(&shelf.list[tick->id][0], changes);
	put_bytes(&shelf.list[tick->id][1], states);
	return 0;
}

static int shelf_drop(void *user, uint64_t id)
{
	(void)user;
	shelf.tick[id].id = 0;
	put_bytes(&shelf.list[id][0], NULL);
	put_bytes(&shelf.list[id][1], NULL);
	return 0;
}

static int shelf_fetch(void *user, uint64_t id, bool state, struct bytes *bytes)
{
	(void)user;
	put_bytes(bytes, &shelf.list[id][state]);
	return 0;
}

static const struct history_saver saver = { .put = shelf_put, .drop = shelf_drop };

static void clear_shelf(void)
{
	for (unsigned i = 0; i <= TICKS; i++)
		shelf_drop(NULL, i);
	shelf.puts = 0;
	shelf.broken = false;
}

static struct history *from_shelf(void)
{
	struct history *history = history_new();

	history_fetch(history, shelf_fetch, NULL);
	for (unsigned i = 1; i <= TICKS; i++)
		if (shelf.tick[i].id)
			assert_true(history_put(history, &shelf.tick[i]));
	return history;
}

static void test_what_is_saved_as_it_goes_is_the_same_history(void **state)
{
	struct world w;
	double time = 0;

	(void)state;
	clear_shelf();
	shelf.broken = true;
	begin(&w);
	for (unsigned i = 0; i < TICKS; i++) {
		tick(&w, time, i % 100 ? 0 : HISTORY_FORK, 100, i < TICKS - 10 || w.ticket);
		time += i < 900 ? 1 : 30;
		tidy(&w, GENEROUS);
		if (i % 7 == 0)
			history_save(w.history, &saver);
	}
	while (history_save(w.history, &saver))
		;
	unsigned puts = shelf.puts;

	assert_int_equal(history_save(w.history, &saver), 0);
	assert_int_equal(shelf.puts, puts);
	struct history *live = w.history;

	w.history = from_shelf();
	assert_int_equal(history_ticks(w.history), history_ticks(live));
	for (size_t i = 0; i < history_ticks(live); i++) {
		assert_int_equal(history_tick(live, i)->id, history_tick(w.history, i)->id);
		assert_int_equal(history_tick(live, i)->why, history_tick(w.history, i)->why);
	}
	same_pairs(&w, PAIRS);
	history_free(live);
	end(&w);
	clear_shelf();
}

static void test_damaged_lists_are_refused_or_read_and_never_more(void **state)
{
	struct world w;

	(void)state;
	clear_shelf();
	begin(&w);
	for (unsigned i = 0; i < 200; i++)
		tick(&w, i, 0, KEYS, false);
	assert_int_equal(history_save(w.history, &saver), 0);
	unsigned refused = 0;

	for (unsigned i = 0; i < 2000; i++) {
		struct bytes *bytes = &shelf.list[1 + pick(200)][0];
		struct history *history = from_shelf();
		struct ledger ledger = { 0 };

		if (bytes->length)
			bytes->of[pick(bytes->length)] ^= (uint8_t)(1 + pick(255));
		if (pick(4) == 0 && bytes->length)
			bytes->length = pick(bytes->length);
		int error = history_at(history, pick(200), &ledger);

		assert_true(error == 0 || error == -EINVAL);
		refused += error != 0;
		ledger_free(&ledger);
		history_free(history);
	}
	assert_true(refused > 100);
	struct history_tick back = { .id = 1, .time = 3 }, twice = { .id = 2, .time = 2 };
	struct history *history = history_new();

	assert_true(history_put(history, &back));
	assert_false(history_put(history, &twice));
	assert_false(history_put(history, &back));
	history_free(history);
	end(&w);
	clear_shelf();
}

static void test_a_list_is_the_bytes_that_the_page_says(void **state)
{
	struct change changes[] = {
		{ .trace = 300, .thread = 2, .by = { -64, -1, 3, 192 } },
		{ .trace = 9, .thread = 2, .by = { 64, 1, 1, 64 } },
		{ .trace = 300, .thread = 2, .by = { -64, 0, 0, 0 } },
		{ .trace = 12, .domain = 1, .by = { 1, 1, 1, 1 } },
		{ .trace = 12, .domain = 1, .by = { -1, -1, -1, -1 } },
	};
	const uint8_t wanted[] = {
		9, 1 | 4 | 8, 2, 128, 1, 2,
		163, 2, 4 | 8 | 16 | 32, 255, 1, 1, 6, 128, 3,
	};
	struct bytes bytes = { 0 };

	(void)state;
	assert_int_equal(changes_order(changes, 5), 2);
	assert_true(changes_encode(changes, 2, &bytes));
	assert_int_equal(bytes.length, sizeof(wanted));
	assert_memory_equal(bytes.of, wanted, sizeof(wanted));
	free(bytes.of);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_two_moments_are_what_a_replay_says),
		cmocka_unit_test(test_a_stack_that_is_known_late_is_told_of_from_its_birth),
		cmocka_unit_test(test_a_stack_that_is_known_too_late_stays_where_it_was),
		cmocka_unit_test(test_what_survives_with_age_says_what_it_always_said),
		cmocka_unit_test(test_a_budget_makes_the_oldest_coarser_first),
		cmocka_unit_test(test_a_budget_that_holds_few_ticks_keeps_the_newest),
		cmocka_unit_test(test_a_budget_that_holds_nothing_ends_it),
		cmocka_unit_test(test_rows_over_time_are_what_the_moments_say),
		cmocka_unit_test(test_rows_of_processes_add_up_until_their_ends),
		cmocka_unit_test(test_of_peaks_the_newest_is_kept),
		cmocka_unit_test(test_what_is_saved_as_it_goes_is_the_same_history),
		cmocka_unit_test(test_damaged_lists_are_refused_or_read_and_never_more),
		cmocka_unit_test(test_a_list_is_the_bytes_that_the_page_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

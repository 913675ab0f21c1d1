/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The history against a naive one that copies all figures at each tick: random changes of
 * some hundred keys, blocks whose stacks are known late or never, ticks that are kept
 * for a reason, years that go by, and budgets that are too small.
 */
#include "tests/unit/heap/history_fixture.h"

#define PAIRS 1000u

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

/* Whatever it rests between, with stacks that are not known yet too. */
static void test_a_history_that_rests_goes_on_as_if_it_had_not(void **state)
{
	struct world w;
	uint64_t bytes;

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < TICKS; i++) {
		tick(&w, i, 0, 20, i < TICKS - 10 || w.ticket);
		if (!pick(4))
			history_rest(w.history);
	}
	bytes = history_bytes(w.history);
	history_rest(w.history);
	assert_true(history_bytes(w.history) <= bytes);
	same_pairs(&w, PAIRS);
	tick(&w, TICKS, 0, 1, false);
	assert_true(history_bytes(w.history) > bytes);
	same(&w, history_ticks(w.history) - 1);
	end(&w);
}

/* The figures at an end are not kept, and neither its list nor any state is another for
 * that. */
static void test_a_tick_at_an_end_is_like_any_other(void **state)
{
	struct history *plain = history_new(), *ended = history_new();
	struct change changes[2][KEYS];
	unsigned states = 0;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		struct history_news news = { .time = i, .changes = changes[0] };
		uint64_t bytes;

		for (uint64_t n = pick(KEYS); n > 0; n--) {
			struct change *change = &changes[0][news.changes_length++];

			*change = change_of(i % 3 ? (unsigned)pick(KEYS) : (unsigned)n);
			change->by[CHANGE_SIZE] = 1 + (int64_t)pick(100);
		}
		memcpy(changes[1], changes[0], sizeof(changes[0]));
		assert_int_equal(history_add(plain, &news), 0);
		news.changes = changes[1];
		news.why = HISTORY_END;
		assert_int_equal(history_add(ended, &news), 0);
		bytes = history_bytes(ended);
		history_rest(ended);
		states += bytes != history_bytes(ended);
	}
	assert_in_range(states, 1, 100);        /* only where a state is near */
	for (size_t i = 0; i < history_ticks(plain); i++) {
		const struct history_tick *a = history_tick(plain, i), *b = history_tick(ended, i);
		struct ledger at[2] = { { 0 }, { 0 } };

		assert_int_equal(a->state_length, b->state_length);
		assert_int_equal(a->changes_length, b->changes_length);
		assert_int_equal(history_at(plain, i, &at[0]), 0);
		assert_int_equal(history_at(ended, i, &at[1]), 0);
		for (size_t k = 0; k < at[1].length; k++)
			assert_true(ledger_add(&at[0], &at[1].rows[k], -1));
		assert_int_equal(at[0].length, at[1].length);
		for (size_t k = 0; k < at[0].length; k++)
			assert_true(change_is_none(&at[0].rows[k]));
		ledger_free(&at[0]);
		ledger_free(&at[1]);
	}
	history_free(plain);
	history_free(ended);
}

static void test_lists_that_are_in_order_are_folded_too(void **state)
{
	struct change changes[] = {
		{ .trace = 1, .by = { 1, 1, 1, 1 } }, { .trace = 2, .by = { 2, 1, 1, 2 } },
		{ .trace = 2, .by = { 3, 1, 1, 3 } }, { .trace = 3 },
		{ .trace = 3, .domain = 1, .by = { 4, 1, 1, 4 } },
	};

	(void)state;
	assert_int_equal(changes_order(changes, 0), 0);
	assert_int_equal(changes_order(changes, 5), 3);
	assert_int_equal(changes[1].by[CHANGE_SIZE], 5);
	assert_int_equal(changes[2].trace, 3);
	assert_int_equal(changes[2].domain, 1);
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

/* --- kept elsewhere --- */

struct shelf {
	struct history_tick tick[TICKS + 1];    /* by id; id 0: not there */
	uint64_t totals[TICKS + 1][HISTORY_TOTALS];
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

static int shelf_put(void *user, const struct history_tick *tick, const struct bytes *totals,
		     const struct bytes *changes, const struct bytes *states)
{
	struct change_reader reader = change_reader(totals->of, totals->length);

	(void)user;
	if (shelf.broken && pick(4) == 0)
		return -1;
	shelf.puts++;
	shelf.tick[tick->id] = *tick;
	for (unsigned i = 0; i < HISTORY_TOTALS; i++)
		shelf.totals[tick->id][i] = change_varint(&reader);
	assert_true(!reader.bad && reader.at == reader.end);
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
			assert_true(history_put(history, &shelf.tick[i], shelf.totals[i]));
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

	assert_true(history_put(history, &back, shelf.totals[1]));
	assert_false(history_put(history, &twice, shelf.totals[1]));
	assert_false(history_put(history, &back, shelf.totals[1]));
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
		cmocka_unit_test(test_a_history_that_rests_goes_on_as_if_it_had_not),
		cmocka_unit_test(test_a_tick_at_an_end_is_like_any_other),
		cmocka_unit_test(test_lists_that_are_in_order_are_folded_too),
		cmocka_unit_test(test_a_stack_that_is_known_too_late_stays_where_it_was),
		cmocka_unit_test(test_what_is_saved_as_it_goes_is_the_same_history),
		cmocka_unit_test(test_damaged_lists_are_refused_or_read_and_never_more),
		cmocka_unit_test(test_a_list_is_the_bytes_that_the_page_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

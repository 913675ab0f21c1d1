/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes that are counted together (run/state/roster_fold.h), and what they leave
 * (run/state/estate.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/heap/rows.h"
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/run/state/estate.h"
#include "tracer/collect/run/state/roster_fold.h"
#include "tracer/heap/sum.h"

#define AFTER 3u                        /* so many keep their places */

static char *main_argv[] = { "server", "-x", NULL };

struct house {
	struct course *course;
	struct roster *roster;
	struct program copy;
	unsigned version;
};

static int make(void **state)
{
	struct house *house = calloc(1, sizeof(*house));

	house->course = course_new();
	house->roster = roster_new(house->course, main_argv, 0);
	roster_start(house->roster, 100);
	roster_fold_after(house->roster, AFTER);
	*state = house;
	return 0;
}

static int drop(void **state)
{
	struct house *house = *state;

	program_clear(&house->copy);
	roster_free(house->roster);
	course_free(house->course);
	free(house);
	return 0;
}

/* A process that said hello after an exec, by the name that it has in its namespace. */
static uint32_t begin(struct house *house, int32_t pid, int32_t ppid, char *program, char *argument)
{
	const struct meet_hello hello = { .kind = MEET_EXEC, .pid = pid + 1000 };
	char *argv[] = { program, argument, NULL };
	const struct newcomer newcomer = {
		.process = roster_place(house->roster),
		.pid = pid,
		.ppid = ppid,
		.pidfd = open("/dev/null", O_RDONLY | O_CLOEXEC),
		.image = (uint64_t)pid,
		.hello = &hello,
		.argc = 2,
		.argv = argv,
	};
	uint32_t process = roster_add(house->roster, &newcomer);

	assert_int_equal(process, newcomer.process);
	return process;
}

/* It ends: with which it is counted. */
static uint32_t end(struct house *house, uint32_t process)
{
	close(roster_end(house->roster, process));
	return roster_fold(house->roster, process);
}

static uint32_t worker(struct house *house, int32_t pid)
{
	return end(house, begin(house, pid, 100, "worker", "-q"));
}

static const struct process *listed(struct house *house, uint32_t process)
{
	roster_follow(house->roster, &house->copy, &house->version);
	return &house->copy.processes[process - 1];
}

/* The first ones keep their places, the next one becomes a head. */
static uint32_t crowd(struct house *house)
{
	for (unsigned i = 0; i < AFTER; i++) {
		assert_false(roster_folds(house->roster));
		assert_int_equal(worker(house, 200 + (int32_t)i), 0);
	}
	assert_true(roster_folds(house->roster));
	uint32_t head = worker(house, 300);

	assert_int_equal(head, AFTER + 2);
	return head;
}

static void workers_that_end_take_no_more_places(void **state)
{
	struct house *house = *state;
	uint32_t head = crowd(house);

	for (int32_t i = 0; i < 100; i++) {
		uint32_t process = begin(house, 400 + i, 100, "worker", "-q");

		assert_int_equal(process, head + 1);
		assert_int_equal(end(house, process), head);
		roster_vacate(house->roster, process);
	}
	const struct process *of = listed(house, head);

	assert_int_equal(house->copy.processes_length, head + 1);
	assert_int_equal(of->others, 100);
	assert_int_equal(of->pid, 300);
	assert_true(of->ended > of->began);
	assert_true(of[1].vacant);
	assert_int_equal(program_count(&house->copy), 1 + AFTER + 1 + 100);
}

/* While the recording may still have something of it. */
static void a_place_is_taken_only_when_nobody_needs_it(void **state)
{
	struct house *house = *state;
	uint32_t head = crowd(house), first = begin(house, 400, 100, "worker", "-q");

	assert_int_equal(end(house, first), head);
	uint32_t second = begin(house, 401, 100, "worker", "-q");

	assert_int_equal(second, first + 1);
	assert_int_equal(end(house, second), head);
	roster_vacate(house->roster, second);
	roster_vacate(house->roster, first);
	assert_int_equal(begin(house, 402, 100, "worker", "-q"), second);
	assert_int_equal(begin(house, 403, 100, "worker", "-q"), first);
	assert_int_equal(begin(house, 404, 100, "worker", "-q"), second + 1);
	assert_int_equal(roster_find(house->roster, 403), first);
	assert_int_equal(listed(house, first)->pid, 403);
	assert_false(house->copy.processes[second - 1].vacant);
}

static void who_is_counted_with_another_is_still_known_to_the_roll(void **state)
{
	struct house *house = *state;
	uint32_t head = crowd(house);

	assert_int_equal(end(house, begin(house, 400, 100, "sh", "-c")), AFTER + 3);
	assert_int_equal(worker(house, 401), head);
	assert_int_equal(end(house, begin(house, 402, 100, "sh", "-c")), AFTER + 3);
	assert_true(roster_was_met(house->roster, 401));
	assert_true(roster_was_met(house->roster, 1401));
	assert_false(roster_was_met(house->roster, 403));
	assert_true(roster_has_answered(house->roster, 401, 100, 1));
	assert_true(roster_has_answered(house->roster, 1401, 100, 1));
	assert_false(roster_has_answered(house->roster, 403, 100, 1));
	/* Two shells of this parent, each of which answers once. */
	assert_true(roster_has_answered(house->roster, 0, 100, 1));
	assert_true(roster_has_answered(house->roster, 0, 100, 1));
	assert_false(roster_has_answered(house->roster, 0, 100, 1));
	/* A child that it forked, and that is heard of only now. */
	const struct meet_hello hello = { .kind = MEET_FORK, .pid = 500, .image = 401 };
	const struct newcomer late = { .process = roster_place(house->roster), .pid = 500, .ppid = 1,
				       .pidfd = -1, .image = 500, .hello = &hello };
	uint32_t process = roster_add(house->roster, &late);

	assert_int_equal(listed(house, process)->ppid, 401);
}

static void some_keep_their_places(void **state)
{
	struct house *house = *state;
	uint32_t head = crowd(house);
	uint32_t watched = begin(house, 400, 100, "worker", "-q");
	uint32_t parent = begin(house, 401, 100, "worker", "-q");
	uint32_t faulty = begin(house, 402, 100, "worker", "-q");

	begin(house, 403, 401, "child", "-q");
	roster_set_reason(house->roster, faulty, "no room");
	assert_true(roster_watch(house->roster, watched, listed(house, watched)));
	assert_int_equal(end(house, watched), 0);
	assert_int_equal(end(house, parent), 0);
	assert_int_equal(end(house, faulty), 0);
	roster_hold(house->roster, true);
	assert_int_equal(worker(house, 404), 0);
	roster_hold(house->roster, false);
	assert_int_equal(worker(house, 405), head);
	uint32_t kept = begin(house, 406, 100, "worker", "-q");

	roster_keep(house->roster, kept);
	roster_keep(house->roster, 0);
	assert_int_equal(end(house, kept), 0);
	assert_int_equal(roster_fold(house->roster, 1), 0);
	/* The list that was chosen from is older. */
	const struct process old = { .pid = 399, .began = 1 };

	assert_false(roster_watch(house->roster, watched, &old));
	assert_true(roster_watch(house->roster, 0, NULL));
}

static void a_judge_gets_each_that_has_left_once_and_at_the_end_the_others(void **state)
{
	struct house *house = *state;
	uint32_t first = begin(house, 200, 100, "worker", "-q");
	uint32_t second = begin(house, 201, 100, "worker", "-q");
	uint32_t living = begin(house, 202, 100, "worker", "-q");

	roster_add_untraced(house->roster, 203, 100, 0, NULL, "no room");
	assert_int_equal(roster_to_judge(house->roster, false), 0);
	roster_leave(house->roster, second);
	assert_int_equal(roster_to_judge(house->roster, false), second);
	assert_int_equal(roster_to_judge(house->roster, false), 0);
	assert_int_equal(roster_to_judge(house->roster, true), first);
	assert_int_equal(roster_to_judge(house->roster, true), living);
	assert_int_equal(roster_to_judge(house->roster, true), 0);
	/* Another one that gets a place is judged, too. */
	roster_fold_after(house->roster, 1);
	uint32_t head = begin(house, 204, 100, "worker", "-q");

	assert_int_equal(end(house, first), 0);
	assert_int_equal(end(house, head), head);
	assert_int_equal(end(house, second), head);
	roster_vacate(house->roster, second);
	assert_int_equal(begin(house, 205, 100, "worker", "-q"), second);
	roster_leave(house->roster, second);
	assert_int_equal(roster_to_judge(house->roster, false), second);
}

static void many_commands_are_counted_by_program_and_at_last_all_together(void **state)
{
	struct house *house = *state;
	char argument[16], program[16];
	uint32_t last = 0;

	crowd(house);
	for (int i = 0; i < 1000; i++) {
		snprintf(argument, sizeof(argument), "%d", i);
		last = end(house, begin(house, 1000 + i, 100 + i, "cc", argument));
	}
	const struct process *of = listed(house, last);

	assert_true(of->others > 900);
	assert_int_equal(of->argc, 1);
	assert_string_equal(of->argv[0], "cc");
	assert_int_equal(of->ppid, 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(program, sizeof(program), "p%d", i);
		last = end(house, begin(house, 3000 + i, 100, program, "-q"));
	}
	of = listed(house, last);
	assert_true(of->others > 900);
	assert_int_equal(of->argc, 0);
	assert_int_equal(program_count(&house->copy), 1 + AFTER + 1 + 2000);
}

/* What one left: a row of its own, and one that all have. */
static struct snapshot *left(struct catalog *catalog, uint32_t n, enum moment_kind kind)
{
	struct snapshot *snapshot = snapshot_new(catalog, 2);

	snapshot->kind = kind;
	snapshot->process = n;
	snapshot->time = n;
	snapshot->totals = (struct totals){ .current = 10 + n, .peak = 20 + n, .peak_ever = 30 + n % 5,
					    .peak_at = n, .blocks = 2, .allocations = 5, .frees = 3,
					    .total = 100 + n, .unknown_frees = 1, .events = 8 };
	snapshot->unknown.length = 1;
	snapshot->unknown.of[0].count = 1;
	for (uint32_t i = 0; i < 2; i++) {
		snapshot->rows[i].trace.v = i ? n % 3 + 1 : 9;
		rows_put(snapshot, i, (struct row_figures){
			.now = { .size = 5 + n * i, .count = 1, .allocations = 2, .total = 50 + i },
			.peak = 7 * n,
		});
	}
	return snapshot;
}

static void assert_same_moment(struct snapshot *a, struct snapshot *b)
{
	assert_memory_equal(&a->totals, &b->totals, sizeof(a->totals));
	assert_memory_equal(&a->unknown, &b->unknown, sizeof(a->unknown));
	assert_int_equal(a->rows_length, b->rows_length);
	for (size_t i = 0; i < a->rows_length; i++)
		assert_true(rows_same(&a->rows[i], &b->rows[i]));
	snapshot_release(a);
	snapshot_release(b);
}

/* What is known of the 48 that were joined, and that nothing is of one that has moved; and
 * that their moments are to be written once. */
static void assert_last_of_the_joined(struct estate *joined, struct estate *moved)
{
	struct unknown_frees unknown;
	struct totals totals;
	size_t length;

	estate_last(moved, 3, &totals, &unknown);
	assert_int_equal(totals.allocations + unknown.length, 0);
	estate_last(joined, 2, &totals, &unknown);
	assert_int_equal(totals.allocations, 48 * 5);
	assert_int_equal(totals.peak_ever, 34);
	assert_int_equal(unknown.of[0].count, 48);
	struct snapshot **changed = estate_changed(joined, &length);

	assert_int_equal(length, 2);
	assert_int_equal(changed[0]->totals.allocations, 48 * 5);
	assert_int_equal(changed[1]->kind, MOMENT_PEAK);
	snapshot_release(changed[0]);
	snapshot_release(changed[1]);
	free(changed);
	assert_null(estate_changed(joined, &length));
}

static void the_sum_of_all_is_the_same_to_the_byte(void **state)
{
	struct catalog *catalog = catalog_new();
	struct estate *each = estate_new(catalog, 0), *joined = estate_new(catalog, 0);
	struct estate *moved = estate_new(catalog, 0);
	size_t length;

	(void)state;
	assert_null(estate_changed(joined, &length));
	for (uint32_t i = 2; i < 50; i++) {
		struct snapshot *exit = left(catalog, i, MOMENT_EXIT);
		struct snapshot *peak = left(catalog, i, MOMENT_PEAK);

		estate_add(each, i, snapshot_retain(exit), snapshot_retain(peak));
		estate_add(moved, i, snapshot_retain(exit), snapshot_retain(peak));
		if (i == 2)
			estate_lead(moved, i, exit, peak);
		else
			estate_move(moved, i, 2, exit, peak);
		if (i == 2)
			estate_add_head(joined, i, exit, peak);
		else
			estate_join(joined, 2, exit, peak);
	}
	/* Of one that stands for all the highest peak is shown; all else is their sum. */
	struct snapshot *one = estate_moment(joined, 2, false), *sum = estate_sum(each, false);

	assert_int_equal(one->totals.peak_ever, 34);
	assert_true(one->totals.peak_at == 4);
	assert_int_equal(one->totals.peak, 20 + 49);
	assert_int_equal(one->kind, MOMENT_EXIT);
	assert_int_equal(one->process, 2);
	assert_true(one->time == 49);
	assert_same_moment(estate_moment(moved, 2, false), snapshot_retain(one));
	assert_same_moment(estate_moment(moved, 2, true), estate_moment(joined, 2, true));
	assert_null(estate_moment(moved, 3, false));
	one->totals.peak = sum->totals.peak;
	one->totals.peak_ever = sum->totals.peak_ever;
	one->totals.peak_at = sum->totals.peak_at;
	assert_same_moment(one, sum);
	assert_same_moment(estate_sum(joined, false), estate_sum(each, false));
	assert_same_moment(estate_sum(joined, true), estate_sum(each, true));
	assert_same_moment(estate_sum(moved, false), estate_sum(each, false));
	assert_last_of_the_joined(joined, moved);
	estate_free(each);
	estate_free(joined);
	estate_free(moved);
	catalog_release(catalog);
}

static void whose_part_was_highest_is_known(void **state)
{
	struct catalog *catalog = catalog_new();
	struct estate *estate = estate_new(catalog, 2);

	(void)state;
	assert_false(estate_has_highest(estate, 0));
	estate_add_part(estate, 1, left(catalog, 4, MOMENT_PEAK), 4);
	estate_add_part(estate, 1, left(catalog, 3, MOMENT_PEAK), 3);
	assert_true(estate_has_highest(estate, 4));
	estate_add_part(estate, 0, left(catalog, 3, MOMENT_PEAK), 3);
	assert_true(estate_has_highest(estate, 3));
	estate_free(estate);
	catalog_release(catalog);
}

int main(void)
{
#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, make, drop)
	const struct CMUnitTest tests[] = {
		IN_HOUSE(workers_that_end_take_no_more_places),
		IN_HOUSE(a_place_is_taken_only_when_nobody_needs_it),
		IN_HOUSE(who_is_counted_with_another_is_still_known_to_the_roll),
		IN_HOUSE(some_keep_their_places),
		IN_HOUSE(many_commands_are_counted_by_program_and_at_last_all_together),
		IN_HOUSE(a_judge_gets_each_that_has_left_once_and_at_the_end_the_others),
		cmocka_unit_test(the_sum_of_all_is_the_same_to_the_byte),
		cmocka_unit_test(whose_part_was_highest_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

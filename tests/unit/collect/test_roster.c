/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processes of a live run (run/state/roster.h), and what those leave that end
 * (run/state/estate.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/collect/recording/programs.h"
#include "tracer/ground/clock.h"
#include "tracer/collect/run/state/estate.h"
#include "tracer/collect/run/state/roster.h"
#include "tracer/heap/catalog/catalog.h"

static char *main_argv[] = { "server", "-x", NULL };
static char *shell_argv[] = { "sh", "-c", "true", NULL };
static char *python_argv[] = { "python3", "-c", "pass", NULL };

struct house {
	struct course *course;
	struct roster *roster;
};

static int make(void **state)
{
	struct house *house = calloc(1, sizeof(*house));

	house->course = course_new();
	house->roster = roster_new(house->course, main_argv, 0);
	roster_start(house->roster, 100);
	*state = house;
	return 0;
}

static int drop(void **state)
{
	struct house *house = *state;

	roster_free(house->roster);
	course_free(house->course);
	free(house);
	return 0;
}

static struct meet_hello hello_of(enum meet_kind kind, int32_t pid, uint64_t parent_image)
{
	return (struct meet_hello){ .kind = kind, .pid = pid, .image = parent_image };
}

/* A child that said hello: its pid as it sees itself is 1000 more. */
static uint32_t join(struct roster *roster, enum meet_kind kind, int32_t pid, int32_t ppid,
		     uint64_t image, uint64_t parent_image, char *const *argv)
{
	const struct meet_hello hello = hello_of(kind, pid + 1000, parent_image);
	const struct newcomer newcomer = {
		.pid = pid,
		.ppid = ppid,
		.pidfd = open("/dev/null", O_RDONLY | O_CLOEXEC),
		.image = image,
		.hello = &hello,
		.argc = argv == shell_argv ? 3 : 2,
		.argv = argv,
	};
	return roster_add(roster, &newcomer);
}

static void the_first_process_stands_first_whoever_tells_of_it(void **state)
{
	struct house *house = *state;
	const struct meet_hello hello = hello_of(MEET_EXEC, 100, 0);
	struct program copy;

	assert_int_equal(roster_length(house->roster), 1);
	roster_meet_first(house->roster, 100, &hello, 7);
	assert_int_equal(roster_length(house->roster), 1);
	assert_int_equal(roster_pid(house->roster), 100);
	assert_int_equal(roster_copy(house->roster, &copy), 0);
	assert_string_equal(copy.processes[0].argv[0], "server");
	assert_int_equal(copy.processes[0].ppid, 0);
	assert_true(roster_was_met(house->roster, 100));
	program_clear(&copy);
}

static void the_parent_of_a_forked_child_is_who_has_the_image(void **state)
{
	struct house *house = *state;
	const struct meet_hello hello = hello_of(MEET_EXEC, 100, 0);
	struct program copy = { 0 };
	unsigned version = 0;

	roster_meet_first(house->roster, 100, &hello, 7);
	/* It was orphaned since: init is its parent now. */
	assert_int_equal(join(house->roster, MEET_FORK, 200, 1, 8, 7, main_argv), 2);
	assert_int_equal(join(house->roster, MEET_EXEC, 300, 1, 9, 0, main_argv), 3);
	roster_follow(house->roster, &copy, &version);
	assert_int_equal(copy.processes[1].ppid, 100);
	assert_int_equal(copy.processes[2].ppid, 1);
	program_clear(&copy);
}

static void a_pid_means_the_newest_living_process_that_has_it(void **state)
{
	struct house *house = *state;

	assert_int_equal(join(house->roster, MEET_FORK, 200, 100, 8, 0, main_argv), 2);
	assert_int_equal(roster_find(house->roster, 200), 2);
	assert_true(roster_has_company(house->roster));
	int pidfd = roster_end(house->roster, 2);
	assert_true(pidfd >= 0);
	close(pidfd);
	assert_int_equal(roster_end(house->roster, 2), -1);
	assert_true(roster_has_ended(house->roster, 2));
	assert_false(roster_has_company(house->roster));
	assert_int_equal(roster_find(house->roster, 200), 0);
	assert_int_equal(join(house->roster, MEET_FORK, 200, 100, 9, 0, main_argv), 3);
	assert_int_equal(roster_find(house->roster, 200), 3);
}

static void after_the_run_the_list_stays_as_it_is(void **state)
{
	struct house *house = *state;
	struct program copy;

	join(house->roster, MEET_FORK, 200, 100, 8, 0, main_argv);
	roster_set_status(house->roster, 3 << 8);
	course_end(house->course, 2.5);
	close(roster_end(house->roster, 2));
	assert_false(roster_has_ended(house->roster, 2));
	assert_int_equal(roster_copy(house->roster, &copy), 0);
	assert_true(copy.ended && copy.seconds == 2.5);
	assert_int_equal(copy.exit_status, 3);
	program_clear(&copy);
}

static void a_copy_follows_the_list_and_its_version(void **state)
{
	struct house *house = *state;
	struct program copy = { 0 };
	unsigned version = 0;
	char **argv = argv_copy(3, shell_argv);

	roster_follow(house->roster, &copy, &version);
	assert_int_equal(copy.processes_length, 1);
	assert_false(roster_filtered(house->roster, 0));
	assert_true(roster_filtered(house->roster, 1));
	assert_false(roster_filtered(house->roster, 1));
	assert_false(roster_python(house->roster, "python3.11", "too new"));
	assert_true(roster_python(house->roster, "", NULL));
	roster_unseen(house->roster, "libone.so");
	roster_unseen(house->roster, "libtwo.so");
	unsigned before = version;
	roster_follow(house->roster, &copy, &version);
	assert_int_equal(version, before);
	assert_int_equal(copy.filtered, 1);
	assert_string_equal(copy.kind, "python3.11");
	assert_null(copy.python_off);
	assert_string_equal(copy.unseen, "libone.so");
	roster_rename(house->roster, 1, 3, argv);
	roster_follow(house->roster, &copy, &version);
	assert_int_not_equal(version, before);
	assert_string_equal(copy.processes[0].argv[0], "sh");
	program_clear(&copy);
}

static void who_is_not_traced_counts_and_the_first_reason_stays(void **state)
{
	struct house *house = *state;
	struct program copy;

	assert_int_equal(roster_add_untraced(house->roster, 150, 100, 2, main_argv, "static"), 2);
	assert_int_equal(roster_untraced(house->roster), 1);
	assert_int_equal(roster_find(house->roster, 150), 0);
	/* The first has not said hello: nothing of it could be missed. */
	assert_false(roster_set_reason(house->roster, 1, "no room"));
	assert_false(roster_set_reason(house->roster, 9, "no room"));
	join(house->roster, MEET_FORK, 200, 100, 8, 0, main_argv);
	join(house->roster, MEET_FORK, 300, 100, 9, 0, main_argv);
	assert_true(roster_set_reason(house->roster, 3, "no room"));
	roster_name_living(house->roster, "it lived on");
	assert_int_equal(roster_untraced(house->roster), 3);
	assert_int_equal(roster_copy(house->roster, &copy), 0);
	assert_string_equal(copy.processes[1].reason, "static");
	assert_string_equal(copy.processes[2].reason, "no room");
	assert_string_equal(copy.processes[3].reason, "it lived on");
	program_clear(&copy);
}

static void a_program_answers_by_its_pid_and_a_shell_once_by_its_parent(void **state)
{
	struct house *house = *state;
	int argc = 0;

	join(house->roster, MEET_EXEC, 200, 100, 8, 0, shell_argv);
	join(house->roster, MEET_FORK, 300, 100, 9, 0, main_argv);
	assert_true(roster_has_answered(house->roster, 200, 100, 1));
	assert_true(roster_has_answered(house->roster, 1200, 100, 1));
	assert_false(roster_has_answered(house->roster, 200, 100, UINT64_MAX));
	/* A fork is no answer to an exec. */
	assert_false(roster_has_answered(house->roster, 300, 100, 1));
	assert_true(roster_was_met(house->roster, 300));
	assert_true(roster_was_met(house->roster, 1300));
	assert_false(roster_was_met(house->roster, 400));
	assert_false(roster_has_answered(house->roster, 0, 77, 1));
	assert_true(roster_has_answered(house->roster, 0, 100, 1));
	assert_false(roster_has_answered(house->roster, 0, 100, 1));
	char **argv = roster_argv(house->roster, 200, &argc);
	assert_int_equal(argc, 3);
	assert_string_equal(argv[1], "-c");
	argv_free(argv);
	assert_null(roster_argv(house->roster, 0, &argc));
}

static void of_the_shells_of_one_parent_the_first_answers_first(void **state)
{
	struct house *house = *state;

	join(house->roster, MEET_EXEC, 200, 100, 8, 0, shell_argv);
	uint64_t since = clock_nanoseconds();
	join(house->roster, MEET_EXEC, 300, 100, 9, 0, shell_argv);
	/* It is no shell, whatever its options look like. */
	join(house->roster, MEET_EXEC, 400, 100, 10, 0, python_argv);
	assert_true(roster_has_answered(house->roster, 0, 100, 1));
	assert_true(roster_has_answered(house->roster, 0, 100, since));
	assert_false(roster_has_answered(house->roster, 0, 100, 1));
}

static void the_argv_of_a_pid_is_that_of_the_newest_who_has_it(void **state)
{
	struct house *house = *state;
	int argc = 0;

	join(house->roster, MEET_EXEC, 200, 100, 8, 0, main_argv);
	close(roster_end(house->roster, 2));
	join(house->roster, MEET_EXEC, 200, 100, 9, 0, shell_argv);
	char **argv = roster_argv(house->roster, 200, &argc);
	assert_string_equal(argv[0], "sh");
	argv_free(argv);
}

static void a_program_that_could_not_be_run_has_the_status_that_a_shell_gives(void **state)
{
	struct house *house = *state;
	struct roster *unborn = roster_new(house->course, main_argv, 0);
	int status, signal;

	roster_set_failed(house->roster, ENOENT);
	roster_status(house->roster, &status, &signal);
	assert_int_equal(status, 127);
	roster_set_failed(house->roster, EACCES);
	roster_status(house->roster, &status, &signal);
	assert_int_equal(status, 126);
	/* Not even a process could be made. */
	roster_set_failed(unborn, EAGAIN);
	roster_status(unborn, &status, &signal);
	assert_int_equal(status, 125);
	assert_int_equal(signal, 0);
	roster_free(unborn);
}

static void of_the_first_process_a_reason_is_kept_but_does_not_count(void **state)
{
	struct house *house = *state;
	const struct meet_hello hello = hello_of(MEET_EXEC, 100, 0);
	struct program copy;

	roster_meet_first(house->roster, 100, &hello, 7);
	assert_true(roster_set_reason(house->roster, 1, "no room"));
	assert_int_equal(roster_untraced(house->roster), 0);
	assert_int_equal(roster_copy(house->roster, &copy), 0);
	assert_string_equal(copy.processes[0].reason, "no room");
	program_clear(&copy);
}

static void of_very_many_who_are_not_traced_the_last_only_count(void **state)
{
	struct house *house = *state;

	for (int i = 0; i < 4096; i++)
		assert_int_equal(roster_add_untraced(house->roster, 200 + i, 100, 0, NULL, "static"),
				 i + 2);
	assert_int_equal(roster_add_untraced(house->roster, 9000, 100, 0, NULL, "static"), 0);
	assert_int_equal(roster_untraced(house->roster), 4097);
	assert_int_equal(roster_length(house->roster), 4097);
}

static struct snapshot *holding(struct catalog *catalog, uint64_t current, uint64_t peak)
{
	struct snapshot *snapshot = snapshot_new(catalog, 0);

	snapshot->totals.current = current;
	snapshot->totals.peak_ever = peak;
	return snapshot;
}

static void ended_processes_leave_figures_moments_and_sums(void **state)
{
	struct catalog *catalog = catalog_new();
	struct estate *estate = estate_new(catalog, 0);
	struct heavier heavier = { .bytes = 10 };
	struct unknown_frees unknown;
	struct totals totals;
	(void)state;
	assert_null(estate_sum(estate, false));
	estate_add(estate, 3, holding(catalog, 50, 60), holding(catalog, 60, 60));
	estate_add(estate, 2, holding(catalog, 20, 30), NULL);
	estate_last(estate, 3, &totals, &unknown);
	assert_int_equal(totals.current, 50);
	estate_last(estate, 1, &totals, &unknown);
	assert_int_equal(totals.current, 0);
	estate_last(estate, 9, &totals, &unknown);
	struct snapshot *moment = estate_moment(estate, 3, true);
	assert_int_equal(moment->totals.current, 60);
	snapshot_release(moment);
	assert_null(estate_moment(estate, 2, true));
	assert_null(estate_moment(estate, 4, false));
	moment = estate_sum(estate, false);
	assert_int_equal(moment->totals.current, 70);
	snapshot_release(moment);
	estate_heavier(estate, 3, &heavier);
	assert_int_equal(heavier.process, 2);
	estate_heavier(estate, 1, &heavier);
	assert_int_equal(heavier.process, 3);
	assert_int_equal(heavier.bytes, 50);
	estate_free(estate);
	catalog_release(catalog);
}

static void of_parts_the_highest_peak_is_kept_and_all_are_summed(void **state)
{
	struct catalog *catalog = catalog_new();
	struct estate *estate = estate_new(catalog, 2);
	(void)state;
	estate_add_part(estate, 1, NULL, 1);
	estate_add_part(estate, 1, holding(catalog, 0, 30), 2);
	estate_add_part(estate, 1, holding(catalog, 0, 70), 3);
	estate_add_part(estate, 1, holding(catalog, 0, 70), 4);
	struct part_peak peak = estate_part(estate, 1);
	assert_int_equal(peak.sum, 170);
	assert_int_equal(peak.process, 3);
	assert_int_equal(peak.highest->totals.peak_ever, 70);
	snapshot_release(peak.highest);
	assert_null(estate_part(estate, 0).highest);
	assert_null(estate_part(estate, 2).highest);
	estate_free(estate);
	catalog_release(catalog);
}

int main(void)
{
#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, make, drop)
	const struct CMUnitTest tests[] = {
		IN_HOUSE(the_first_process_stands_first_whoever_tells_of_it),
		IN_HOUSE(the_parent_of_a_forked_child_is_who_has_the_image),
		IN_HOUSE(a_pid_means_the_newest_living_process_that_has_it),
		IN_HOUSE(after_the_run_the_list_stays_as_it_is),
		IN_HOUSE(a_copy_follows_the_list_and_its_version),
		IN_HOUSE(who_is_not_traced_counts_and_the_first_reason_stays),
		IN_HOUSE(a_program_answers_by_its_pid_and_a_shell_once_by_its_parent),
		IN_HOUSE(of_the_shells_of_one_parent_the_first_answers_first),
		IN_HOUSE(the_argv_of_a_pid_is_that_of_the_newest_who_has_it),
		IN_HOUSE(a_program_that_could_not_be_run_has_the_status_that_a_shell_gives),
		IN_HOUSE(of_the_first_process_a_reason_is_kept_but_does_not_count),
		IN_HOUSE(of_very_many_who_are_not_traced_the_last_only_count),
		cmocka_unit_test(ended_processes_leave_figures_moments_and_sums),
		cmocka_unit_test(of_parts_the_highest_peak_is_kept_and_all_are_summed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The desk while something takes its time: a freeze, a table or an export that does not
 * come until the test lets it.
 */
#include "tests/unit/tui/desk_fixture.h"
#include "tracer/ground/clock.h"

static void keys_are_answered_before_the_freeze_is_there(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	fake_hold(desk->session, true);
	desk_refresh(desk, true);
	desk_show(desk);
	assert_null(desk->heaps.live);
	assert_int_equal(frames, 1);
	press(desk, '?');
	assert_ptr_equal(desk_top(desk)->ops, &help_screen);
	press(desk, KEY_ESC);
	press(desk, '2');
	assert_int_equal(desk->tab, 1);
	assert_null(table_of(desk));
	fake_hold(desk->session, false);
	settle(desk);
	assert_non_null(desk->heaps.live);
	assert_non_null(table_of(desk));
}

/* As a line of memtoprc does, which comes before the first freeze. */
static void the_first_table_is_sorted_as_was_asked_before_it(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	fake_hold(desk->session, true);
	assert_string_equal(desk_command(desk, "sort count"), "");
	assert_null(table_of(desk));
	fake_hold(desk->session, false);
	settle(desk);
	assert_int_equal(table_of(desk)->view.sort, COLUMN_COUNT);
	assert_string_equal(desk_command(desk, "sort size_diff"),
			    "size_diff is a column of diffs: press d first");
}

static void snapshot_and_diff_follow_in_the_order_typed(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	fake_hold(desk->session, true);
	press(desk, 's');
	assert_string_equal(desk->foot.text, "taking the snapshot...");
	press(desk, 'd');
	assert_int_equal(desk->asked.length, 2);
	press(desk, '3');
	assert_int_equal(desk->tab, 2);
	assert_null(desk->sides.old_side);
	fake_hold(desk->session, false);
	settle(desk);
	assert_non_null(desk->sides.old_side);
	assert_string_equal(desk->shown.old_name, "snapshot 1");
	assert_true(table_of(desk)->diff);
}

static void a_frozen_view_is_not_thawed_by_what_was_on_its_way(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	const struct snapshot *shown = desk->heaps.live;
	fake_hold(desk->session, true);
	desk->asked.hasty = true;
	desk_refresh(desk, false);
	assert_non_null(desk->asked.fresh);
	press(desk, 'p');
	fake_hold(desk->session, false);
	settle(desk);
	assert_true(desk->run.frozen);
	assert_ptr_equal(desk->heaps.live, shown);
}

static void keys_are_answered_while_a_table_is_built(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	hold(desk->tables.builder);
	press(desk, '2');
	desk_refresh(desk, false);
	assert_int_equal(desk->tab, 1);
	assert_null(table_of(desk));
	press(desk, '?');
	desk_refresh(desk, false);
	assert_ptr_equal(desk_top(desk)->ops, &help_screen);
	press(desk, KEY_ESC);
	press(desk, ':');
	assert_int_equal(prompt_state(), PROMPT_EDITING);
	desk_refresh(desk, false);
	frames = 0;
	desk_show(desk);
	assert_int_equal(frames, 1);
	release(desk->tables.builder);
	settle(desk);
	assert_non_null(table_of(desk));
}

static void the_last_table_stays_until_the_next_one_is_there(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	const struct table *shown = table_of(desk);
	hold(desk->tables.builder);
	press(desk, 'W');
	desk_refresh(desk, false);
	assert_true(desk->wishes.raw);
	assert_ptr_equal(table_of(desk), shown);
	press(desk, 'j');               /* its rows can be walked through meanwhile */
	assert_ptr_equal(table_of(desk), shown);
	release(desk->tables.builder);
	settle(desk);
	assert_true(table_of(desk)->view.raw);
}

static void what_another_screen_asked_is_not_built(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	hold(desk->tables.builder);
	press(desk, '2');
	desk_refresh(desk, false);
	press(desk, '3');
	desk_refresh(desk, false);
	release(desk->tables.builder);
	settle(desk);
	assert_int_equal(table_of(desk)->view.by, BY_FUNCTION);
	struct screen *second = &desk->tabs[1];
	assert_null(second->ops->table(second));
}

static void a_filter_may_go_while_its_table_is_built(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	hold(desk->tables.builder);
	desk_command(desk, "filter size > 1");
	desk_refresh(desk, false);
	desk_command(desk, "filter");
	desk_refresh(desk, false);
	release(desk->tables.builder);
	settle(desk);
	assert_int_equal(desk->tables.asked == NULL, 1);
	assert_int_equal(table_of(desk)->view.filters->length, 0);
}

static void a_row_opens_before_its_stacks_are_there(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	desk_draw(desk);
	hold(desk->tables.builder);
	press(desk, KEY_ENTER_);
	desk_refresh(desk, false);
	assert_ptr_equal(desk_top(desk)->ops, &stacks_screen);
	assert_null(table_of(desk));
	desk_draw(desk);
	release(desk->tables.builder);
	settle(desk);
	assert_int_equal(table_of(desk)->view.by, BY_TRACEBACK);
}

static void a_stack_is_drawn_before_its_source_is_there(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	hold(desk->sources.reader);
	press(desk, KEY_ENTER_);
	settle_but_for_source(desk);
	press(desk, KEY_ENTER_);
	settle_but_for_source(desk);
	assert_ptr_equal(desk_top(desk)->ops, &stack_screen);
	desk_show(desk);
	assert_true(canvas_has(desk, "cache_put"));
	assert_false(canvas_has(desk, "malloc(sizeof *entry"));
	press(desk, 'j');               /* keys are answered meanwhile */
	assert_non_null(desk->sources.asked);
	release(desk->sources.reader);
	settle(desk);
	desk_show(desk);
	settle(desk);
	desk_show(desk);
	assert_true(canvas_has(desk, "malloc(sizeof *entry"));
}

static void keys_are_answered_during_an_export(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	char path[] = "/tmp/memtop-test-XXXXXX", command[64];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	begin(desk);
	hold(desk->tables.exporter);
	snprintf(command, sizeof command, "export csv --force %s", path);
	desk_command(desk, command);
	desk_refresh(desk, false);
	press(desk, '3');
	desk_refresh(desk, false);
	desk_table_await(desk);
	assert_int_equal(desk->tab, 2);
	desk_command(desk, command);
	assert_non_null(strstr(desk->foot.text, "still being written"));
	release(desk->tables.exporter);
	settle(desk);
	assert_non_null(strstr(desk->foot.text, "exported: "));
	FILE *file = fopen(path, "r");
	char line[64] = "";
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	assert_memory_equal(line, "key,size,", 9);
	fclose(file);
	unlink(path);
}

/* Of a million rows the search takes longer than a key may wait. */
static void the_selected_row_is_found_by_who_builds_the_table(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	char key[256];
	begin(desk);
	const struct grid *grid = desk_top(desk)->state;
	press(desk, KEY_END_);
	size_t last = grid->list.selected;
	assert_true(last > 0);
	snprintf(key, sizeof key, "%s", grid_row(grid)->key);
	press(desk, 'I');
	settle(desk);
	assert_int_equal(grid->answered->found, 0);
	assert_int_equal(grid->list.selected, 0);
	assert_string_equal(grid_row(grid)->key, key);
	/* Beyond those that the desk looks at itself it is not there, nor is another key. */
	const struct row_place place = {key, grid->trace, grid->path};
	assert_int_equal(row_place_find(&place, grid->table, last, last), SIZE_MAX);
	assert_int_equal(row_place_find(&place, grid->table, last, last + 1), 0);
	key[0]++;
	assert_int_equal(row_place_find(&place, grid->table, 0, SIZE_MAX), SIZE_MAX);
}

/* Begins a search for the text, of one row at a time. */
static void search(struct desk *desk, const char *text)
{
	desk->wishes.search.slice = 1;
	press(desk, '/');
	for (const char *c = text; *c; c++)
		press(desk, (unsigned char)*c);
	press(desk, KEY_ENTER_);
}

static void end_search(struct desk *desk)
{
	while (desk->wishes.search.goes_on)
		desk_search_on(desk);
}

/* A million rows take longer than a key may wait. */
static void a_search_goes_on_between_the_keys(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	const struct grid *grid = desk_top(desk)->state;
	assert_true(grid->table->length > 2);
	const char *last = table_row(grid->table, grid->table->length - 1)->key;
	search(desk, last);
	assert_true(desk->wishes.search.goes_on);
	assert_false(desk_search_on(desk));
	assert_int_equal(grid->list.selected, 0);
	assert_non_null(strstr(desk->foot.text, "searching for "));
	end_search(desk);
	assert_int_equal(grid->list.selected, grid->table->length - 1);
	assert_string_equal(desk->foot.text, "");
	search(desk, "no such row");
	end_search(desk);
	desk_prompt_verdict(desk);      /* the prompt is open again, with the reason */
	assert_string_equal(desk->foot.failure, "no row has \"no such row\"");
	assert_int_equal(prompt_state(), PROMPT_EDITING);
}

static void a_key_gives_the_search_up(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	press(desk, '5');
	settle(desk);
	press(desk, KEY_ENTER_);
	settle(desk);
	assert_true(table_of(desk)->length > 1);
	const struct screen *opened = desk_top(desk);
	search(desk, "no such row");
	press(desk, KEY_ESC);           /* that is all that it means then */
	assert_false(desk->wishes.search.goes_on);
	assert_string_equal(desk->foot.text, "");
	assert_ptr_equal(desk_top(desk), opened);
	press(desk, 'n');
	assert_true(desk->wishes.search.goes_on);
	press(desk, '3');               /* others do what they do */
	assert_false(desk->wishes.search.goes_on);
	assert_int_equal(desk->tab, 2);
}

static void a_new_table_is_searched_from_its_beginning(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	const struct grid *grid = desk_top(desk)->state;
	search(desk, "no such row");
	desk_search_on(desk);
	assert_true(grid->search.rows > 1);
	const struct table *before = grid->table;
	state_want_newer(&desk->state);
	settle(desk);
	assert_ptr_equal(grid->table, before);  /* it waits for the end of the search */
	desk_refresh(desk, true);
	settle(desk);
	assert_ptr_not_equal(grid->table, before);
	assert_int_equal(grid->search.rows, 0);
	end_search(desk);
	assert_non_null(strstr(desk->foot.text, "no row has "));
}

static void what_is_typed_is_searched_between_the_keys_too(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	char text[64];
	begin(desk);
	desk->wishes.search.slice = 1;
	press(desk, '/');
	press(desk, '~');
	desk_prompt_apply(desk);
	assert_string_equal(desk_prompt_preview(desk, text), "searching");
	end_search(desk);
	assert_string_equal(desk_prompt_preview(desk, text), "no row");
	assert_string_equal(desk->foot.text, "");
	press(desk, KEY_BACK);
	press(desk, '%');
	desk_prompt_apply(desk);
	press(desk, KEY_ENTER_);        /* while it goes on */
	assert_true(desk->wishes.search.goes_on);
	end_search(desk);
	assert_string_equal(desk->foot.failure, "no row has \"%\"");
}

/* The tree of a million stacks takes its time. */
static void a_table_that_is_not_there_yet_can_be_exported(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	char path[] = "/tmp/memtop-test-XXXXXX", command[64], line[64] = "";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	begin(desk);
	hold(desk->tables.builder);
	press(desk, '7');
	snprintf(command, sizeof command, "export json --force %s", path);
	assert_string_equal(desk_command(desk, command), "");
	assert_null(table_of(desk));
	release(desk->tables.builder);
	settle(desk);
	assert_non_null(strstr(desk->foot.text, "exported: "));
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) && !strstr(line, "\"tree\""))
		;
	assert_non_null(strstr(line, "\"tree\""));
	fclose(file);
	unlink(path);
}

/* A diff has no stacks to weigh.  Only a file that the export made goes with it: one that was
 * there, or a device, does not. */
static void an_export_that_cannot_be_takes_no_other_file_with_it(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	char path[] = "/tmp/memtop-test-XXXXXX", command[64];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	begin(desk);
	press(desk, 's');
	press(desk, 'd');
	settle(desk);
	assert_non_null(desk->sides.old_side);
	for (unsigned there = 1; there < 2; there--) {
		if (!there)
			unlink(path);
		snprintf(command, sizeof command, "export flamegraph --force %s", path);
		desk_command(desk, command);
		settle(desk);
		assert_true(desk->foot.error);
		assert_int_equal(access(path, F_OK), there ? 0 : -1);
	}
	unlink(path);
}

static void what_the_run_says_is_shown_once(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	fake_say(desk->session, "no Python frames: no reason");
	desk_refresh(desk, false);
	assert_string_equal(desk->foot.text, "no Python frames: no reason");
	press(desk, 'j');
	desk_refresh(desk, false);
	assert_string_equal(desk->foot.text, "");
	/* The same again is news; a failure stays until a key takes it away. */
	desk_command(desk, "no such command");
	assert_true(desk->foot.error);
	fake_say(desk->session, "no Python frames: no reason");
	desk_refresh(desk, false);
	assert_true(desk->foot.error);
	press(desk, 'j');
	desk_refresh(desk, false);
	assert_string_equal(desk->foot.text, "no Python frames: no reason");
}

static void why_nothing_is_traced_is_a_whole_sentence(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	fake_unmet(desk->session, "another memtop traces it");
	desk_refresh(desk, false);
	assert_string_equal(desk->foot.text, "not traced: another memtop traces it");
}

/* The next state of the fixture.  Tables were last built 100 seconds ago, in 40. */
static void go_on(struct desk *desk)
{
	desk->tables.at = clock_seconds() - 100;
	desk->tables.cost = 40;
	session_settle(desk->session, 0);
	session_settle(desk->session, 0);
	settle(desk);
}

static void a_table_that_is_older_than_the_gauges_says_so(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	settle(desk);
	assert_true(desk->run.late == 0);
	go_on(desk);
	assert_true(desk->run.gauges.seconds == 751);
	assert_true(desk->run.late == 151);
	uint64_t events = desk->heaps.live->totals.events;
	desk->heaps.live->totals.events = desk->status.totals.events;   /* as if none had come since */
	desk_refresh(desk, false);
	assert_true(desk->run.late == 0);
	desk->heaps.live->totals.events = events;
	desk->tables.cost = 0;
	settle(desk);
	desk_refresh(desk, false);
	assert_true(desk->run.late == 0);
}

static int sit_at_an_end(void **state)
{
	return sit_at(state, "tests/golden/fixtures/ended.heap");
}

static void a_run_that_has_ended_does_not_wait_for_its_last_table(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	settle(desk);
	assert_true(desk->run.gauges.live);
	go_on(desk);
	assert_false(desk->run.gauges.live);
	assert_true(desk->heaps.live->time == 9);
}

static void the_desk_closes_in_the_midst_of_all(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	press(desk, '7');
	desk_refresh(desk, false);
	press(desk, 'f');
	press(desk, 'a');
	assert_true(desk_prompt_apply(desk));
	desk->asked.hasty = true;
	desk_refresh(desk, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sit, rise)
		TEST(keys_are_answered_before_the_freeze_is_there),
		TEST(the_first_table_is_sorted_as_was_asked_before_it),
		TEST(snapshot_and_diff_follow_in_the_order_typed),
		TEST(a_frozen_view_is_not_thawed_by_what_was_on_its_way),
		TEST(keys_are_answered_while_a_table_is_built),
		TEST(the_last_table_stays_until_the_next_one_is_there),
		TEST(what_another_screen_asked_is_not_built),
		TEST(a_filter_may_go_while_its_table_is_built),
		TEST(a_row_opens_before_its_stacks_are_there),
		TEST(a_stack_is_drawn_before_its_source_is_there),
		TEST(keys_are_answered_during_an_export),
		TEST(a_table_that_is_not_there_yet_can_be_exported),
		TEST(the_selected_row_is_found_by_who_builds_the_table),
		TEST(a_search_goes_on_between_the_keys),
		TEST(a_key_gives_the_search_up),
		TEST(a_new_table_is_searched_from_its_beginning),
		TEST(what_is_typed_is_searched_between_the_keys_too),
		TEST(an_export_that_cannot_be_takes_no_other_file_with_it),
		TEST(what_the_run_says_is_shown_once),
		TEST(why_nothing_is_traced_is_a_whole_sentence),
		TEST(a_table_that_is_older_than_the_gauges_says_so),
		cmocka_unit_test_setup_teardown(
			a_run_that_has_ended_does_not_wait_for_its_last_table, sit_at_an_end, rise),
		TEST(the_desk_closes_in_the_midst_of_all),
	};
	setenv("LC_ALL", "C.UTF-8", 1);
	setlocale(LC_ALL, "");
	prompt_setup(true);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is typed or pointed at, at the desk: prompts that apply as they are typed, the quit
 * dialog of a target that ends, and moves through time.
 */
#include "tests/unit/tui/desk_fixture.h"

/* --- what is typed --- */

static void type_text(struct desk *desk, const char *text)
{
	for (; *text; text++) {
		press(desk, (unsigned char)*text);
		desk_prompt_verdict(desk);
		desk_prompt_apply(desk);
		desk_refresh(desk, false);
	}
}

/* A builder that is at work for long has one table to build behind that, however much
 * was typed meanwhile, and that is the one of the whole text; Esc brings back what
 * there was. */
static void a_filter_applies_as_it_is_typed_and_queues_nothing_up(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	size_t all = table_of(desk)->length;
	hold(desk->tables.builder);
	press(desk, 'f');
	type_text(desk, "function=cache_put");
	assert_non_null(desk->tables.asked);
	assert_int_equal(table_of(desk)->length, all);
	char preview[64];
	assert_string_equal(desk_prompt_preview(desk, preview), "");
	release(desk->tables.builder);
	settle(desk);
	assert_int_equal(table_of(desk)->length, 1);
	assert_string_equal(filter_text(desk->wishes.active.filters[0]), "function=cache_put");
	assert_non_null(strstr(desk_prompt_preview(desk, preview), "1 row, "));
	assert_int_equal(desk->filters.all[0].on, false);       /* noise: nothing is set yet */
	press(desk, KEY_ESC);
	settle(desk);
	assert_int_equal(desk->wishes.active.length, 0);
	assert_int_equal(table_of(desk)->length, all);
	assert_null(desk->prompt.filter);
}

static void what_is_no_filter_yet_leaves_the_last_one(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	char preview[64];
	begin(desk);
	press(desk, 'f');
	type_text(desk, "cache (");
	settle(desk);
	assert_int_equal(table_of(desk)->length, 2);
	assert_string_equal(desk_prompt_preview(desk, preview), "");
	press(desk, KEY_ENTER_);
	desk_refresh(desk, false);
	/* Refused: still typed, nothing set, and a q is a letter. */
	assert_int_equal(prompt_state(), PROMPT_EDITING);
	assert_non_null(strstr(prompt_field()->error, "expected"));
	press(desk, 'q');
	assert_int_equal(desk->depth, 0);
	press(desk, KEY_CTRL('a'));
	press(desk, KEY_CTRL('u'));
	assert_string_equal(prompt_field()->text, "");
}

static void a_search_goes_to_the_row_as_it_is_typed(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	char preview[64];
	begin(desk);
	desk_show(desk);
	press(desk, KEY_GO_DOWN);
	const struct grid *grid = desk_top(desk)->state;
	assert_int_equal(grid->list.selected, 1);
	press(desk, '/');
	type_text(desk, "warm");
	assert_int_equal(grid->list.selected, 2);
	type_text(desk, "x");
	assert_int_equal(grid->list.selected, 1);
	assert_string_equal(desk_prompt_preview(desk, preview), "no row");
	press(desk, KEY_BACK);
	desk_prompt_apply(desk);
	assert_int_equal(grid->list.selected, 2);
	press(desk, KEY_ESC);
	assert_int_equal(grid->list.selected, 1);
	assert_string_equal(desk->wishes.search.text, "");
	/* Enter keeps the row; one that is not there keeps the prompt. */
	press(desk, '/');
	type_text(desk, "warm");
	press(desk, KEY_ENTER_);
	assert_int_equal(grid->list.selected, 2);
	assert_int_equal(prompt_state(), PROMPT_DONE);
	press(desk, '/');
	type_text(desk, "nowhere");
	press(desk, KEY_ENTER_);
	assert_int_equal(prompt_state(), PROMPT_EDITING);
	assert_string_equal(prompt_field()->error, "no row has \"nowhere\"");
	assert_string_equal(prompt_field()->text, "nowhere");
}

/* The session answers later that a name will not do: the prompt is there again, unless
 * another key has come, whose screen is not to be covered. */
static void an_answer_that_comes_late_opens_the_prompt_again(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	hold(desk->asked.errands);
	press(desk, ':');
	type_text(desk, "at nonsense");
	press(desk, KEY_ENTER_);
	desk_refresh(desk, false);
	desk_prompt_verdict(desk);
	assert_int_equal(prompt_state(), PROMPT_DONE);
	release(desk->asked.errands);
	settle(desk);
	desk_prompt_verdict(desk);
	assert_int_equal(prompt_state(), PROMPT_EDITING);
	assert_string_equal(prompt_field()->text, "at nonsense");
	assert_int_equal(prompt_field()->caret, 3);
	press(desk, KEY_ESC);
	hold(desk->asked.errands);
	press(desk, ':');
	type_text(desk, "at nonsense");
	press(desk, KEY_ENTER_);
	press(desk, '2');
	release(desk->asked.errands);
	settle(desk);
	desk_prompt_verdict(desk);
	assert_int_not_equal(prompt_state(), PROMPT_EDITING);
	assert_true(desk->foot.error);
}

static void the_caret_stands_under_the_word_that_is_wrong(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	begin(desk);
	press(desk, ':');
	type_text(desk, "columns +total -nothing");
	press(desk, KEY_ENTER_);
	assert_int_equal(prompt_state(), PROMPT_EDITING);
	assert_string_equal(prompt_field()->error, "no column is named \"nothing\"");
	assert_int_equal(prompt_field()->caret, strlen("columns +total "));
}

/* --- the quit dialog of a target that ends --- */

static int sit_with_one_that_ends(void **state)
{
	return sit_at(state, "tests/golden/fixtures/ended.heap");
}

/* The dialog, open over a target that has just ended with 3; nobody saw it yet. */
static void end_under_the_dialog(struct desk *desk)
{
	session_settle(desk->session, 0);
	desk_refresh(desk, true);
	settle(desk);
	press(desk, 'q');
	assert_ptr_equal(desk_top(desk)->ops, &quit_screen);
	desk_show(desk);
	session_settle(desk->session, 0);
	assert_true(session_program(desk->session)->ended);
}

static void the_quit_dialog_closes_when_the_target_ends(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	end_under_the_dialog(desk);
	settle(desk);
	assert_ptr_not_equal(desk_top(desk)->ops, &quit_screen);
	assert_string_equal(desk->foot.text,
			    "the program ended: q quits with its status");
	assert_int_equal(desk->state.life, LIFE_RUNS);
	press(desk, 'q');
	assert_int_equal(desk->state.life, LIFE_ENDED);
	assert_int_equal(desk->state.end, DESK_STAYS);
	assert_int_equal(desk->state.status, -1);
}

/* A key that is quicker than the news. */
static void quit_at(void **state, uint32_t key)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	end_under_the_dialog(desk);
	press(desk, key);
	assert_int_equal(desk->state.life, LIFE_ENDED);
	assert_int_equal(desk->state.end, DESK_STAYS);
	assert_int_equal(desk->state.status, -1);
}

static void k_does_not_kill_what_has_ended(void **state) { quit_at(state, 'k'); }
static void l_does_not_leave_what_has_ended(void **state) { quit_at(state, 'l'); }
static void q_quits_what_has_ended(void **state) { quit_at(state, 'q'); }
static void control_c_quits_what_has_ended(void **state) { quit_at(state, 3); }

static void the_dialog_stays_while_the_target_runs(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	press(desk, 'q');
	press(desk, 'q');
	press(desk, 3);
	settle(desk);
	assert_ptr_equal(desk_top(desk)->ops, &quit_screen);
	assert_int_equal(desk->depth, 1);
	assert_int_equal(desk->state.life, LIFE_RUNS);
	press(desk, 'k');
	assert_int_equal(desk->state.end, DESK_KILLS);
	assert_int_equal(desk->state.status, 143);
}

static int sit_by_history(void **state)
{
	return sit_at(state, "tests/golden/fixtures/history.heap");
}

/* However many keys came, one moment is read at a time, and the last is the one shown. */
static void a_held_key_queues_nothing_up(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	hold(desk->asked.errands);
	for (unsigned i = 0; i < 30; i++) {
		press(desk, '[');
		desk_refresh(desk, false);
		assert_true(desk->asked.length == 1);
	}
	assert_null(desk->travel.at.heap);
	assert_true(desk->travel.timeline.cursor.time == 400);
	release(desk->asked.errands);
	settle(desk);
	assert_int_equal(desk->asked.length, 0);
	assert_true(desk->travel.at.heap->time == 400);
	assert_ptr_equal(table_of(desk)->now, desk->travel.at.heap);
}

/* What comes after = was pressed is not shown any more. */
static void a_heap_that_nobody_waits_for_is_let_go(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	hold(desk->asked.errands);
	press(desk, '[');
	desk_refresh(desk, false);
	press(desk, '=');
	release(desk->asked.errands);
	settle(desk);
	assert_null(desk->travel.at.heap);
	assert_ptr_equal(table_of(desk)->now, desk->heaps.live);
}

/* The anchor is set where the cursor is to stand, though its heap is not there yet. */
static void the_anchor_waits_for_the_cursor(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	hold(desk->asked.errands);
	press(desk, '[');
	desk_refresh(desk, false);
	press(desk, '[');
	press(desk, 'v');
	assert_null(desk->travel.anchor.heap);
	release(desk->asked.errands);
	settle(desk);
	assert_true(desk->travel.anchor.time == 599 && desk->travel.at.time == 599);
	assert_string_equal(desk_command(desk, "at 5m"), "");
	settle(desk);
	press(desk, 'd');
	settle(desk);
	assert_true(table_of(desk)->diff);
	assert_true(table_of(desk)->old->time == 599 && table_of(desk)->now->time == 300);
	/* The diff follows the cursor. */
	press(desk, ']');
	settle(desk);
	assert_true(table_of(desk)->diff && table_of(desk)->now->time == 310);
	press(desk, 'v');
	settle(desk);
	assert_false(table_of(desk)->diff);
}

static void point_at(struct desk *desk, uint32_t key, unsigned x, unsigned y)
{
	struct key_event event = {.key = key, .x = x, .y = y};
	desk_key(desk, &event);
	settle(desk);
}

/* 80 by 24: the curve is 66 cells wide, from x = 1 on, in rows 3 to 5. */
static void the_mouse_sets_the_cursor_and_selects_a_span(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	desk_draw(desk);
	point_at(desk, KEY_RELEASE, 20, 4);
	assert_false(desk->travel.timeline.cursor.set);
	point_at(desk, KEY_CLICK, 34, 4);
	assert_true(desk->travel.at.time == 300);
	point_at(desk, KEY_RELEASE, 34, 4);
	assert_null(desk->sides.old_side);
	for (unsigned way = 0; way < 2; way++) {
		point_at(desk, KEY_CLICK, way ? 45 : 12, 4);
		point_at(desk, KEY_DRAG, 20, 9);
		assert_true(desk->travel.timeline.drag.set);
		point_at(desk, KEY_DRAG, way ? 12 : 45, 20);
		point_at(desk, KEY_RELEASE, way ? 12 : 45, 20);
		assert_false(desk->travel.timeline.drag.set);
		assert_true(table_of(desk)->diff);
		assert_true(table_of(desk)->old->time == 100 && table_of(desk)->now->time == 400);
		press(desk, 'v');
		settle(desk);
		assert_false(table_of(desk)->diff);
	}
	/* A button that goes down on the table has nothing to do with it. */
	press(desk, '=');
	settle(desk);
	point_at(desk, KEY_CLICK, 20, 10);
	point_at(desk, KEY_DRAG, 20, 4);
	point_at(desk, KEY_RELEASE, 30, 4);
	assert_false(desk->travel.timeline.cursor.set);
}

static void a_moment_that_there_is_not_leaves_the_cursor_where_it_was(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	assert_string_equal(desk_command(desk, "at 5m"), "");
	settle(desk);
	assert_string_equal(desk_command(desk, "at never"), "");
	settle(desk);
	assert_true(desk->foot.error);
	assert_true(desk->travel.timeline.cursor.set && desk->travel.timeline.cursor.time == 300);
	assert_true(desk->travel.at.heap->time == 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sit, rise)
		TEST(a_filter_applies_as_it_is_typed_and_queues_nothing_up),
		TEST(what_is_no_filter_yet_leaves_the_last_one),
		TEST(a_search_goes_to_the_row_as_it_is_typed),
		TEST(an_answer_that_comes_late_opens_the_prompt_again),
		TEST(the_caret_stands_under_the_word_that_is_wrong),
		TEST(the_dialog_stays_while_the_target_runs),
#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, sit_with_one_that_ends, rise)
		TEST(the_quit_dialog_closes_when_the_target_ends),
		TEST(k_does_not_kill_what_has_ended),
		TEST(l_does_not_leave_what_has_ended),
		TEST(q_quits_what_has_ended),
		TEST(control_c_quits_what_has_ended),
#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, sit_by_history, rise)
		TEST(a_held_key_queues_nothing_up),
		TEST(a_heap_that_nobody_waits_for_is_let_go),
		TEST(the_anchor_waits_for_the_cursor),
		TEST(the_mouse_sets_the_cursor_and_selects_a_span),
		TEST(a_moment_that_there_is_not_leaves_the_cursor_where_it_was),
	};
	setenv("LC_ALL", "C.UTF-8", 1);
	setlocale(LC_ALL, "");
	prompt_setup(true);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transitions of the desk's state, each from the states that it may come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tui/desk/parts/desk_state.h"

static struct desk_state begun(void)
{
	struct desk_state state;
	state_begin(&state);
	return state;
}

static void a_picture_is_drawn_before_it_is_shown(void **unused)
{
	(void)unused;
	struct desk_state state = begun();
	assert_int_equal(state.picture, PICTURE_UNSEEN);
	state_touch(&state);
	assert_int_equal(state.picture, PICTURE_UNSEEN);
	state_drawn(&state);
	assert_int_equal(state.picture, PICTURE_OLD);
	state_shown(&state);
	assert_int_equal(state.picture, PICTURE_SHOWN);
	state_drawn(&state);
	assert_int_equal(state.picture, PICTURE_SHOWN);
	state_touch(&state);
	assert_int_equal(state.picture, PICTURE_OLD);
}

static void showing_pays_what_a_repaint_owes(void **unused)
{
	(void)unused;
	struct desk_state state = begun();
	state_drawn(&state);
	state_shown(&state);
	state_repaint(&state);
	assert_int_equal(state.picture, PICTURE_OLD);
	assert_true(state.whole);
	state_shown(&state);
	assert_false(state.whole);
}

static void another_table_is_more_than_a_newer_one(void **unused)
{
	(void)unused;
	struct desk_state state = begun();
	state_want_newer(&state);
	assert_int_equal(state.wanted, WANTED_NEWER);
	state_want_another(&state);
	state_want_newer(&state);
	assert_int_equal(state.wanted, WANTED_ANOTHER);
	state_asked(&state);
	assert_int_equal(state.wanted, WANTED_NOTHING);
	state_another_top(&state);
	assert_int_equal(state.wanted, WANTED_ANOTHER);
	assert_int_equal(state.picture, PICTURE_UNSEEN);
}

static void the_shell_gives_back_an_unknown_terminal(void **unused)
{
	(void)unused;
	struct desk_state state = begun();
	state_suspend(&state, 3);
	assert_int_equal(state.life, LIFE_SUSPENDED);
	assert_int_equal(state.resumes, 3);
	state_resume(&state);
	assert_int_equal(state.life, LIFE_RUNS);
	assert_true(state.whole);
}

static void the_first_decision_about_the_target_stands(void **unused)
{
	(void)unused;
	struct desk_state state = begun();
	state_end(&state, DESK_KILLS, 143);
	state_end(&state, DESK_LEAVES, 129);
	assert_int_equal(state.life, LIFE_ENDED);
	assert_int_equal(state.end, DESK_KILLS);
	assert_int_equal(state.status, 143);
	/* Who quit without a decision may still be told one. */
	state = begun();
	state_end(&state, DESK_STAYS, -1);
	assert_int_equal(state.status, -1);
	state_end(&state, DESK_LEAVES, 129);
	assert_int_equal(state.end, DESK_LEAVES);
	assert_int_equal(state.status, 129);
}

static void a_script_ends_its_target_unless_it_left_it(void **unused)
{
	(void)unused;
	struct desk_state state = begun();
	state_end_script(&state, DESK_KILLS, 0);
	assert_int_equal(state.end, DESK_KILLS);
	assert_int_equal(state.status, 0);
	state = begun();
	state_end_script(&state, DESK_STAYS, 1);
	assert_int_equal(state.end, DESK_STAYS);
	assert_int_equal(state.status, 1);
	state = begun();
	state_end(&state, DESK_LEAVES, 0);
	state_end_script(&state, DESK_KILLS, 1);
	assert_int_equal(state.end, DESK_LEAVES);
	assert_int_equal(state.status, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_is_drawn_before_it_is_shown),
		cmocka_unit_test(showing_pays_what_a_repaint_owes),
		cmocka_unit_test(another_table_is_more_than_a_newer_one),
		cmocka_unit_test(the_shell_gives_back_an_unknown_terminal),
		cmocka_unit_test(the_first_decision_about_the_target_stands),
		cmocka_unit_test(a_script_ends_its_target_unless_it_left_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

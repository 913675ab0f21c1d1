/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The desk while something takes its time: a freeze that does not come until the
 * test lets it, and keys that are typed in the midst of a table's building.  The
 * session is a fixture's, the terminal a queue of keys and a count of frames.
 */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/golden/fake_session.h"
#include "tui/desk.h"
#include "tui/term/prompt.h"

/* --- the terminal --- */

static struct {
	uint32_t keys[8];
	size_t length;
	unsigned frames;
} typed;

static void type(uint32_t key) { typed.keys[typed.length++] = key; }

bool term_waiting(const struct terminal *term)
{
	(void)term;
	return typed.length;
}

bool term_key(struct terminal *term, struct key_event *event, bool *gone)
{
	(void)term;
	(void)gone;
	if (!typed.length)
		return false;
	*event = (struct key_event){.key = typed.keys[0]};
	memmove(typed.keys, typed.keys + 1, --typed.length * sizeof *typed.keys);
	return true;
}

void term_show(struct terminal *term, const struct canvas *canvas, bool whole)
{
	(void)term;
	(void)canvas;
	(void)whole;
	typed.frames++;
}

void term_leave(struct terminal *term) { (void)term; }
void term_enter(struct terminal *term) { (void)term; }
bool term_utf8(void) { return true; }

/* --- the desk --- */

struct seat {
	struct session *session;
	struct app_options options;
	struct desk desk;
};

static int sit(void **state)
{
	char problem[256];
	struct seat *seat = calloc(1, sizeof *seat);
	static char terminal;
	typed.length = typed.frames = 0;
	seat->session = fake_open("tests/golden/fixtures/worker.heap");
	if (desk_open(&seat->desk, seat->session, &seat->options, problem))
		return -1;
	seat->desk.term = (struct terminal *)&terminal;
	*state = seat;
	return 0;
}

static int rise(void **state)
{
	struct seat *seat = *state;
	fake_hold(seat->session, false);
	prompt_cancel();
	desk_close(&seat->desk);
	fake_close(seat->session);
	free(seat);
	return 0;
}

/* Until all that was asked is answered and done. */
static void settle(struct desk *desk)
{
	desk_refresh(desk, false);
	while (desk->asked.fresh || desk->asked.length) {
		struct pollfd fd = {.fd = worker_fd(desk->asked.errands), .events = POLLIN};
		poll(&fd, 1, -1);
		worker_drain(desk->asked.errands);
		desk_refresh(desk, false);
	}
}

static void press(struct desk *desk, uint32_t key)
{
	struct key_event event = {.key = key};
	desk_key(desk, &event);
}

static const struct table *table_of(struct desk *desk)
{
	struct screen *top = desk_top(desk);
	return top->ops->table ? top->ops->table(top) : NULL;
}

static void keys_are_answered_before_the_freeze_is_there(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	fake_hold(desk->session, true);
	desk_refresh(desk, true);
	desk_show(desk);
	assert_null(desk->live);
	assert_int_equal(typed.frames, 1);
	press(desk, '?');
	assert_ptr_equal(desk_top(desk)->ops, &help_screen);
	press(desk, KEY_ESC);
	press(desk, '2');
	assert_int_equal(desk->tab, 1);
	assert_null(table_of(desk));
	fake_hold(desk->session, false);
	settle(desk);
	assert_non_null(desk->live);
	assert_non_null(table_of(desk));
}

static void snapshot_and_diff_follow_in_the_order_typed(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	fake_hold(desk->session, true);
	press(desk, 's');
	assert_string_equal(desk->context.message, "taking the snapshot...");
	press(desk, 'd');
	assert_int_equal(desk->asked.length, 2);
	press(desk, '3');
	assert_int_equal(desk->tab, 2);
	assert_null(desk->sides.old_side);
	fake_hold(desk->session, false);
	settle(desk);
	assert_non_null(desk->sides.old_side);
	assert_string_equal(desk->context.old_name, "snapshot 1");
	assert_true(table_of(desk)->diff);
}

static void a_frozen_view_is_not_thawed_by_what_was_on_its_way(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	desk_refresh(desk, true);
	settle(desk);
	const struct snapshot *shown = desk->live;
	fake_hold(desk->session, true);
	desk->asked.hasty = true;
	desk_refresh(desk, false);
	assert_non_null(desk->asked.fresh);
	press(desk, 'p');
	fake_hold(desk->session, false);
	settle(desk);
	assert_true(desk->context.frozen);
	assert_ptr_equal(desk->live, shown);
}

/* A tab that was not opened before, and a key in the midst of its building. */
static void open_tab(struct desk *desk, uint32_t key)
{
	desk_refresh(desk, true);
	settle(desk);
	press(desk, '2');
	type(key);
	desk_refresh(desk, false);
}

static void a_key_that_leaves_gives_a_table_up(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	open_tab(desk, '?');
	assert_null(table_of(desk));
	assert_int_equal(desk->pending.key, '?');
	assert_true(desk->rebuild && desk->unseen);
	press(desk, '?');
	assert_ptr_equal(desk_top(desk)->ops, &help_screen);
	press(desk, KEY_ESC);
	desk->pending.key = 0;
	desk_refresh(desk, false);
	assert_non_null(table_of(desk));
}

static void a_prompt_opens_while_a_table_is_built(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	open_tab(desk, ':');
	assert_int_equal(prompt_state(), PROMPT_EDITING);
	assert_true(typed.frames > 0);          /* of the prompt, before the rows */
	assert_non_null(table_of(desk));
	assert_int_equal(desk->pending.key, 0);
}

static void a_key_that_needs_rows_waits_for_them(void **state)
{
	struct desk *desk = &((struct seat *)*state)->desk;
	open_tab(desk, 'j');
	assert_non_null(table_of(desk));
	assert_int_equal(desk->pending.key, 'j');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sit, rise)
		TEST(keys_are_answered_before_the_freeze_is_there),
		TEST(snapshot_and_diff_follow_in_the_order_typed),
		TEST(a_frozen_view_is_not_thawed_by_what_was_on_its_way),
		TEST(a_key_that_leaves_gives_a_table_up),
		TEST(a_prompt_opens_while_a_table_is_built),
		TEST(a_key_that_needs_rows_waits_for_them),
	};
	setenv("LC_ALL", "C.UTF-8", 1);
	setlocale(LC_ALL, "");
	prompt_setup(true);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

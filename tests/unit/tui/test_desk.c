/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The desk while something takes its time: a freeze, a table or an export that does not
 * come until the test lets it.  The
 * session is a fixture's, the terminal a count of frames.
 */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/golden/fake_session.h"
#include "tui/base/key.h"
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_life.h"
#include "tui/desk/desk_prompt.h"
#include "tui/desk/desk_table.h"
#include "tui/screens/grid.h"
#include "tui/term/prompt.h"
#include "tui/term/term_ops.h"

/* --- the terminal --- */

static unsigned frames;

static void count_frame(struct terminal *term, const struct canvas *canvas, bool whole)
{
	(void)term;
	(void)canvas;
	(void)whole;
	frames++;
}

static const struct term_ops counting_ops = {.show = count_frame};

/* --- the desk --- */

struct seat {
	struct session *session;
	struct app_options options;
	struct desk desk;
};

static int sit_at(void **state, const char *fixture)
{
	char problem[256];
	struct seat *seat = calloc(1, sizeof *seat);
	static struct terminal terminal = {.ops = &counting_ops};
	frames = 0;
	seat->session = fake_open(fixture);
	if (desk_open(&seat->desk, seat->session, &seat->options, problem))
		return -1;
	seat->desk.term = &terminal;
	*state = seat;
	return 0;
}

static int sit(void **state)
{
	return sit_at(state, "tests/golden/fixtures/worker.heap");
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
	while (desk->asked.fresh || desk->asked.length || tables_busy(&desk->tables) ||
	       desk->sources.asked) {
		struct pollfd fds[] = {
			{.fd = worker_fd(desk->asked.errands), .events = POLLIN},
			{.fd = worker_fd(desk->tables.builder), .events = POLLIN},
			{.fd = worker_fd(desk->tables.exporter), .events = POLLIN},
			{.fd = worker_fd(desk->sources.reader), .events = POLLIN},
		};
		poll(fds, 4, -1);
		worker_drain(desk->asked.errands);
		worker_drain(desk->tables.builder);
		worker_drain(desk->tables.exporter);
		worker_drain(desk->sources.reader);
		desk_refresh(desk, false);
	}
}

/* The same, but for source lines whose worker is held. */
static void settle_but_for_source(struct desk *desk)
{
	struct source_job *sources = desk->sources.asked;
	desk->sources.asked = NULL;
	settle(desk);
	desk->sources.asked = sources;
}

/* A job that a worker does not get past until the test opens the gate. */
static struct gate {
	struct job job;
	pthread_mutex_t lock;
	pthread_cond_t opened;
	bool open;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};

static void stand(struct job *job)
{
	(void)job;
	pthread_mutex_lock(&gate.lock);
	while (!gate.open)
		pthread_cond_wait(&gate.opened, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void keep(struct job *job) { (void)job; }

static void hold(struct worker *worker)
{
	gate.job = (struct job){.run = stand, .free = keep};
	gate.open = false;
	worker_add(worker, &gate.job);
}

static void release(struct worker *worker)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.opened);
	pthread_mutex_unlock(&gate.lock);
	worker_take(worker, &gate.job);
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

static void begin(struct desk *desk)
{
	desk_refresh(desk, true);
	settle(desk);
	assert_non_null(table_of(desk));
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

static bool canvas_has(const struct desk *desk, const char *text)
{
	char line[4096];
	for (unsigned y = 0; y < desk->canvas->height; y++) {
		size_t n = 0;
		for (unsigned x = 0; x < desk->canvas->width; x++)
			n += (size_t)snprintf(line + n, sizeof line - n, "%s",
					      canvas_cell(desk->canvas, x, y)->text);
		if (strstr(line, text))
			return true;
	}
	return false;
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
		TEST(an_export_that_cannot_be_takes_no_other_file_with_it),
		TEST(the_desk_closes_in_the_midst_of_all),
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

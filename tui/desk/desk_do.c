/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each action does if the screen on top has not handled it: one short function each, and
 * the table that finds it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tui/desk/desk_ask.h"
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_filter.h"
#include "tui/desk/desk_life.h"
#include "tui/desk/desk_moments.h"
#include "tui/desk/desk_table.h"
#include "tui/desk/desk_time.h"
#include "tui/desk/parts/filter_list.h"
#include "tui/desk/parts/showing.h"
#include "views/format/format.h"

static void do_back(struct desk *desk, const char *text)
{
	(void)text;
	desk_pop(desk);
}

static void do_filter(struct desk *desk, const char *text)
{
	struct filter_error error;
	if (!desk_filter_prompted(desk, text, &error))
		desk_fail(desk, "filter: column %zu: %s", error.offset + 1, error.text);
	else
		desk_say(desk, text[0] ? "filter: %.200s" : "no filter", text);
}

static void do_filters(struct desk *desk, const char *text)
{
	if (text[0])
		desk_filter_switch(desk, text);
	else
		desk_open_screen(desk, &filters_screen);
}

static void do_filters_save(struct desk *desk, const char *text)
{
	(void)text;
	filters_save(&desk->filters, &desk->foot);
	desk_touch(desk);
}

static void do_filters_load(struct desk *desk, const char *text)
{
	(void)text;
	if (filters_load(&desk->filters, &desk->foot, true))
		desk_filters(desk);
	desk_touch(desk);
}

static void do_search(struct desk *desk, const char *text)
{
	if (!text[0])
		desk_say(desk, "search off");
	else
		desk_fail(desk, "this screen has nothing to search in");
}

static void do_tab(struct desk *desk, const char *text)
{
	unsigned tab = tab_find(text);
	if (tab == TABS)
		desk_fail(desk, "no tab is named \"%.100s\"", text);
	else
		desk_tab(desk, tab);
}

static void do_tab_next(struct desk *desk, const char *text)
{
	(void)text;
	desk_tab_beside(desk, true);
}

static void do_tab_before(struct desk *desk, const char *text)
{
	(void)text;
	desk_tab_beside(desk, false);
}

/* The tab that shows rows of a key.  A key without a tab of its own has the first one whose
 * rows are made of the same things (allocator domains share the tab of threads). */
static unsigned tab_of_key(enum view_key by)
{
	unsigned like = TABS;
	for (unsigned i = 0; i < TABS; i++) {
		if (tab_get(i)->ops != &rows_screen)
			continue;
		if (tab_get(i)->which == (int)by)
			return i;
		if (like == TABS &&
		    view_key_get((enum view_key)tab_get(i)->which)->of == view_key_get(by)->of)
			like = i;
	}
	return like;
}

static void do_by(struct desk *desk, const char *text)
{
	int by = text[0] ? view_key_parse(text)
		 : tab_get(desk->tab)->ops == &rows_screen &&
				 desk->tabs[desk->tab].which == BY_LINENO
			 ? BY_TRACEBACK
			 : BY_LINENO;
	if (by < 0) {
		desk_fail(desk, "no grouping is named \"%.100s\"", text);
		return;
	}
	if (by == BY_TREE) {
		desk_tab(desk, tab_find("tree"));
		return;
	}
	unsigned tab = tab_of_key((enum view_key)by);
	desk->tabs[tab].which = by;
	desk_tab(desk, tab);
}

/* Shows what a look at the heap has found, or takes one if there is none. */
static void do_held(struct desk *desk, const char *text)
{
	const struct snapshot *now = desk->shown.now;
	if (now && look_retains(now->look) && !text[0])
		desk_open_screen(desk, &held_screen);
	else
		desk_held(desk, text);
}

static void do_freeze(struct desk *desk, const char *text)
{
	(void)text;
	desk->run.frozen = !desk->run.frozen;
	desk->run.behind = 0;
	desk_say(desk, desk->run.frozen ? "frozen; recording continues" : "live again");
	/* What is shown stays; a snapshot that is on its way isn't wanted any more. */
	asked_forget_fresh(&desk->asked);
	desk->asked.hasty = !desk->run.frozen;
	desk_view_changed(desk);
}

static void desk_do_reset(struct desk *desk, const char *text, struct answer *answer)
{
	(void)text;
	(void)answer;
	desk_say(desk, "peak reset to current");
	asked_hurry(&desk->asked);
}

static void do_reset_peak(struct desk *desk, const char *text)
{
	(void)text;
	desk_ask(desk, errand_reset_peak, "", "resetting the peak...",
		 desk_do_reset);
}

static void do_theme(struct desk *desk, const char *text)
{
	enum theme theme = palette_theme_find(text);
	if (text[0] && theme == THEMES) {
		desk_fail(desk, "no theme is named \"%.100s\": dark, light, mono", text);
		return;
	}
	if (text[0])
		desk_theme(desk, theme);
	desk_say(desk, "theme: %s%s", palette_theme_name(desk->theme),
		    desk->no_color ? "; there are no colours here" : "");
}

/* Writes "pid 4711, sort" for a process, or "20 ended processes, sort", without the command
 * if that is not known. */
static void process_name(const struct program *program, uint32_t chosen, char *text, size_t size)
{
	const struct process *process = program->processes + chosen - 1;
	char command[80] = "";
	if (chosen == 0 || chosen > program->processes_length) {
		snprintf(text, size, "%zu processes together", program_count(program));
		return;
	}
	if (process->argc)
		format_safe(process->argv[0], command, sizeof command);
	if (process->others)
		snprintf(text, size, "%zu ended processes%s%s", (size_t)process->others + 1,
			 command[0] ? ", " : "", command);
	else
		snprintf(text, size, "pid %d%s%s", (int)process->pid, command[0] ? ", " : "",
			 command);
}

static void do_process(struct desk *desk, const char *text)
{
	struct error error;
	char name[128];
	if (!text[0]) {
		desk_open_screen(desk, &processes_screen);
		return;
	}
	if (session_choose(desk->session, text, &error)) {
		desk_fail(desk, "%s", error.text);
		return;
	}
	process_name(desk->run.program, session_chosen(desk->session), name, sizeof name);
	desk_say(desk, "figures of %s", name);
	/* A diff, a frozen view, the cursor and the anchor show heaps of the process that was
	 * chosen before. */
	desk_leave_past(desk);
	desk_anchor_drop(desk);
	desk_sides(desk, NULL, "", NULL, "");
	desk->run.frozen = false;
	desk_moments(desk);
	asked_hurry(&desk->asked);
}

static void do_focus(struct desk *desk, const char *text)
{
	(void)text;
	desk_tab(desk, tab_find("output"));
	if (desk->run.recording) {
		desk_fail(desk, "a recording has no terminal");
		return;
	}
	if (!desk->run.gauges.live) {
		desk_fail(desk, "the program has ended: its terminal takes no keys");
		return;
	}
	desk->output.focus = true;
	desk->output.scroll = 0;
}

static void written(struct desk *desk, const char *text, struct answer *answer)
{
	bool force;
	if (answer->failed)
		desk_fail(desk, "%s", answer->error.text);
	else
		desk_say(desk, "written: %.200s", errand_write_path(text, &force));
}

static void do_write(struct desk *desk, const char *text)
{
	bool force;
	if (errand_write_path(text, &force)[0])
		desk_ask(desk, errand_write, text, "writing the recording...", written);
	else
		desk_fail(desk, ":write needs a file");
}

/* The next name of m1, m2, ... that no mark has yet. */
static void next_mark(const struct run_facts *run, char name[32])
{
	size_t number = run->marks_length, i = 0;
	do {
		snprintf(name, 32, "m%zu", ++number);
		for (i = 0; i < run->marks_length && strcmp(run->marks[i].text, name); i++)
			;
	} while (i < run->marks_length);
}

static void do_mark(struct desk *desk, const char *text)
{
	struct error error;
	char name[32];
	next_mark(&desk->run, name);
	if (!text[0])
		text = name;
	if (session_mark(desk->session, text, &error))
		desk_fail(desk, "%s", error.text);
	else
		desk_say(desk, "marked: %.200s", text);
}

static void do_help(struct desk *desk, const char *text)
{
	struct screen screen;
	if (desk_top(desk)->ops == &help_screen)
		desk_pop(desk);
	if (!help_open(&screen, desk->canvas->plain, text, desk_top(desk)->ops->place))
		desk_push(desk, &screen);
	else
		desk_fail(desk, "no command, key or column is named \"%.100s\"", text);
}

static void do_redraw(struct desk *desk, const char *text)
{
	(void)text;
	desk_view_changed(desk);
	state_repaint(&desk->state);
}

static void do_suspend(struct desk *desk, const char *text)
{
	(void)text;
	/* A memtoprc may have the command twice, or after one that quits. */
	if (desk->state.life != LIFE_RUNS)
		return;
	if (!desk->term) {
		desk_fail(desk, "there is no terminal to give back");
		return;
	}
	if (getsid(0) == getpgrp()) {
		desk_fail(desk, "there is no shell to go back to");
		return;
	}
	state_suspend(&desk->state, desk->status.resumes);
	term_leave(desk->term);
	if (desk->run.recording)
		raise(SIGSTOP);
	else
		session_suspend(desk->session);
}

static void do_quit(struct desk *desk, const char *text)
{
	(void)text;
	/* The session is asked, as the figures on the screen may be a moment old. */
	if (!desk->run.recording && !session_program(desk->session)->ended)
		desk_open_screen(desk, &quit_screen);
	else
		state_end(&desk->state, DESK_STAYS, -1);
}

/* The screen has not handled the action: it has no columns, or no column was named. */
static void do_sort(struct desk *desk, const char *text)
{
	if (!text[0])
		desk_fail(desk, ":sort needs a column");
	else
		desk_fail(desk, "this screen has no columns to sort");
}

static void do_nothing(struct desk *desk, const char *text)
{
	(void)text;
	desk_fail(desk, "not on this screen");
}

static const struct {
	void (*act)(struct desk *desk, const char *text);
	const char *recorded;           /* the failure in a recording; NULL: it works there */
} doers[ACTIONS] = {
	[ACTION_OPEN] = {do_nothing, NULL},
	[ACTION_BACK] = {do_back, NULL},
	[ACTION_SNAPSHOT] = {desk_snapshot, NULL},
	[ACTION_HEAP] = {desk_look, NULL},
	[ACTION_HELD] = {do_held, NULL},
	[ACTION_DIFF] = {desk_diff, NULL},
	[ACTION_REBASE] = {desk_rebase, NULL},
	[ACTION_FILTER] = {do_filter, NULL},
	[ACTION_FILTERS] = {do_filters, NULL},
	[ACTION_FILTERS_SAVE] = {do_filters_save, NULL},
	[ACTION_FILTERS_LOAD] = {do_filters_load, NULL},
	[ACTION_SEARCH] = {do_search, NULL},
	[ACTION_SEARCH_NEXT] = {do_nothing, NULL},
	[ACTION_SEARCH_BEFORE] = {do_nothing, NULL},
	[ACTION_TAB] = {do_tab, NULL},
	[ACTION_TAB_NEXT] = {do_tab_next, NULL},
	[ACTION_TAB_BEFORE] = {do_tab_before, NULL},
	[ACTION_BY] = {do_by, NULL},
	[ACTION_SORT] = {do_sort, NULL},
	[ACTION_REVERSE] = {do_nothing, NULL},
	[ACTION_FREEZE] = {do_freeze, NULL},
	[ACTION_RESET_PEAK] = {do_reset_peak, "the peak of a recording cannot be reset"},
	[ACTION_THEME] = {do_theme, NULL},
	[ACTION_PROCESS] = {do_process, NULL},
	[ACTION_AT] = {desk_at, NULL},
	[ACTION_TICK_BACK] = {desk_tick_back, NULL},
	[ACTION_TICK_ON] = {desk_tick_on, NULL},
	[ACTION_STOP_BACK] = {desk_stop_back, NULL},
	[ACTION_STOP_ON] = {desk_stop_on, NULL},
	[ACTION_NOW] = {desk_now, NULL},
	[ACTION_ANCHOR] = {desk_anchor, NULL},
	[ACTION_FOCUS] = {do_focus, NULL},
	[ACTION_WRITE] = {do_write, NULL},
	[ACTION_EXPORT] = {desk_export, NULL},
	[ACTION_SAVE_SCREEN] = {desk_save_screen, NULL},
	[ACTION_MARK] = {do_mark, NULL},
	[ACTION_HELP] = {do_help, NULL},
	[ACTION_REDRAW] = {do_redraw, NULL},
	[ACTION_SUSPEND] = {do_suspend, NULL},
	[ACTION_QUIT] = {do_quit, NULL},
};

void desk_do(struct desk *desk, enum action action, const char *text)
{
	unsigned reaction =
		showing_act(&desk->wishes, &desk->travel.timeline, &desk->foot, action, text);
	if (reaction)
		desk_touch(desk);
	if (reaction & REACT_REBUILD)
		desk_view_changed(desk);
	if (reaction || !doers[action].act)
		return;
	if (desk->run.recording && doers[action].recorded)
		desk_fail(desk, "%s", doers[action].recorded);
	else
		doers[action].act(desk, text);
}

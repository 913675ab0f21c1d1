/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The prompts.  Tables say for each action that needs a text what is asked, which words
 * complete it, and which action gets the text.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "tui/desk/desk_filter.h"
#include "tui/desk/desk_moments.h"
#include "tui/desk/desk_prompt.h"
#include "tui/desk/desk_time.h"
#include "tui/desk/desk_table.h"
#include "tui/desk/parts/filter_list.h"
#include "tui/term/prompt.h"
#include "views/format/format.h"
#include "views/export/formats.h"

/* Passes those words on that begin with what is typed. */
struct adder {
	void (*found)(void *to, const char *candidate);
	void *to;
	const char *word;               /* the part of the word that is typed so far */
	size_t length;
};

static void desk_prompt_offer(const struct adder *adder, const char *candidate)
{
	if (candidate[0] && !strncasecmp(candidate, adder->word, adder->length))
		adder->found(adder->to, candidate);
}

/* The data from which words are offered. */
struct offers {
	const struct run_facts *run;
	const struct saved_filters *filters;
	const struct timeline *timeline;
	bool diff;                      /* tables have the columns of a diff */
};

static void offer_columns(const struct offers *offers, const struct adder *adder)
{
	for (int id = 1; id < COLUMNS; id++) {
		const struct column *column = column_get((enum column_id)id);
		if (column && (column->needs != NEEDS_DIFF || offers->diff))
			desk_prompt_offer(adder, column->name);
	}
	desk_prompt_offer(adder, "default");
}

/* Offers columns with the sign, + or -, that was typed before them. */
static void offer_more_columns(const struct offers *offers, const struct adder *adder)
{
	char name[32];
	(void)offers;
	for (int id = 1; id < COLUMN_LOCATION; id++) {
		const struct column *column = column_get((enum column_id)id);
		bool sign = adder->length && strchr("+-", adder->word[0]);
		snprintf(name, sizeof name, "%.*s%s", sign ? 1 : 0, adder->word,
			 column->name);
		desk_prompt_offer(adder, name);
	}
	desk_prompt_offer(adder, "default");
}

static void offer_moments(const struct offers *offers, const struct adder *adder)
{
	char number[16];
	bool live = offers->run->recording;
	for (size_t i = 0; i < offers->run->moments_length; i++) {
		const struct moment_line *line = &offers->run->moments[i];
		snprintf(number, sizeof number, "%u", line->number);
		if (line->number)
			desk_prompt_offer(adder, number);
		desk_prompt_offer(adder, line->name);
		live |= line->kind == MOMENT_LIVE;
	}
	if (!live)
		desk_prompt_offer(adder, "live");
}

/* Offers the stops of the timeline, the newest first, as many names may begin alike. */
static void offer_stops(const struct offers *offers, const struct adder *adder)
{
	char number[16];
	const struct timeline *timeline = offers->timeline;
	for (size_t i = timeline->stops_length; i-- > 0;) {
		const struct timeline_stop *stop = &timeline->stops[i];
		snprintf(number, sizeof number, "%u", stop->number);
		if (stop->kind == STOP_SNAPSHOT)
			desk_prompt_offer(adder, number);
		desk_prompt_offer(adder, stop->text);
	}
	desk_prompt_offer(adder, "now");
}

static void offer_commands(const struct offers *offers, const struct adder *adder)
{
	(void)offers;
	for (unsigned i = 1; i < ACTIONS; i++)
		desk_prompt_offer(adder, action_info((enum action)i)->command);
}

static void offer_filters(const struct offers *offers, const struct adder *adder)
{
	const struct saved_filters *saved = offers->filters;
	for (size_t i = 0; i < saved->length; i++)
		if (saved->all[i].name)
			desk_prompt_offer(adder, saved->all[i].name);
}

static void offer_tabs(const struct offers *offers, const struct adder *adder)
{
	(void)offers;
	for (unsigned i = 0; i < TABS; i++)
		desk_prompt_offer(adder, tab_get(i)->word);
}

static void offer_keys(const struct offers *offers, const struct adder *adder)
{
	(void)offers;
	for (int i = 0; i < VIEW_KEYS; i++)
		desk_prompt_offer(adder, view_key_name((enum view_key)i));
}

static void offer_formats(const struct offers *offers, const struct adder *adder)
{
	(void)offers;
	const struct export_format *format;
	for (unsigned i = 0; (format = export_format_get(i)); i++)
		desk_prompt_offer(adder, format->name);
}

static void offer_themes(const struct offers *offers, const struct adder *adder)
{
	(void)offers;
	for (unsigned i = 0; i < THEMES; i++)
		desk_prompt_offer(adder, palette_theme_name((enum theme)i));
}

static void offer_processes(const struct offers *offers, const struct adder *adder)
{
	const struct program *program = offers->run->program;
	char pid[16];
	desk_prompt_offer(adder, "main");
	desk_prompt_offer(adder, "all");
	for (size_t i = 0; program && i < program->processes_length; i++) {
		snprintf(pid, sizeof pid, "%d", (int)program->processes[i].pid);
		if (program->processes[i].traced)
			desk_prompt_offer(adder, pid);
	}
}

/* Which words complete the text of an action. */
static const struct {
	enum action action;
	void (*offer)(const struct offers *offers, const struct adder *adder);
} words[] = {
	{ACTION_COMMAND, offer_commands}, {ACTION_SORT, offer_columns},
	{ACTION_COLUMNS, offer_more_columns}, {ACTION_FILTERS, offer_filters},
	{ACTION_DIFF, offer_moments},	  {ACTION_TAB, offer_tabs},
	{ACTION_BY, offer_keys},	  {ACTION_HELP, offer_commands},
	{ACTION_EXPORT, offer_formats},	  {ACTION_THEME, offer_themes},
	{ACTION_PROCESS, offer_processes}, {ACTION_AT, offer_stops},
	{ACTION_ANCHOR, offer_stops},
};

struct asking {
	enum action action;             /* opens the prompt */
	enum action gives;              /* gets the text */
	const char *kind, *label;
};
static const struct asking askings[] = {
	{ACTION_COMMAND, ACTION_COMMAND, "command", ":"},
	{ACTION_FILTER, ACTION_FILTER, "filter", "filter: "},
	{ACTION_SEARCH, ACTION_SEARCH, "search", "/"},
	{ACTION_SNAPSHOT_AS, ACTION_SNAPSHOT, "name", "snapshot name: "},
	{ACTION_DIFF_SIDES, ACTION_DIFF, "diff", "diff OLD NEW: "},
	{ACTION_SORT, ACTION_SORT, "sort", "sort by: "},
	{ACTION_AT, ACTION_AT, "moment", "go to: "},
	{ACTION_WRITE, ACTION_WRITE, "file", "write the recording to: "},
	{ACTION_EXPORT, ACTION_EXPORT, "export", "export FORMAT FILE: "},
	{ACTION_FILTER_ADD, ACTION_FILTER_ADD, "filter", "another filter: "},
	{ACTION_FILTER_EDIT, ACTION_FILTER_EDIT, "filter", "filter: "},
	{ACTION_FILTER_NAME, ACTION_FILTER_NAME, "name", "filter name: "},
};

static bool is_filter(enum action action)
{
	return action == ACTION_FILTER || action == ACTION_FILTER_ADD ||
	       action == ACTION_FILTER_EDIT;
}

/* False: the text is no filter, or tests what this heap doesn't have; then `error` says why, and
 * *caret is the byte that is wrong. */
static bool check_filter(const struct desk *desk, const char *text, char error[256],
			 size_t *caret)
{
	struct filter_error wrong;
	struct filter *filter = filter_parse(text, &wrong);
	if (!filter) {
		snprintf(error, 256, "%s", wrong.text);
		*caret = wrong.offset;
		return false;
	}
	const char *lacks = desk_filter_lacks(desk, filter, error);
	const char *field = lacks ? strstr(text, lacks) : NULL;
	*caret = field ? (size_t)(field - text) : 0;
	filter_free(filter);
	return !lacks;
}

/* The action that gets the text of the open prompt. */
static enum action prompted(const struct desk *desk)
{
	return desk->prompt.asking->gives;
}

static bool desk_prompt_check(void *user, const char *text, char error[256],
			      size_t *caret)
{
	const struct desk *desk = user;
	enum action action = prompted(desk);
	size_t start = 0;
	bool ambiguous = false;
	if (action == ACTION_COMMAND && text[strspn(text, " :")]) {
		action = action_of_line(text, &start, &ambiguous);
		*caret = 0;
		if (!action)
			snprintf(error, 256,
				 ambiguous ? "several commands begin like this: Tab shows them"
					   : "no such command: Tab shows them all");
		if (!action)
			return false;
	}
	if (!is_filter(action))
		return true;
	bool right = check_filter(desk, text + start, error, caret);
	*caret += start;
	return right;
}

static size_t complete(void *user, const char *text, size_t cursor,
		       void (*found)(void *to, const char *candidate), void *to)
{
	struct desk *desk = user;
	enum action action = prompted(desk);
	size_t start = 0, word = cursor;
	bool ambiguous;
	while (word > 0 && text[word - 1] != ' ' && text[word - 1] != ':')
		word--;
	if (action == ACTION_COMMAND &&
	    strcspn(text + strspn(text, " :"), " ") + strspn(text, " :") < cursor)
		action = action_of_line(text, &start, &ambiguous);
	if (is_filter(action) && desk->heaps.live)
		return start + filter_complete(text + start, cursor - start, desk->heaps.live,
					       found, to);
	/* The text of a mark may contain spaces, so the whole text is completed. */
	if (action == ACTION_AT || action == ACTION_ANCHOR)
		word = start;
	struct adder adder = {found, to, text + word, cursor - word};
	const struct offers offers = {&desk->run, &desk->filters, &desk->travel.timeline,
				      desk->sides.old_side != NULL};
	desk_moments(desk);
	desk_time_read(desk);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].action == action)
			words[i].offer(&offers, &adder);
	return word;
}

static void desk_prompt_search(struct desk *desk, enum search_step step, const char *text)
{
	struct screen *top = desk_top(desk);
	snprintf(desk->wishes.search.text, sizeof desk->wishes.search.text, "%s", text);
	desk->wishes.search.missed = desk->wishes.search.goes_on = false;
	desk->wishes.search.step = step;
	top->ops->act(top, &desk->context, ACTION_SEARCH, text);
	desk->wishes.search.step = SEARCH_GIVEN;
	desk_touch(desk);
}

static void desk_prompt_open(struct desk *desk, const struct asking *asking, const char *text)
{
	struct prompt_hooks hooks = { .user = desk,
				      .check = desk_prompt_check,
				      .complete = complete };
	struct open_prompt *prompt = &desk->prompt;
	prompt->asking = asking;
	prompt->given = false;
	prompt->applied = true;
	snprintf(prompt->tried, sizeof prompt->tried, "%s", text);
	if (asking->gives == ACTION_SEARCH) {
		strcpy(prompt->searched, desk->wishes.search.text);
		desk_prompt_search(desk, SEARCH_BEGINS, prompt->searched);
	}
	desk->foot.text[0] = 0;
	desk_touch(desk);
	prompt_begin(asking->kind, asking->label, text, &hooks);
}

static void desk_prompt_ask(struct desk *desk, enum action action, const char *text)
{
	const struct asking *asking = askings;
	while (asking->action != action)
		asking++;
	if (strlen(text) >= sizeof prompt_field()->text)
		desk_fail(desk, "this filter is too long for the prompt: %zu bytes", strlen(text));
	else
		desk_prompt_open(desk, asking, text);
}

bool desk_prompt(struct desk *desk, enum action action)
{
	bool has = false;
	for (size_t i = 0; i < sizeof askings / sizeof *askings; i++)
		has |= askings[i].action == action && action != ACTION_FILTER_ADD &&
		       action != ACTION_FILTER_EDIT && action != ACTION_FILTER_NAME;
	if (!has)
		return false;
	desk->prompt.which = (unsigned)saved_find(&desk->filters, NULL);
	desk_prompt_ask(desk, action,
			action == ACTION_FILTER &&
					desk->prompt.which < desk->filters.length
				? desk->filters.all[desk->prompt.which].text
				: "");
	if (action == ACTION_DIFF_SIDES || action == ACTION_SORT || action == ACTION_AT)
		prompt_key(KEY_TAB_);
	return true;
}

void desk_prompt_filter(struct desk *desk, enum ask what, unsigned which)
{
	const struct saved_filter *filter = &desk->filters.all[which];
	bool add = what == ASK_FILTER_ADD, name = what == ASK_FILTER_NAME;
	desk->prompt.which = add ? (unsigned)desk->filters.length : which;
	if (add)
		desk_prompt_ask(desk, ACTION_FILTER_ADD, "");
	else if (name)
		desk_prompt_ask(desk, ACTION_FILTER_NAME,
				filter->name ? filter->name : "");
	else
		desk_prompt_ask(desk, ACTION_FILTER_EDIT, filter->text);
}

bool desk_prompt_apply(struct desk *desk)
{
	struct open_prompt *prompt = &desk->prompt;
	const char *typed = prompt_field()->text;
	if (prompt_state() != PROMPT_EDITING || !strcmp(prompt->tried, typed))
		return false;
	snprintf(prompt->tried, sizeof prompt->tried, "%s", typed);
	if (is_filter(prompted(desk)))
		return prompt->applied = desk_filter_try(desk, prompt->which, typed);
	if (prompted(desk) != ACTION_SEARCH)
		return false;
	desk_prompt_search(desk, SEARCH_TYPED, typed);
	return true;
}

/* The prompt has closed, with a text or without: what was only typed doesn't apply any more. */
static void desk_prompt_close(struct desk *desk, bool given)
{
	desk_filter_untry(desk);
	if (!given && prompted(desk) == ACTION_SEARCH)
		desk_prompt_search(desk, SEARCH_GIVEN_UP, desk->prompt.searched);
}

const char *desk_prompt_preview(const struct desk *desk, char text[64])
{
	const struct screen *top = desk->depth ? &desk->stack[desk->depth - 1]
					       : &desk->tabs[desk->tab];
	const struct table *table = top->ops->table ? top->ops->table(top) : NULL;
	enum action action = prompt_state() == PROMPT_EDITING ? prompted(desk) : ACTION_NONE;
	char size[FORMAT_MAX];
	text[0] = 0;
	if (action == ACTION_SEARCH && desk->wishes.search.missed)
		snprintf(text, 64, "no row");
	if (action == ACTION_SEARCH && desk->wishes.search.goes_on)
		snprintf(text, 64, "searching");
	bool follows = desk->prompt.applied && !desk->tables.asked &&
		       desk->state.wanted == WANTED_NOTHING;
	if (!is_filter(action) || !table || table->view.by == BY_TREE || !follows ||
	    strcmp(desk->prompt.tried, prompt_field()->text))
		return text;
	format_size((double)table->sum.size, false, size);
	snprintf(text, 64, "%zu row%s, %s", table->total_rows, format_s(table->total_rows), size);
	return text;
}

/* Whether an action accepts an empty text. */
static bool takes_nothing(enum action action)
{
	return action != ACTION_DIFF && action != ACTION_SORT && action != ACTION_AT &&
	       action != ACTION_WRITE &&
	       action != ACTION_EXPORT;
}

/* Does what this file can do itself with the text that was entered; returns the same as
 * desk_prompt_key. */
static enum action desk_prompt_take(struct desk *desk, const char *text)
{
	enum action action = prompted(desk);
	struct filter_error error;
	if (action == ACTION_FILTER_NAME)
		filters_name(&desk->filters, &desk->foot, desk->prompt.which, text);
	else if (action == ACTION_FILTER_ADD || action == ACTION_FILTER_EDIT)
		desk_filter_set(desk, desk->prompt.which, text, &error);
	else if (takes_nothing(action) || text[strspn(text, " ")])
		return action;
	return ACTION_NONE;
}

enum action desk_prompt_key(struct desk *desk, uint32_t key, char text[FIELD_MAX])
{
	struct open_prompt *prompt = &desk->prompt;
	desk_touch(desk);
	enum prompt_state state = prompt_key(key);
	if (state == PROMPT_EDITING)
		return ACTION_NONE;
	desk_prompt_close(desk, state == PROMPT_DONE);
	if (state != PROMPT_DONE)
		return ACTION_NONE;
	snprintf(text, FIELD_MAX, "%s", prompt_text());
	for (size_t n = strlen(text); n && text[n - 1] == ' ';)
		text[--n] = 0;
	strcpy(prompt->text, text);
	prompt->given = true;
	desk->foot.failure[0] = 0;
	return desk_prompt_take(desk, text);
}

void desk_prompt_forget(struct desk *desk)
{
	desk->prompt.given = false;
}

void desk_prompt_verdict(struct desk *desk)
{
	struct open_prompt *prompt = &desk->prompt;
	bool ambiguous;
	size_t start = 0;
	if (!prompt->given || prompt_state() == PROMPT_EDITING)
		return;
	if (!desk->foot.failure[0]) {
		prompt->given = desk->asked.length || desk->times.asking ||
				desk->times.wanted[0] || desk->tables.export ||
				desk->wishes.search.goes_on;
		return;
	}
	if (prompted(desk) == ACTION_COMMAND)
		action_of_line(prompt->text, &start, &ambiguous);
	/* This resets `given`, but keeps the text. */
	desk_prompt_open(desk, prompt->asking, prompt->text);
	start += desk->foot.failed_at;
	prompt_complain(desk->foot.failure, start < strlen(prompt->text) ? start : 0);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The prompts: a table says for each action that needs a text what is asked,
 * how it is checked and completed, and which action gets the answer.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "tui/desk/desk_filter.h"
#include "tui/desk/desk_moments.h"
#include "tui/desk/desk_prompt.h"
#include "tui/desk/desk_time.h"
#include "tui/desk/desk_table.h"
#include "tui/term/prompt.h"
#include "views/format/format.h"
#include "views/export/formats.h"

#define PREVIEW_SECONDS 0.5

struct adder {
	void (*found)(void *to, const char *candidate);
	void *to;
	const char *word;               /* what is typed of it so far */
	size_t length;
};

static void desk_prompt_offer(const struct adder *adder, const char *candidate)
{
	if (candidate[0] && !strncasecmp(candidate, adder->word, adder->length))
		adder->found(adder->to, candidate);
}

static void offer_columns(struct desk *desk, const struct adder *adder)
{
	for (int id = 1; id < COLUMNS; id++) {
		const struct column *column = column_get((enum column_id)id);
		if (column && (column->needs != NEEDS_DIFF || desk->sides.old_side))
			desk_prompt_offer(adder, column->name);
	}
	desk_prompt_offer(adder, "default");
}

/* With the sign that was typed before. */
static void offer_more_columns(struct desk *desk, const struct adder *adder)
{
	char name[32];
	(void)desk;
	for (int id = 1; id < COLUMN_LOCATION; id++) {
		const struct column *column = column_get((enum column_id)id);
		bool sign = adder->length && strchr("+-", adder->word[0]);
		snprintf(name, sizeof name, "%.*s%s", sign ? 1 : 0, adder->word,
			 column->name);
		desk_prompt_offer(adder, name);
	}
	desk_prompt_offer(adder, "default");
}

static void offer_moments(struct desk *desk, const struct adder *adder)
{
	char number[16];
	bool live = desk->context.recording;
	desk_moments(desk);
	for (size_t i = 0; i < desk->context.moments_length; i++) {
		const struct moment_line *line = &desk->context.moments[i];
		snprintf(number, sizeof number, "%u", line->number);
		if (line->number)
			desk_prompt_offer(adder, number);
		desk_prompt_offer(adder, line->name);
		live |= line->kind == MOMENT_LIVE;
	}
	if (!live)
		desk_prompt_offer(adder, "live");
}

/* What the timeline has by name: the newest first, where one types the beginning of many. */
static void offer_stops(struct desk *desk, const struct adder *adder)
{
	char number[16];
	desk_moments(desk);
	desk_time_read(desk);
	const struct timeline *timeline = &desk->context.timeline;
	for (size_t i = timeline->stops_length; i-- > 0;) {
		const struct timeline_stop *stop = &timeline->stops[i];
		snprintf(number, sizeof number, "%u", stop->number);
		if (stop->kind == STOP_SNAPSHOT)
			desk_prompt_offer(adder, number);
		desk_prompt_offer(adder, stop->text);
	}
	desk_prompt_offer(adder, "now");
}

static void offer_commands(struct desk *desk, const struct adder *adder)
{
	(void)desk;
	for (unsigned i = 1; i < ACTIONS; i++)
		desk_prompt_offer(adder, action_info((enum action)i)->command);
}

static void offer_filters(struct desk *desk, const struct adder *adder)
{
	const struct saved_filters *saved = &desk->context.filters;
	for (size_t i = 0; i < saved->length; i++)
		if (saved->all[i].name)
			desk_prompt_offer(adder, saved->all[i].name);
}

static void offer_tabs(struct desk *desk, const struct adder *adder)
{
	(void)desk;
	for (unsigned i = 0; i < TABS; i++)
		desk_prompt_offer(adder, tab_get(i)->word);
}

static void offer_keys(struct desk *desk, const struct adder *adder)
{
	(void)desk;
	for (int i = 0; i < VIEW_KEYS; i++)
		desk_prompt_offer(adder, view_key_name((enum view_key)i));
}

static void offer_formats(struct desk *desk, const struct adder *adder)
{
	(void)desk;
	const struct export_format *format;
	for (unsigned i = 0; (format = export_format_get(i)); i++)
		desk_prompt_offer(adder, format->name);
}

static void offer_themes(struct desk *desk, const struct adder *adder)
{
	(void)desk;
	for (unsigned i = 0; i < THEMES; i++)
		desk_prompt_offer(adder, palette_theme_name((enum theme)i));
}

static void offer_processes(struct desk *desk, const struct adder *adder)
{
	const struct program *program = desk->context.program;
	char pid[16];
	desk_prompt_offer(adder, "main");
	desk_prompt_offer(adder, "all");
	for (size_t i = 0; program && i < program->processes_length; i++) {
		snprintf(pid, sizeof pid, "%d", (int)program->processes[i].pid);
		if (program->processes[i].traced)
			desk_prompt_offer(adder, pid);
	}
}

/* Words that an action's text is made of. */
static const struct {
	enum action action;
	void (*offer)(struct desk *desk, const struct adder *adder);
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
	enum action action;             /* asks */
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

static bool check_filter(const char *text, char error[256], size_t *caret)
{
	struct filter_error wrong;
	struct filter *filter = filter_parse(text, &wrong);
	if (!filter) {
		snprintf(error, 256, "%s", wrong.text);
		*caret = wrong.offset;
		return false;
	}
	filter_free(filter);
	return true;
}

/* Which action the open prompt's text is for. */
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
				 ambiguous ? "several commands begin so: Tab shows them"
					   : "no such command: Tab shows them all");
		if (!action)
			return false;
	}
	if (!is_filter(action))
		return true;
	bool right = check_filter(text + start, error, caret);
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
	/* A mark's text may have spaces. */
	if (action == ACTION_AT || action == ACTION_ANCHOR)
		word = start;
	struct adder adder = {found, to, text + word, cursor - word};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].action == action)
			words[i].offer(desk, &adder);
	return word;
}

static void desk_prompt_ask(struct desk *desk, enum action action, const char *text)
{
	struct prompt_hooks hooks = { .user = desk,
				      .check = desk_prompt_check,
				      .complete = complete };
	for (size_t i = 0; i < sizeof askings / sizeof *askings; i++)
		if (askings[i].action == action)
			desk->prompt.asking = &askings[i];
	if (strlen(text) >= sizeof prompt_field()->text) {
		desk_fail(desk, "this filter is too long for the prompt: %zu bytes", strlen(text));
		return;
	}
	desk->context.message[0] = 0;
	desk_touch(desk);
	tables_forget_count(&desk->tables);
	prompt_begin(desk->prompt.asking->kind, desk->prompt.asking->label, text, &hooks);
}

bool desk_prompt(struct desk *desk, enum action action)
{
	bool has = false;
	for (size_t i = 0; i < sizeof askings / sizeof *askings; i++)
		has |= askings[i].action == action && action != ACTION_FILTER_ADD &&
		       action != ACTION_FILTER_EDIT && action != ACTION_FILTER_NAME;
	if (!has)
		return false;
	const struct context *context = &desk->context;
	desk->prompt.which = (unsigned)saved_find(&context->filters, NULL);
	desk_prompt_ask(desk, action,
			action == ACTION_FILTER &&
					desk->prompt.which < context->filters.length
				? context->filters.all[desk->prompt.which].text
				: "");
	if (action == ACTION_DIFF_SIDES || action == ACTION_SORT || action == ACTION_AT)
		prompt_key(KEY_TAB_);
	return true;
}

void desk_prompt_filter(struct desk *desk, enum ask what, unsigned which)
{
	const struct saved_filter *filter = &desk->context.filters.all[which];
	bool add = what == ASK_FILTER_ADD, name = what == ASK_FILTER_NAME;
	desk->prompt.which = add ? (unsigned)desk->context.filters.length : which;
	if (add)
		desk_prompt_ask(desk, ACTION_FILTER_ADD, "");
	else if (name)
		desk_prompt_ask(desk, ACTION_FILTER_NAME,
				filter->name ? filter->name : "");
	else
		desk_prompt_ask(desk, ACTION_FILTER_EDIT, filter->text);
}

/* Whether the screen on top has a table in which rows can be counted quickly. */
static bool is_countable(const struct desk *desk, const struct screen *top)
{
	const struct table *shown = top->ops->table ? top->ops->table(top) : NULL;
	return prompt_state() == PROMPT_EDITING && is_filter(prompted(desk)) &&
	       shown && shown->view.by != BY_TREE && desk->tables.cost <= PREVIEW_SECONDS;
}

const char *desk_prompt_preview(const struct desk *desk)
{
	return prompt_state() == PROMPT_EDITING && is_filter(prompted(desk))
		       ? desk->tables.answer
		       : "";
}

void desk_prompt_count(struct desk *desk)
{
	const char *typed = prompt_field()->text;
	struct filter_error error;
	if (!is_countable(desk, desk_top(desk))) {
		tables_forget_count(&desk->tables);
		return;
	}
	if (desk->tables.counted_of == desk->signature && !strcmp(desk->tables.counted, typed))
		return;
	struct filter *filter = filter_parse(typed, &error);
	if (filter)
		desk_count_ask(desk, filter, typed, desk->prompt.which);
	else
		tables_forget_count(&desk->tables);
	filter_free(filter);
}

/* Whether an action takes an empty text for an answer. */
static bool takes_nothing(enum action action)
{
	return action != ACTION_DIFF && action != ACTION_SORT && action != ACTION_AT &&
	       action != ACTION_WRITE &&
	       action != ACTION_EXPORT;
}

/* Does what the desk can do itself with a text that was given; returns as desk_prompt_key. */
static enum action desk_prompt_take(struct desk *desk, const char *text)
{
	enum action action = prompted(desk);
	struct filter_error error;
	if (action == ACTION_FILTER_NAME)
		desk_filter_name(desk, desk->prompt.which, text);
	else if (action == ACTION_FILTER_ADD || action == ACTION_FILTER_EDIT)
		desk_filter_set(desk, desk->prompt.which, text, &error);
	else if (takes_nothing(action) || text[strspn(text, " ")])
		return action;
	return ACTION_NONE;
}

enum action desk_prompt_key(struct desk *desk, uint32_t key, char text[FIELD_MAX])
{
	desk_touch(desk);
	if (prompt_key(key) != PROMPT_DONE)
		return ACTION_NONE;
	snprintf(text, FIELD_MAX, "%s", prompt_text());
	for (size_t n = strlen(text); n && text[n - 1] == ' ';)
		text[--n] = 0;
	return desk_prompt_take(desk, text);
}

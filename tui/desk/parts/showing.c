/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The actions that only change how the heap is shown: one function for each.
 */
#include "tui/desk/parts/showing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/collect/recording/when.h"
#include "tui/base/screen.h"

static unsigned turn_over(bool *flag, struct foot *foot, const char *on, const char *off)
{
	*flag = !*flag;
	foot_say(foot, false, "%s", *flag ? on : off);
	return REACT_HANDLED | REACT_REBUILD;
}

/* Giving folders also switches own code on. */
static bool take_folders(struct mine *to, const char *text)
{
	struct mine mine = {.on = true};
	char words[4096], here[4096], *save = NULL;
	snprintf(words, sizeof words, "%s", text);
	if (strlen(text) >= sizeof words || !getcwd(here, sizeof here))
		return false;
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (!mine_add(&mine, here, word))
			return false;
	if (mine.length)
		*to = mine;
	return true;
}

static unsigned show_mine(struct wishes *wishes, struct foot *foot, const char *text)
{
	struct mine *mine = &wishes->mine;
	bool folders = text[strspn(text, " ")];
	if (!take_folders(mine, text)) {
		foot_fail(foot, ":mine takes the names of folders, of at most %u bytes",
			  MINE_BYTES);
		return REACT_HANDLED;
	}
	wishes->mine_new = mine->on = folders || !mine->on;
	if (!mine->on)
		foot_say(foot, false, "rows are named by all code again");
	else if (mine->length)
		foot_say(foot, false, "rows are named by the newest code in %.200s%s",
			 mine_next(mine, NULL), mine->length > 1 ? " and more folders" : "");
	else
		foot_say(foot, false, "rows are named by the newest line of your own code");
	return REACT_HANDLED | REACT_REBUILD;
}

/* Applies one word of :columns.  False: no column has that name. */
static bool column_word(struct wishes *wishes, const char *word)
{
	bool hide = word[0] == '-';
	if (!strcmp(word, "default")) {
		wishes->columns_more = wishes->columns_less = 0;
		return true;
	}
	const struct column *column = column_find(word + (hide || word[0] == '+'));
	if (!column || column->id == COLUMN_LOCATION)
		return false;
	uint32_t bit = UINT32_C(1) << column->id;
	wishes->columns_more = hide ? wishes->columns_more & ~bit : wishes->columns_more | bit;
	wishes->columns_less = hide ? wishes->columns_less | bit : wishes->columns_less & ~bit;
	return true;
}

void showing_columns(const struct wishes *wishes, char *text, size_t size)
{
	size_t n = 0;
	text[0] = 0;
	for (unsigned id = 1; id < COLUMNS && n < size; id++) {
		uint32_t bit = UINT32_C(1) << id;
		const char *sign = wishes->columns_more & bit	 ? "+"
				   : wishes->columns_less & bit ? "-"
								 : NULL;
		if (sign)
			n += (size_t)snprintf(text + n, size - n, " %s%s", sign,
					      column_get((enum column_id)id)->name);
	}
}

/* Applies all of the words or none. */
static unsigned show_columns(struct wishes *wishes, struct foot *foot, const char *text)
{
	char words[512], *save = NULL;
	uint32_t more = wishes->columns_more, less = wishes->columns_less;
	if (strlen(text) >= sizeof words) {
		foot_fail(foot, ":columns takes %zu bytes at most", sizeof words - 1);
		return REACT_HANDLED;
	}
	snprintf(words, sizeof words, "%s", text);
	for (char *word = strtok_r(words, " ,", &save); word; word = strtok_r(NULL, " ,", &save))
		if (!column_word(wishes, word)) {
			wishes->columns_more = more;
			wishes->columns_less = less;
			foot_fail(foot, "no column is named \"%.100s\"", word + strspn(word, "+-"));
			foot->failed_at = (size_t)(word - words);
			return REACT_HANDLED;
		}
	showing_columns(wishes, words, sizeof words);
	foot_say(foot, false, "columns:%s", words[0] ? words : " those that fit");
	return REACT_HANDLED;
}

/* Reads a number of rows, stored + 1; "" gives 0, which means as many as the window has
 * room for. */
static unsigned show_rows(unsigned *rows, struct foot *foot, const char *command,
			  const char *text)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	if (text[0] && (text[0] == '-' || *end || number > 100))
		foot_fail(foot, "%s takes a number of rows, 0 to 100", command);
	else
		*rows = text[0] ? (unsigned)number + 1 : 0;
	return REACT_HANDLED;
}

static unsigned show_zoomed(struct timeline *timeline, struct foot *foot, const char *text)
{
	struct when when;
	if (!strcmp(text, "all"))
		timeline->zoom = 0;
	else if (text[0] &&
		 (!when_parse(text, &when) || when.before_end || when.mark || !when.seconds))
		foot_fail(foot, "\"%.60s\" is not a span of time: 30s, 5m, 1h30m, or all", text);
	else if (text[0])
		timeline_zoom(timeline, when.seconds);
	else if (!timeline_zoom_in(timeline))
		foot_fail(foot, "the timeline already shows four seconds: it goes no finer");
	return REACT_HANDLED;
}

unsigned showing_act(struct wishes *wishes, struct timeline *timeline, struct foot *foot,
		     enum action action, const char *text)
{
	switch (action) {
	case ACTION_CUMULATIVE:
		return turn_over(&wishes->cumulative, foot,
				 "cumulative: a block counts for each line of its stack",
				 "a block counts once");
	case ACTION_WRAPPERS:
		return turn_over(&wishes->raw, foot, "raw: allocator wrappers name rows too",
				 "allocator wrappers are skipped");
	case ACTION_INVERTED:
		return turn_over(&wishes->inverted, foot,
				 "callees first, their callers beneath",
				 "callers first, what they called beneath");
	case ACTION_MINE:
		return show_mine(wishes, foot, text);
	case ACTION_COLUMNS:
		return show_columns(wishes, foot, text);
	case ACTION_DETAIL:
		return show_rows(&wishes->detail, foot, ":detail", text);
	case ACTION_TIMELINE:
		return show_rows(&timeline->rows, foot, ":timeline", text);
	case ACTION_ZOOM:
		return show_zoomed(timeline, foot, text);
	case ACTION_ZOOM_OUT:
		return show_zoomed(timeline, foot, "all");
	default:
		return REACT_IGNORED;
	}
}

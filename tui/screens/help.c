/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The help, made from the table of actions, beginning with the actions of the screen that
 * it was called from.  `:help NAME` shows one command or column, with everything that
 * there is to say about it.
 */
#include <stdio.h>
#include <string.h>
#include "tui/base/list.h"
#include "tui/detail/mark.h"
#include "tui/screens/screens.h"

#define ENTRIES ((unsigned)ACTIONS + (unsigned)COLUMNS + 32u)

/* A title (only a text), or keys, a command and what they do. */
struct entry {
	const char *keys, *command, *arguments, *text;
};

struct help {
	struct list list;               /* of lines; the first one on the screen is
					 * selected */
	size_t length;
	bool plain;
	struct entry entries[ENTRIES];
};

static void help_add(struct help *help, struct entry entry)
{
	if (help->length < ENTRIES)
		help->entries[help->length++] = entry;
}

static void add_title(struct help *help, const char *title)
{
	help_add(help, (struct entry){.text = title});
}

/* Adds an action; the keys of the ten tabs are written as a range. */
static void add_action(struct help *help, enum action action)
{
	const struct action_info *info = action_info(action);
	help_add(help, (struct entry){ action == ACTION_TAB ? "1..9 0" : info->keys,
				       info->command, info->arguments, info->help });
}

static void add_columns(struct help *help)
{
	add_title(help, "columns");
	for (int id = 1; id < COLUMN_LOCATION; id++) {
		const struct column *column = column_get((enum column_id)id);
		if (column)
			help_add(help,
				 (struct entry){ column->name, "", "", column->help });
	}
}

/* Adds the marks that stand before a row's name. */
static void add_marks(struct help *help)
{
	static const char *const texts[GROWTH_WORDS] = {
		[GROWTH_SHRINKING] = "shrinking: its memory gets less",
		[GROWTH_SETTLED] = "settled: it does not grow",
		[GROWTH_SAWTOOTH] = "sawtooth: it grows and is freed again",
		[GROWTH_CONTAINER] = "one container that grows",
		[GROWTH_STEPS] = "steps: it grew in a few jumps",
		[GROWTH_TURNOVER] = "turnover: the oldest blocks go as new ones come, as in a queue",
		[GROWTH_UNDECIDED] = "undecided: it grows, but more slowly than before",
		[GROWTH_WARMING_UP] = "warming up: its growth is coming to an end",
		[GROWTH_LEAKING] = "leaking: it keeps growing, and what is allocated stays",
	};
	add_title(help, "marks of growth, before the name of a row (8 says more)");
	for (unsigned word = GROWTH_WORDS; word-- > 0;)
		if (texts[word])
			help_add(help, (struct entry){
				mark_text((enum growth_word)word, help->plain), "", "", texts[word]});
}

static void add_filters(struct help *help)
{
	static const char *const lines[][2] = {
		{"parse", "any file or function on the stack that contains it"},
		{"+GLOB -GLOB", "as tracemalloc's filters: keep, or drop, what was allocated "
				"there; any:GLOB looks at every frame"},
		{"size > 1M", "size count average total allocations temporary peak"},
		{"file = *.c", "file line function module thread domain; any.file and the "
			       "like look at every frame; ~ is a regular expression"},
		{"python, native", "by language"},
		{"and or not ( )", "put them together"},
	};
	add_title(help, "filters");
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		help_add(help, (struct entry){lines[i][0], "", "", lines[i][1]});
}

enum group { OWN, EVERYWHERE, MOVING, ELSEWHERE, GROUPS };

static enum group group_of(enum action action, unsigned place)
{
	unsigned places = action_info(action)->places;
	if (action <= ACTION_RIGHT)
		return MOVING;
	if (places == IN_ALL)
		return EVERYWHERE;
	return places & place ? OWN : ELSEWHERE;
}

static void add_all(struct help *help, unsigned place)
{
	static const char *const titles[GROUPS] = {
		"on this screen", "everywhere", "moving", "on other screens",
	};
	for (enum group group = OWN; group < GROUPS; group++) {
		bool titled = false;
		for (enum action action = 1; action < ACTIONS; action++) {
			if (group_of(action, place) != group)
				continue;
			if (!titled)
				add_title(help, titles[group]);
			titled = true;
			add_action(help, action);
		}
		if (group == OWN)
			add_marks(help);
	}
	add_filters(help);
	add_columns(help);
}

/* Adds one command, key or column.  False: there is none of that name. */
static bool add_one(struct help *help, const char *name)
{
	bool ambiguous = false;
	const struct column *column = column_find(name);
	enum action action = action_of_command(name, strlen(name), &ambiguous);
	uint32_t key = action ? KEY_NONE : key_parse(name);
	if (key)
		action = action_of_key(key, IN_ALL, NULL);
	if (action)
		add_action(help, action);
	else if (column)
		help_add(help, (struct entry){column->name, "", "", column->help});
	if (action == ACTION_FILTER)
		add_filters(help);
	if (action == ACTION_COLUMNS || action == ACTION_SORT)
		add_columns(help);
	return help->length;
}

int help_open(struct screen *screen, bool plain, const char *name, unsigned place)
{
	if (screen_open(screen, &help_screen, 0))
		return -1;
	struct help *help = screen->state;
	help->plain = plain;
	if (!name[0])
		add_all(help, place);
	else if (!add_one(help, name))
		screen_close(screen);
	return screen->state ? 0 : -1;
}

/* Where to draw.  Lines are counted from the very first one; those in [top, top + height)
 * are drawn, from the area's top on. */
struct pen {
	struct canvas *canvas;
	struct area area;
	size_t line, top;
};

static bool pen_y(const struct pen *pen, size_t line, unsigned *y)
{
	if (line < pen->top || line >= pen->top + pen->area.height)
		return false;
	*y = pen->area.y + (unsigned)(line - pen->top);
	return true;
}

/* Draws a sentence in lines of a limited width.  Returns how many. */
static size_t help_wrap(const struct pen *pen, const char *text, unsigned x,
			unsigned cells)
{
	size_t lines = 0;
	char part[256];
	unsigned y;
	while (*text && cells > 4) {
		size_t length = strlen(text);
		if (length > cells) {
			length = cells;
			while (length > cells / 2 && text[length] != ' ')
				length--;
		}
		snprintf(part, sizeof part, "%.*s", (int)length, text);
		if (pen_y(pen, pen->line + lines, &y))
			canvas_put(pen->canvas, x, y, cells, STYLE_TEXT, part);
		text += length;
		text += *text == ' ';
		lines++;
	}
	return lines ? lines : 1;
}

static void draw_entry(struct pen *pen, const struct entry *entry, unsigned keys,
		       unsigned command)
{
	struct area area = pen->area;
	unsigned y;
	bool seen = pen_y(pen, pen->line, &y);
	if (!entry->keys) {
		if (seen)
			canvas_put(pen->canvas, area.x, y, area.width, STYLE_LABEL, entry->text);
		pen->line++;
		return;
	}
	char said[64] = "";
	if (command && entry->command[0])
		snprintf(said, sizeof said, ":%s %s", entry->command, entry->arguments);
	/* A text that is wider than its column has a line to itself. */
	bool wide = canvas_width_of(entry->keys) > keys - 2 ||
		    canvas_width_of(said) > (command ? command - 1 : 0);
	if (seen) {
		unsigned x = 1 + canvas_put(pen->canvas, area.x + 1, y, area.width - 1, STYLE_KEY,
					    entry->keys);
		x = x + 1 > keys ? x + 1 : keys;
		if (x < area.width)
			canvas_put(pen->canvas, area.x + x, y, area.width - x, STYLE_PROMPT,
				   said);
	}
	pen->line += wide;
	pen->line += help_wrap(pen, entry->text, area.x + keys + command,
			       area.width - keys - command);
}

static void help_draw(struct screen *screen, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	struct help *help = screen->state;
	struct pen pen = {canvas, {area.x, area.y + 1, area.width, 0}, 0, 0};
	(void)context;
	unsigned keys = area.width >= 60 ? 16 : 9, command = area.width >= 60 ? 22 : 0;
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	canvas_printf(canvas, area.x, area.y, area.width, STYLE_COLUMN, "%-*s%-*s%s",
		      (int)keys, " keys", (int)command, command ? ":command" : "",
		      "does");
	/* First counts the lines without drawing them, so that the last page is full. */
	for (size_t i = 0; i < help->length; i++)
		draw_entry(&pen, &help->entries[i], keys, command);
	unsigned height = area.height > 1 ? area.height - 1 : 1;
	size_t tops = pen.line > height ? pen.line - height + 1 : 1;
	list_fit(&help->list, tops, height);
	pen = (struct pen){canvas, {area.x, area.y + 1, area.width, area.height - 1}, 0,
			   help->list.selected};
	for (size_t i = 0; i < help->length; i++)
		draw_entry(&pen, &help->entries[i], keys, command);
}

static unsigned help_act(struct screen *screen, struct context *context,
			 enum action action, const char *text)
{
	struct help *help = screen->state;
	(void)context;
	(void)text;
	/* The first line on the screen is the selection, so moving it scrolls. */
	return list_move(&help->list, action) ? REACT_HANDLED : REACT_IGNORED;
}

const struct screen_ops help_screen = {
	.title = "Help",
	.place = IN_HELP,
	.size = sizeof(struct help),
	.draw = help_draw,
	.act = help_act,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_ACTION_H
#define TUI_BASE_ACTION_H
/* What keys and commands mean: action.def is the one table of them. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a key has a meaning; each screen is one place. */
enum place {
	IN_TABLE = 1, IN_STACKS = 2, IN_STACK = 4, IN_SNAPSHOTS = 8, IN_OUTPUT = 16,
	IN_FILTERS = 32, IN_HELP = 64, IN_QUIT = 128, IN_TREE = 512,
	IN_PROCESSES = 1024, IN_HELD = 256, IN_ALL = 2047
};

enum action {
	ACTION_NONE,
#define X(name, keys, command, arguments, places, help) ACTION_##name,
#include "tui/base/action.def"
#undef X
	ACTIONS
};

struct action_info {
	const char *keys;               /* their names, separated by spaces */
	const char *command;            /* "" if it has none */
	const char *arguments;          /* of the command, as the help writes them */
	unsigned places;
	const char *help;
};

/* For ACTION_NONE, all members are empty. */
const struct action_info *action_info(enum action action);
/* What a key means in a place.  *argument (may be NULL) is set to which of the action's
 * keys it was, from 0. */
enum action action_of_key(uint32_t key, unsigned place, unsigned *argument);
/* Finds an action by its command word or an unambiguous beginning of one; *ambiguous
 * tells why there is none. */
enum action action_of_command(const char *word, size_t length, bool *ambiguous);
/* The same for a `:` line, with or without the colon; *start is set to where the
 * command's text begins. */
enum action action_of_line(const char *line, size_t *start, bool *ambiguous);
/* The name of an action's first key, "" if it has none. */
void action_key(enum action action, char name[16]);

/* What ACTION_SEARCH stands for while a text is typed or searched for. */
enum search_step {
	SEARCH_GIVEN,                   /* the text was entered: an action like any
					 * other */
	SEARCH_BEGINS,                  /* nothing has been typed yet: remember the
					 * selection */
	SEARCH_TYPED,                   /* the text is what has been typed so far */
	SEARCH_GOES_ON,                 /* between keys: the next rows are searched */
	SEARCH_GIVEN_UP                 /* cancelled: back to where it began */
};

struct search {
	char text[256];                 /* "": none */
	enum search_step step;
	size_t slice;                   /* rows that are searched at a time */
	bool goes_on;                   /* there are rows left, until a key gives it up */
	bool missed;                    /* no row has what was typed */
};

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_ACTION_H
#define TUI_BASE_ACTION_H
/* Keys and commands by their meaning: action.def is the one table. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a key means something: each screen is one place. */
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
	const char *keys;               /* names, with spaces between */
	const char *command;            /* "" if it has none */
	const char *arguments;          /* of the command, as the help writes them */
	unsigned places;
	const char *help;
};

/* Of ACTION_NONE all are empty. */
const struct action_info *action_info(enum action action);
/* What a key means in a place; *argument (may be NULL) gets which of the
 * action's keys it was, from 0. */
enum action action_of_key(uint32_t key, unsigned place, unsigned *argument);
/* By command word, or an unambiguous beginning of one; *ambiguous says why not. */
enum action action_of_command(const char *word, size_t length, bool *ambiguous);
/* The same for a `:` line, with or without the colon; the command's text begins at
 * *start. */
enum action action_of_line(const char *line, size_t *start, bool *ambiguous);
/* The first key's name of an action, "" if it has none. */
void action_key(enum action action, char name[16]);

/* What ACTION_SEARCH means while a text is typed. */
enum search_step {
	SEARCH_GIVEN,                   /* it was given: an action like any other */
	SEARCH_BEGINS,                  /* nothing is typed yet: remember the selection */
	SEARCH_TYPED,                   /* the text is what is typed so far */
	SEARCH_GIVEN_UP                 /* back to where it began */
};

struct search {
	char text[256];                 /* "": none */
	enum search_step step;
	bool missed;                    /* no row near by has what is typed */
};

#endif

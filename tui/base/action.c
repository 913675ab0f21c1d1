/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds actions by a key or by a `:` word. */
#include "tui/base/action.h"

#include <string.h>
#include "tui/base/key.h"

static const struct action_info infos[ACTIONS] = {
	[ACTION_NONE] = {"", "", "", 0, ""},
#define X(name, keys, command, arguments, places, help) \
	[ACTION_##name] = {keys, command, arguments, places, help},
#include "tui/base/action.def"
#undef X
};

const struct action_info *action_info(enum action action)
{
	return &infos[action < ACTIONS ? action : ACTION_NONE];
}

/* Copies the word at *text and moves past it; false at the end. */
static bool action_next_word(const char **text, char word[16])
{
	*text += strspn(*text, " ");
	size_t length = strcspn(*text, " ");
	if (!length || length > 15)
		return false;
	memcpy(word, *text, length);
	word[length] = 0;
	*text += length;
	return true;
}

static bool has_key(const struct action_info *info, uint32_t key, unsigned *argument)
{
	const char *text = info->keys;
	char word[16];
	for (unsigned i = 0; action_next_word(&text, word); i++)
		if (key_parse(word) == key) {
			if (argument)
				*argument = i;
			return true;
		}
	return false;
}

enum action action_of_key(uint32_t key, unsigned place, unsigned *argument)
{
	enum action found = ACTION_NONE;
	for (unsigned i = 1; i < ACTIONS; i++) {
		if (!(infos[i].places & place) || !has_key(&infos[i], key, NULL))
			continue;
		if (!found || infos[found].places == IN_ALL)
			found = (enum action)i;
	}
	if (found)
		has_key(&infos[found], key, argument);
	return found;
}

enum action action_of_command(const char *word, size_t length, bool *ambiguous)
{
	enum action found = ACTION_NONE;
	*ambiguous = false;
	for (unsigned i = 1; i < ACTIONS && length; i++) {
		if (strncmp(infos[i].command, word, length))
			continue;
		if (!infos[i].command[length]) {
			*ambiguous = false;
			return (enum action)i;
		}
		*ambiguous |= found != ACTION_NONE;
		found = (enum action)i;
	}
	return *ambiguous ? ACTION_NONE : found;
}

void action_key(enum action action, char name[16])
{
	const char *text = action_info(action)->keys;
	if (!action_next_word(&text, name))
		name[0] = 0;
}

enum action action_of_line(const char *line, size_t *start, bool *ambiguous)
{
	size_t word = strspn(line, " :"), length = strcspn(line + word, " ");
	*start = word + length + strspn(line + word + length, " ");
	return action_of_command(line + word, length, ambiguous);
}

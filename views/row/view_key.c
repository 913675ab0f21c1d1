/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the keys of keys.def by their words. */
#include <stdio.h>
#include <string.h>
#include "views/row/view_key.h"

static const struct view_key_info keys[VIEW_KEYS] = {
#define KEY(ID, word, heading, single, OF) \
	[BY_##ID] = {.name = word, .title = {heading, heading ", cumulative"}, .one = single, \
		     .of = OF_##OF},
#include "views/row/keys.def"
#undef KEY
};

const struct view_key_info *view_key_get(enum view_key by)
{
	return &keys[(unsigned)by < VIEW_KEYS ? by : BY_LINENO];
}

const char *view_key_name(enum view_key by)
{
	return (unsigned)by < VIEW_KEYS ? keys[by].name : "";
}

int view_key_parse(const char *word)
{
	for (int by = 0; by < VIEW_KEYS; by++) {
		if (!strcmp(word, keys[by].name))
			return by;
	}
	return -1;
}

void view_key_list(char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (int by = 0; by < VIEW_KEYS && n < size; by++)
		n += (size_t)snprintf(text + n, size - n, "%s%s",
				      by == 0 ? "" : by + 1 < VIEW_KEYS ? ", " : " or ",
				      keys[by].name);
}

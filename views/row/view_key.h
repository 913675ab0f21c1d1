/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_VIEW_KEY_H
#define VIEWS_ROW_VIEW_KEY_H
/* The keys that rows are grouped by (keys.def): their words, and what rows are made
 * of. */
#include "views/row/row.h"

/* An entry of keys.def. */
struct view_key_info {
	const char *name;
	const char *title[2];           /* for plain and for cumulative tables */
	const char *one;
	enum view_key_of of;
};
const struct view_key_info *view_key_get(enum view_key by);
/* The name of a key, "lineno" and so on, and the key of a name; -1: unknown. */
const char *view_key_name(enum view_key by);
int view_key_parse(const char *word);
/* Writes all of them, "lineno, ... or tree", cut at size - 1 bytes. */
void view_key_list(char *text, size_t size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * readline has a single history; the list in it is swapped here.  Files are private
 * (0600), and written at the end, only if something was typed.
 */
#include "tui/term/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <readline/history.h>
#include "tui/term/prompt.h"

#define KINDS 8u
#define HISTORY_LINES 500

struct kind {
	char name[32];
	HISTORY_STATE *state;
	bool changed;
};

static struct {
	struct kind kinds[KINDS];
	unsigned length;
	struct kind *now;
	char *folder;
} histories;

static bool history_path_of(const struct kind *kind, char *path, size_t size)
{
	if (!histories.folder)
		return false;
	return (size_t)snprintf(path, size, "%s/%s", histories.folder, kind->name) < size;
}

static struct kind *history_find(const char *name)
{
	for (unsigned i = 0; i < histories.length; i++)
		if (!strcmp(histories.kinds[i].name, name))
			return &histories.kinds[i];
	return NULL;
}

static void put_away(void)
{
	if (!histories.now)
		return;
	free(histories.now->state);
	histories.now->state = history_get_history_state();
}

void history_use(const char *name)
{
	static const HISTORY_STATE empty;
	char path[4096];
	struct kind *kind = history_find(name);
	put_away();
	if (!kind && histories.length == KINDS)
		return;
	if (kind) {
		history_set_history_state(kind->state);
	} else {
		HISTORY_STATE fresh = empty;
		kind = &histories.kinds[histories.length++];
		snprintf(kind->name, sizeof kind->name, "%s", name);
		history_set_history_state(&fresh);
		if (history_path_of(kind, path, sizeof path))
			read_history(path);
		stifle_history(HISTORY_LINES);
	}
	histories.now = kind;
	using_history();
}

void history_take(const char *line)
{
	HIST_ENTRY *last =
		history_length ? history_get(history_base + history_length - 1) : NULL;
	if (!line[0] || line[0] == ' ' || (last && !strcmp(last->line, line)))
		return;
	add_history(line);
	if (histories.now)
		histories.now->changed = true;
}

void prompt_history_folder(const char *folder)
{
	free(histories.folder);
	histories.folder = folder ? strdup(folder) : NULL;
}

void prompt_history_save(void)
{
	char path[4096];
	put_away();
	for (unsigned i = 0; i < histories.length; i++) {
		struct kind *kind = &histories.kinds[i];
		if (!kind->changed || !history_path_of(kind, path, sizeof path))
			continue;
		history_set_history_state(kind->state);
		mode_t mask = umask(077);
		write_history(path);
		umask(mask);
		kind->changed = false;
	}
	if (histories.now)
		history_set_history_state(histories.now->state);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtoprc (lines of `:` commands) and the XDG folders. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tui/desk_filter.h"

/* $VARIABLE if it is an absolute path, else $HOME/OTHER.  False: neither. */
static bool folder_of(const char *variable, const char *other, char path[4096])
{
	const char *set = getenv(variable), *home = getenv("HOME");
	int n = -1;
	if (set && set[0] == '/')
		n = snprintf(path, 4096, "%s", set);
	else if (home && home[0] == '/')
		n = snprintf(path, 4096, "%s/%s", home, other);
	return n >= 0 && n < 4000;
}

bool rc_config_folder(char path[4096])
{
	if (!folder_of("XDG_CONFIG_HOME", ".config", path))
		return false;
	strcat(path, "/memtop");
	return true;
}

static void run_line(struct desk *desk, const char *line, unsigned number)
{
	char wrong[sizeof desk->failure];
	line += strspn(line, " \t:");
	if (!line[0] || line[0] == '#')
		return;
	desk_command(desk, line);
	if (!desk->failure[0])
		return;
	snprintf(wrong, sizeof wrong, "%s", desk->failure);
	desk_fail(desk, "memtoprc, line %u: %.200s", number, wrong);
}

void rc_run(struct desk *desk)
{
	char path[4096], *line = NULL;
	size_t size = 0;
	desk_filters_load(desk, false);
	if (!rc_config_folder(path))
		return;
	strcat(path, "/memtoprc");
	FILE *file = fopen(path, "re");
	if (!file)
		return;
	for (unsigned number = 1; getline(&line, &size, file) >= 0; number++) {
		line[strcspn(line, "\r\n")] = 0;
		run_line(desk, line, number);
	}
	free(line);
	fclose(file);
}

const char *rc_state_folder(char path[4096])
{
	if (!folder_of("XDG_STATE_HOME", ".local/state", path))
		return NULL;
	strcat(path, "/memtop/");
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		int failed = mkdir(path, 0700) && errno != EEXIST;
		*slash = '/';
		if (failed)
			return NULL;
	}
	path[strlen(path) - 1] = 0;
	return path;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/desk/parts/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/folder.h"

/* $VARIABLE/memtop if that is an absolute path, else $HOME/OTHER/memtop.  False: neither. */
static bool settings_path(const char *variable, const char *other, char path[4096])
{
	const char *set = getenv(variable), *home = getenv("HOME");
	int n = -1;
	if (set && set[0] == '/')
		n = snprintf(path, 4096, "%s/memtop", set);
	else if (home && home[0] == '/')
		n = snprintf(path, 4096, "%s/%s/memtop", home, other);
	return n >= 0 && n < 4000;
}

bool settings_state_path(char path[4096])
{
	return settings_path("XDG_STATE_HOME", ".local/state", path);
}

bool settings_config_path(char path[4096])
{
	return settings_path("XDG_CONFIG_HOME", ".config", path);
}

const char *settings_state_folder(char path[4096])
{
	if (!settings_state_path(path))
		return NULL;
	size_t length = strlen(path);
	strcpy(path + length, "/");     /* folder_make makes what stands before the last / */
	if (!folder_make(path))
		return NULL;
	path[length] = 0;
	return path;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/desk/parts/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/ground/folder.h"

/* $VARIABLE/memtop if that is an absolute path, else $HOME/OTHER/memtop.  False:
 * neither. */
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

FILE *settings_open(const char *path, char problem[256])
{
	struct stat status;
	/* A pipe of somebody else must not make us wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	problem[0] = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &status))
		snprintf(problem, 256, "it is not read: %s", strerror(errno));
	else if (status.st_uid != geteuid() && status.st_uid != 0)
		snprintf(problem, 256, "it is not read, as it belongs to another user (uid %u)",
			 (unsigned)status.st_uid);
	else if (status.st_mode & S_IWOTH)
		snprintf(problem, 256, "it is not read, as everybody may write to it: chmod o-w");
	else if (!S_ISREG(status.st_mode))
		snprintf(problem, 256, "it is not read, as it is not a regular file");
	FILE *file = problem[0] ? NULL : fdopen(fd, "r");
	if (!file)
		close(fd);
	if (problem[0])
		errno = EPERM;
	return file;
}

const char *settings_state_folder(char path[4096])
{
	if (!settings_state_path(path))
		return NULL;
	size_t length = strlen(path);
	strcpy(path + length, "/");     /* folder_make makes what comes before the last
					 * / */
	if (!folder_make(path))
		return NULL;
	path[length] = 0;
	return path;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/folder.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool folder_make(char *path)
{
	for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
		*slash = 0;
		bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
		*slash = '/';
		if (!made)
			return false;
	}
	return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/folder.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool folder_make(char *path)
{
	/* With the user's own umask the folder might be made without rights for its
	 * owner, and it would stay like that. */
	mode_t mask = umask(077);
	bool made = true;

	for (char *slash = path; made && (slash = strchr(slash + 1, '/'));) {
		*slash = 0;
		made = mkdir(path, 0700) == 0 || errno == EEXIST;
		*slash = '/';
	}
	int number = errno;

	umask(mask);
	errno = number;
	return made;
}

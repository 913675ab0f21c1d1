/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/folder.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool folder_make(char *path)
{
	/* The shell's mask may take our own rights away, for good in a folder that
	 * stays. */
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

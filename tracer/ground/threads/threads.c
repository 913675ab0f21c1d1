/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/threads/threads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

DIR *threads_open(int32_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *threads = opendir(path);

	if (!threads && errno == ENOENT)
		errno = ESRCH;
	return threads;
}

int32_t threads_next(DIR *threads)
{
	const struct dirent *entry;
	int32_t tid = 0;

	/* "." and ".." are no numbers. */
	while (tid <= 0 && (entry = readdir(threads)))
		tid = (int32_t)atol(entry->d_name);
	return tid;
}

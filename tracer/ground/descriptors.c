/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/descriptors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

DIR *descriptors_open(int32_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	return opendir(path);
}

int descriptors_next(DIR *list)
{
	const struct dirent *entry;

	do
		entry = list ? readdir(list) : NULL;
	while (entry && entry->d_name[0] == '.');
	return entry ? atoi(entry->d_name) : -1;
}

bool descriptors_is(DIR *list, int fd, const char *kind)
{
	char name[16], target[64];

	snprintf(name, sizeof(name), "%d", fd);
	ssize_t length = readlinkat(dirfd(list), name, target, sizeof(target) - 1);

	target[length > 0 ? length : 0] = 0;
	return strcmp(target, kind) == 0;
}

void descriptors_close(bool (*drops)(const void *user, int fd), const void *user)
{
	DIR *list = descriptors_open(getpid());

	for (int fd; (fd = descriptors_next(list)) >= 0;)
		if (fd > 2 && fd != dirfd(list) && drops(user, fd))
			close(fd);
	if (list)
		closedir(list);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *	/proc/PID/fdinfo/5      tfd:  4 events:  19 data:  55d0c8a1f2a0  pos:0 ino:61 sdev:f
 *	/proc/PID/timers        ID: 0
 *	                        signal: 10/000055d0c8a1f2c0
 */
#include "tracer/collect/look/kernel/kernel.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/ground/array.h"
#include "tracer/ground/descriptors.h"

int kernel_find(struct kernel *kernel, int32_t pid)
{
	DIR *files = descriptors_open(pid);
	int error = 0;

	for (int fd; !error && (fd = descriptors_next(files)) >= 0;) {
		if (!descriptors_is(files, fd, "anon_inode:[eventpoll]"))
			continue;
		if (array_grow(&kernel->epolls, &kernel->epolls_room, kernel->epolls_length + 1,
			       sizeof(*kernel->epolls)))
			kernel->epolls[kernel->epolls_length++] = fd;
		else
			error = -ENOMEM;
	}
	if (files)
		closedir(files);
	return error;
}

static int kernel_add(struct kernel *kernel, enum kernel_who who, int32_t id,
		      const char *hex)
{
	if (!array_grow(&kernel->words, &kernel->room, kernel->length + 1,
			sizeof(*kernel->words)))
		return -ENOMEM;
	kernel->words[kernel->length++] =
		(struct kernel_word){ who, id, strtoull(hex, NULL, 16) };
	return 0;
}

/* Reads the hexadecimal values that follow `before`; a line "ID:" gives the timer that
 * the next values belong to. */
static int kernel_read_words(struct kernel *kernel, const char *path, enum kernel_who who,
			     int32_t id, const char *before)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int error = 0;

	while (file && !error && fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, before);

		if (at && who == KERNEL_TIMER)
			at = strchr(at, '/');
		if (strncmp(line, "ID:", 3) == 0)
			id = (int32_t)atol(line + 3);
		else if (at)
			error = kernel_add(kernel, who, id,
					   at + (who == KERNEL_TIMER ? 1 : strlen(before)));
	}
	if (file)
		fclose(file);
	return error;
}

int kernel_read(struct kernel *kernel, int32_t pid)
{
	char path[64];
	int error = 0;

	for (size_t i = 0; !error && i < kernel->epolls_length; i++) {
		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, (int)kernel->epolls[i]);
		error = kernel_read_words(kernel, path, KERNEL_EPOLL, kernel->epolls[i],
					  "data:");
	}
	snprintf(path, sizeof(path), "/proc/%d/timers", (int)pid);
	return error ? error : kernel_read_words(kernel, path, KERNEL_TIMER, 0, "signal:");
}

void kernel_free(struct kernel *kernel)
{
	free(kernel->epolls);
	free(kernel->words);
	*kernel = (struct kernel){ 0 };
}

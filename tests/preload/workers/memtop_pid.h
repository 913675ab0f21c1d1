/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_PRELOAD_WORKERS_MEMTOP_PID_H
#define TESTS_PRELOAD_WORKERS_MEMTOP_PID_H
/* For workers that stop memtop for a while. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* memtop proper, which is the other child of our parent; 0: it is not to be found. */
static inline pid_t memtop_pid(void)
{
	char path[64];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", getppid(), getppid());
	file = fopen(path, "r");
	if (!file)
		return 0;
	while (fscanf(file, "%d", &pid) == 1 && pid == getpid())
		pid = 0;
	fclose(file);
	return pid;
}

static inline bool memtop_thread_stands(int tasks, const char *thread)
{
	char text[512];

	snprintf(text, sizeof(text), "%s/stat", thread);
	int fd = openat(tasks, text, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	const char *state = strrchr(text, ')');

	return state && state[1] == ' ' && state[2] == 'T';
}

/* Stops memtop, and returns once each of its threads stands still: the signal alone may reach
 * them later.  False: it can't be. */
static inline bool memtop_stop(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *tasks = kill(pid, SIGSTOP) ? NULL : opendir(path);

	if (!tasks)
		return false;
	for (const struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks))
		while (entry->d_name[0] != '.' && !memtop_thread_stands(dirfd(tasks), entry->d_name))
			sched_yield();
	closedir(tasks);
	return true;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * pidfd_spawn: posix_spawn that gives a descriptor of the child in place of its pid.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/preload/exec/execenv.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/exec/roll.h"
#include "tracer/preload/base/sys.h"
#include "tracer/ground/shared/attributes.h"

/* glibc 2.39's; not in the headers of older ones. */
extern int pidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp);
extern int pidfd_spawnp(int *pidfd, const char *name, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const *argv,
			char *const *envp);

#define FDINFO "/proc/self/fdinfo/"
#define PID_LINE "\nPid:\t"

/* "/proc/self/fdinfo/7" */
static void write_fdinfo_path(char *path, int fd)
{
	unsigned divisor = 1;

	memcpy(path, FDINFO, sizeof(FDINFO));
	path += sizeof(FDINFO) - 1;
	while ((unsigned)fd / divisor >= 10)
		divisor *= 10;
	for (; divisor; divisor /= 10)
		*path++ = (char)('0' + (unsigned)fd / divisor % 10);
	*path = '\0';
}

/* The pid of the process behind a descriptor; -1: it can't be known. */
static int32_t pid_behind(int pidfd)
{
	char path[40], text[512];
	long fd, got;

	write_fdinfo_path(path, pidfd);
	fd = sys_open(path);
	if (sys_failed(fd))
		return -1;
	got = sys_call3(SYS_read, fd, (long)text, sizeof(text) - 1);
	sys_call3(SYS_close, fd, 0, 0);
	text[sys_failed(got) ? 0 : got] = '\0';
	int32_t pid = 0;
	size_t start = sizeof(PID_LINE) - 1;

	for (const char *line = text; (line = strchr(line, '\n')) && !pid; line++)
		if (strncmp(line, PID_LINE, start) == 0)
			for (const char *p = line + start; *p >= '0' && *p <= '9'; p++)
				pid = pid * 10 + (*p - '0');
	return pid ? pid : -1;
}

/* `next` is NULL with a glibc before 2.39: the program has only tried whether it is there. */
static int pidfd_start(__typeof__(pidfd_spawn) *next, int *pidfd, struct execenv_file *file,
		       const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	uint64_t since;
	int r;

	if (!next)
		return ENOSYS;
	since = roll_starting();
	r = next(pidfd, file->path, actions, attributes, argv, execenv_for(file, envp));
	roll_spawned(file, since, r == 0 ? pid_behind(*pidfd) : 0);
	return r;
}

EXPORT int pidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	struct execenv_file file = {.at = AT_FDCWD, .path = path};

	if (!real.next[REAL_pidfd_spawn])
		real_find();
	return pidfd_start(REAL(pidfd_spawn), pidfd, &file, actions, attributes, argv, envp);
}

EXPORT int pidfd_spawnp(int *pidfd, const char *name, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	struct execenv_file file = {.at = AT_FDCWD, .path = name, .search = 1};

	if (!real.next[REAL_pidfd_spawnp])
		real_find();
	return pidfd_start(REAL(pidfd_spawnp), pidfd, &file, actions, attributes, argv, envp);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a run's sockets live, and how `memtop ctl PID` finds them. */
#include "tracer/collect/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "memtop."

/* The folders that run folders may stand in, best first; NULL ends. */
static void bases(const char *list[3])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	size_t n = 0;
	/* XDG says: a relative path is to be ignored. */
	if (runtime && runtime[0] == '/' && strlen(runtime) + 32 < RUNDIR_MAX)
		list[n++] = runtime;
	list[n++] = "/tmp";
	list[n] = NULL;
}

/* A folder whose keeper is gone and whose socket nobody listens at: both
 * halves of that memtop were killed. */
static bool is_stale(const char *base, const char *name, char folder[RUNDIR_MAX])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;
	int pid;

	if (sscanf(name, PREFIX "%d.", &pid) != 1 || kill(pid, 0) == 0 || errno != ESRCH ||
	    snprintf(folder, RUNDIR_MAX, "%s/%s", base, name) >= RUNDIR_MAX ||
	    lstat(folder, &status) != 0 || !S_ISDIR(status.st_mode) ||
	    status.st_uid != geteuid())
		return false;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/ctl", folder);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool stale = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
		     errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return stale;
}

static void sweep(const char *base)
{
	char folder[RUNDIR_MAX];
	DIR *dir = opendir(base);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_stale(base, entry->d_name, folder))
			rundir_remove(folder);
	if (dir)
		closedir(dir);
}

int rundir_make(char folder[RUNDIR_MAX], struct error *error)
{
	const char *list[3];
	bases(list);
	for (size_t i = 0; list[i]; i++) {
		sweep(list[i]);
		snprintf(folder, RUNDIR_MAX, "%s/" PREFIX "%d.XXXXXX", list[i], (int)getpid());
		if (mkdtemp(folder))
			return 0;
	}
	error->status = 125;
	snprintf(error->text, sizeof(error->text),
		 "cannot make a folder for the run's sockets: %s; set XDG_RUNTIME_DIR",
		 strerror(errno));
	return -1;
}

int rundir_listen(const char *folder, const char *name, struct error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder, name);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, 128) == 0)
		return fd;
	error->status = 125;
	snprintf(error->text, sizeof(error->text), "cannot listen on %s: %s", address.sun_path,
		 strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static void inside(const char *folder, const char *name, char path[RUNDIR_MAX + 16])
{
	snprintf(path, RUNDIR_MAX + 16, "%s/%s", folder, name);
}

void rundir_set_target(const char *folder, int32_t pid)
{
	char path[RUNDIR_MAX + 16], text[16];
	inside(folder, "target", path);
	snprintf(text, sizeof(text), "%d", (int)pid);
	unlink(path);
	if (symlink(text, path) != 0)
		return;                 /* ctl finds this run by the keeper's pid then */
}

void rundir_remove(const char *folder)
{
	static const char *const names[] = { "meet", "ctl", "target" };
	char path[RUNDIR_MAX + 16];
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		inside(folder, names[i], path);
		unlink(path);
	}
	rmdir(folder);
}

/* Whether base/name is a run folder of ours whose keeper or target is pid. */
static bool is_run_of(const char *base, const char *name, int32_t pid, char folder[RUNDIR_MAX])
{
	char path[RUNDIR_MAX + 16], text[16];
	struct stat status;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	if (snprintf(folder, RUNDIR_MAX, "%s/%s", base, name) >= RUNDIR_MAX)
		return false;
	if (lstat(folder, &status) != 0 || !S_ISDIR(status.st_mode) ||
	    (status.st_uid != geteuid() && geteuid() != 0))
		return false;
	if (atoi(name + strlen(PREFIX)) == pid)
		return true;
	inside(folder, "target", path);
	ssize_t n = readlink(path, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = 0;
	return atoi(text) == pid;
}

bool rundir_find(int32_t pid, char folder[RUNDIR_MAX])
{
	const char *list[3];
	bool found = false;

	bases(list);
	for (size_t i = 0; list[i] && !found; i++) {
		DIR *dir = opendir(list[i]);
		struct dirent *entry;
		while (dir && !found && (entry = readdir(dir)))
			found = is_run_of(list[i], entry->d_name, pid, folder);
		if (dir)
			closedir(dir);
	}
	return found;
}

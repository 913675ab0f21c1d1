/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a run's sockets are, and how `memtop ctl PID` finds them.  Usually they are in
 * /tmp, where anybody may make folders of any name: each folder is judged by its owner
 * and mode, opened without following links, and cleared only if it is ours.
 */
#include "tracer/collect/target/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "memtop."
#define SETTLED 60                      /* seconds that a run needs at most to begin
					 * listening */

/* The folders in which run folders may be, best first; NULL ends the list. */
static void bases(const char *list[3])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	size_t n = 0;
	/* The XDG specification says to ignore a relative path. */
	if (runtime && runtime[0] == '/' && strlen(runtime) + 32 < RUNDIR_MAX)
		list[n++] = runtime;
	list[n++] = "/tmp";
	list[n] = NULL;
}

/* Whether nobody but us and root can replace our folder by another. */
static bool keeps_ours(const char *base)
{
	struct stat status;

	if (stat(base, &status) != 0 || (status.st_uid != geteuid() && status.st_uid != 0))
		return false;
	return (status.st_mode & S_ISVTX) || !(status.st_mode & (S_IWGRP | S_IWOTH));
}

/* Opens a folder by that name that only its owner can access, as rundir_make makes it;
 * never one that a symbolic link leads to.  A descriptor to look inside with, or -1. */
static int open_folder(const char *path, uid_t *owner)
{
	struct stat status;
	int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &status) == 0 && (status.st_mode & 0777) == 0700) {
		*owner = status.st_uid;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* --- what others left behind --- */

/* Whether the folder's memtop died before it listened, or while it removed its files.  A
 * younger folder may just be about to listen: its keeper can be in another pid
 * namespace. */
static bool never_listened(int folder)
{
	struct stat status;

	return fstatat(folder, "ctl", &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT &&
	       fstat(folder, &status) == 0 && status.st_mtime + SETTLED < time(NULL);
}

static bool nobody_listens(const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/ctl", folder);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool nobody = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
		      errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return nobody;
}

/* Whether this is a folder of ours whose keeper is gone and on whose socket nobody
 * listens, because both halves of that memtop were killed. */
static bool is_stale(const char *base, const char *name, char folder[RUNDIR_MAX])
{
	uid_t owner;
	int pid;

	if (sscanf(name, PREFIX "%d.", &pid) != 1 || kill(pid, 0) == 0 || errno != ESRCH ||
	    snprintf(folder, RUNDIR_MAX, "%s/%s", base, name) >= RUNDIR_MAX)
		return false;
	int fd = open_folder(folder, &owner);
	if (fd < 0)
		return false;
	bool stale = owner == geteuid() && (never_listened(fd) || nobody_listens(folder));
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

/* --- ours --- */

int rundir_make(char folder[RUNDIR_MAX], struct error *error)
{
	const char *list[3];
	int failed = EPERM;

	bases(list);
	for (size_t i = 0; list[i]; i++) {
		if (!keeps_ours(list[i]))
			continue;
		sweep(list[i]);
		snprintf(folder, RUNDIR_MAX, "%s/" PREFIX "%d.XXXXXX", list[i], (int)getpid());
		mode_t mask = umask(077);       /* the shell's umask could take away our
						 * own rights */
		char *made = mkdtemp(folder);
		failed = errno;
		umask(mask);
		if (made)
			return 0;
	}
	error->status = 125;
	snprintf(error->text, sizeof(error->text),
		 "cannot make a folder for the run's sockets: %s; set XDG_RUNTIME_DIR to a "
		 "folder of your own", strerror(failed));
	return -1;
}

int rundir_listen(const char *folder, const char *name, struct error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder, name);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The folder decides who may connect, not the shell's umask. */
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    chmod(address.sun_path, 0600) == 0 && listen(fd, 128) == 0)
		return fd;
	error->status = 125;
	snprintf(error->text, sizeof(error->text), "cannot listen on %s: %s", address.sun_path,
		 strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

void rundir_set_target(const char *folder, int32_t pid)
{
	char path[RUNDIR_MAX + 16], text[16];

	snprintf(path, sizeof(path), "%s/target", folder);
	snprintf(text, sizeof(text), "%d", (int)pid);
	unlink(path);
	if (symlink(text, path) != 0)
		return;                 /* then ctl can find this run only by the keeper's
					 * pid */
}

void rundir_remove(const char *folder)
{
	static const char *const names[] = { "meet", "ctl", "target" };
	uid_t owner;
	int fd = open_folder(folder, &owner);

	if (fd < 0)
		return;
	for (size_t i = 0; owner == geteuid() && i < sizeof(names) / sizeof(*names); i++)
		unlinkat(fd, names[i], 0);
	close(fd);
	rmdir(folder);
}

/* --- the run of a pid --- */

/* How far a folder that names a pid's run is trusted, least first. */
enum trust { NO_RUN, FOREIGN, TARGETS, OURS };

/* The user that a process acts as (effective); -1: not known, because it has ended. */
static uid_t user_of(int32_t pid)
{
	char path[32], line[256];
	unsigned user, real;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "Uid: %u %u", &real, &user) == 2;
	if (file)
		fclose(file);
	return found ? (uid_t)user : (uid_t)-1;
}

/* Whether the folder says that its keeper or target is pid. */
static bool names_pid(int folder, const char *name, int32_t pid)
{
	char text[16];

	if (atoi(name + strlen(PREFIX)) == pid)
		return true;
	ssize_t n = readlinkat(folder, "target", text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = 0;
	return atoi(text) == pid;
}

/*
 * How far one folder is trusted.  Anybody may make a folder in /tmp and name any pid in
 * it, so it is trusted if its owner is us; root also trusts the user of the process, who
 * controls it anyway.
 */
static enum trust rundir_look_at(const char *path, const char *name, int32_t pid,
				 uid_t *owner)
{
	int fd = open_folder(path, owner);
	bool named = fd >= 0 && names_pid(fd, name, pid);

	if (fd >= 0)
		close(fd);
	if (!named)
		return NO_RUN;
	if (*owner == geteuid())
		return OURS;
	return geteuid() == 0 && *owner == user_of(pid) ? TARGETS : FOREIGN;
}

/* Looks in one base for a folder that is trusted more than the best one so far. */
static void rundir_find_in(const char *base, int32_t pid, enum trust *best,
			   char folder[RUNDIR_MAX], uid_t *owner)
{
	char path[RUNDIR_MAX];
	DIR *dir = opendir(base);
	uid_t user;

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0 ||
		    snprintf(path, sizeof(path), "%s/%s", base, entry->d_name) >= RUNDIR_MAX)
			continue;
		enum trust trust = rundir_look_at(path, entry->d_name, pid, &user);
		if (trust <= *best)
			continue;
		*best = trust;
		*owner = user;
		memcpy(folder, path, sizeof(path));
	}
	if (dir)
		closedir(dir);
}

int rundir_find(int32_t pid, char folder[RUNDIR_MAX], uid_t *owner, struct error *error)
{
	const char *list[3];
	enum trust best = NO_RUN;

	bases(list);
	for (size_t i = 0; list[i]; i++)
		rundir_find_in(list[i], pid, &best, folder, owner);
	if (best > FOREIGN)
		return 0;
	error->status = 125;
	if (best == FOREIGN)
		snprintf(error->text, sizeof(error->text), "%s names %d, but belongs to user %u, "
			 "who is neither you nor the user of that process: it was not asked",
			 folder, pid, (unsigned)*owner);
	else
		snprintf(error->text, sizeof(error->text),
			 "process %d belongs to no running memtop", pid);
	return -1;
}

/* --- all of them --- */

static void each_in(const char *base, void (*each)(void *user, const char *folder),
		    void *user)
{
	char path[RUNDIR_MAX];
	DIR *dir = opendir(base);

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		uid_t owner;
		int pid;

		if (sscanf(entry->d_name, PREFIX "%d.", &pid) != 1 ||
		    snprintf(path, sizeof(path), "%s/%s", base, entry->d_name) >= RUNDIR_MAX)
			continue;
		int fd = open_folder(path, &owner);
		if (fd >= 0)
			close(fd);
		if (fd >= 0 && owner == geteuid())
			each(user, path);
	}
	if (dir)
		closedir(dir);
}

void rundir_each(void (*each)(void *user, const char *folder), void *user)
{
	const char *list[3];

	bases(list);
	for (size_t i = 0; list[i]; i++)
		if (i == 0 || strcmp(list[i], list[0]) != 0)
			each_in(list[i], each, user);
}

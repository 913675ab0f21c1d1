/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/attach/refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "tracer/collect/attach/cause.h"
#include "tracer/collect/target/elfcheck.h"
#include "tracer/collect/target/launch.h"
#include "tracer/ground/shared/rights.h"
#include "tracer/wire/standby.h"

#define REFUSED 126
#define STANDBY "start the program with memtop standby"

int deny(struct error *error, int32_t pid, const char *format, ...)
{
	va_list list;
	int n;

	error->status = REFUSED;
	n = snprintf(error->text, sizeof(error->text), "can't attach to %d: ", (int)pid);
	va_start(list, format);
	vsnprintf(error->text + n, sizeof(error->text) - (size_t)n, format, list);
	va_end(list);
	return -1;
}

/* ---- /proc/PID/status -------------------------------------------------- */

static void status_line(const char *line, struct refuse_status *status)
{
	const char *last = strrchr(line, '\t');

	sscanf(line, "State: %c", &status->state);
	sscanf(line, "TracerPid: %d", &status->tracer);
	sscanf(line, "Gid: %u %u", &status->real_group, &status->group);
	sscanf(line, "Seccomp: %u", &status->seccomp);
	sscanf(line, "CapPrm: %" SCNx64, &status->permitted);
	sscanf(line, "Tgid: %d", &status->whole);
	sscanf(line, "Threads: %u", &status->threads);
	if (strncmp(line, "VmSize:", 7) == 0)
		status->kernel = false;
	if (strncmp(line, "NSpid:", 6) == 0 && last)
		status->inside = atoi(last + 1);
	if (strncmp(line, "x86_Thread_features:", 20) == 0)
		status->shadow = strstr(line, "shstk") != NULL;
}

bool refuse_read(int32_t pid, struct refuse_status *status)
{
	char path[32], line[512];
	bool found = false;

	*status = (struct refuse_status){ .inside = pid, .whole = pid, .kernel = true };
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Uid: %u %u", &status->real_user, &status->user) == 2)
			found = true;
		status_line(line, status);
	}
	if (file)
		fclose(file);
	return found;
}

/* ---- the kernel's word ------------------------------------------------- */

const char *refuse_yama(int scope)
{
	switch (scope) {
	case 1:
		return "only a parent process may trace a program here "
		       "(kernel.yama.ptrace_scope = 1); attach as root, or " STANDBY;
	case 2:
		return "only root may trace programs here (kernel.yama.ptrace_scope = 2); "
		       "attach as root, or " STANDBY;
	case 3:
		return "nobody may trace programs here until the next boot "
		       "(kernel.yama.ptrace_scope = 3); " STANDBY;
	default:
		return NULL;
	}
}

int refuse_trace(struct error *error, int32_t pid, int number)
{
	const char *yama = refuse_yama(cause_yama());
	char cause[256];

	if (number == ENOENT || number == ESRCH)
		return deny(error, pid, "there is no such process");
	if (number != EPERM && number != EACCES)
		return deny(error, pid, "it can't be traced: %s", strerror(number));
	if (cause_find(pid, cause, sizeof(cause)))
		return deny(error, pid, "the kernel does not let memtop trace it: %s; " STANDBY,
			    cause);
	if (yama)
		return deny(error, pid, "%s", yama);
	cause_any(pid, cause, sizeof(cause));
	return deny(error, pid, "the kernel does not let memtop trace it: %s; " STANDBY, cause);
}

/* ---- its cgroup -------------------------------------------------------- */

/* Whether a file of a cgroup has this line. */
static bool cgroup_says(const char *folder, const char *group, const char *name,
			const char *said)
{
	char path[PATH_MAX], line[64];
	bool says = false;

	if (snprintf(path, sizeof(path), "%s%s/%s", folder, group, name) >= (int)sizeof(path))
		return false;
	FILE *file = fopen(path, "re");
	while (file && !says && fgets(line, sizeof(line), file))
		says = strncmp(line, said, strlen(said)) == 0;
	if (file)
		fclose(file);
	return says;
}

/* A frozen program could be stopped, but not made to do anything. */
static bool is_frozen(int32_t pid)
{
	char path[32], line[PATH_MAX];
	bool frozen = false;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && !frozen && fgets(line, sizeof(line), file)) {
		char *group = strchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		if (!group)
			continue;
		if (strncmp(line, "0::", 3) == 0)
			frozen = cgroup_says("/sys/fs/cgroup", group, "cgroup.events", "frozen 1") ||
				 cgroup_says("/sys/fs/cgroup/unified", group, "cgroup.events", "frozen 1");
		else if (strstr(line, ":freezer:"))
			frozen = cgroup_says("/sys/fs/cgroup/freezer", group, "freezer.state", "FR");
	}
	if (file)
		fclose(file);
	return frozen;
}

/* ---- the program ------------------------------------------------------- */

void refuse_tracer(const struct refuse_status *status, char *text, size_t size)
{
	char path[32], name[64] = "?";

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)status->tracer);
	FILE *file = fopen(path, "re");

	if (file && fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
	snprintf(text, size, "another program traces it already: %s (%d)", name,
		 (int)status->tracer);
}

int refuse_unfound(const struct refuse_status *status, int32_t pid, struct error *error)
{
	bool dead = status->state == 'Z' || status->state == 'X';

	if (status->whole != pid)
		return deny(error, pid, "it is a thread of process %d: give that number",
			    (int)status->whole);
	/* The kernel then says nothing of the memory that the other threads share. */
	if (dead && status->threads > 1)
		return deny(error, pid, "its first thread has ended, by which alone it could be "
			    "inspected");
	if (dead)
		return deny(error, pid, "it has ended");
	if (status->kernel)
		return deny(error, pid, "it is a thread of the kernel, not a program");
	return 0;
}

static int refuse_state(const struct refuse_status *status, int32_t pid,
			struct error *error)
{
	char tracer[128];

	if (status->tracer) {
		refuse_tracer(status, tracer, sizeof(tracer));
		return deny(error, pid, "%s", tracer);
	}
	if (status->state == 'T' || status->state == 't')
		return deny(error, pid, "it is stopped; continue it (kill -CONT %d)", (int)pid);
	if (is_frozen(pid))
		return deny(error, pid, "it is frozen with its cgroup; thaw that first");
	if (status->seccomp == 1)
		return deny(error, pid, "it runs in seccomp's strict mode, in which it may only "
			    "read and write");
	if (status->shadow)
		return deny(error, pid, "its return addresses are protected by shadow "
			      "stacks, so that no call can be inserted; " STANDBY);
	return 0;
}

/* Whether it may not make files as large as the page of a tracer. */
static bool refuse_small(int32_t pid)
{
	char path[32], line[128];
	unsigned long bytes;
	bool small = false;

	snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Max file size %lu", &bytes) == 1)
			small = bytes < STANDBY_BYTES;
	if (file)
		fclose(file);
	return small;
}

/* The rights that its file gives to who started it, and whether it lets itself be traced. */
static int refuse_rights(int fd, const struct refuse_status *status, int32_t pid,
			 struct error *error)
{
	const struct rights starter = { status->real_user, status->real_user,
					status->real_group, status->real_group };
	char path[32];
	struct stat file, maps;

	if (fstat(fd, &file) == 0 && rights_differ(&file, &starter))
		return deny(error, pid, "its program is set-user-ID or set-group-ID");
	if (rights_gained_by_capabilities(&starter) &&
	    fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return deny(error, pid, "its program has file capabilities");
	/* The kernel gives root the files of a process that can't be dumped. */
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	if (stat(path, &maps) == 0 && maps.st_uid != status->user)
		return deny(error, pid, "it has forbidden tracing (prctl PR_SET_DUMPABLE), "
			      "or changed its user");
	return 0;
}

static int refuse_file(const struct refuse_status *status, int32_t pid,
		       struct error *error)
{
	char path[32], loader[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return deny(error, pid, "its program can't be read: %s", strerror(errno));
	const char *why = launch_why(elfcheck(fd, loader));

	r = why ? deny(error, pid, "it %s", why) : refuse_rights(fd, status, pid, error);
	close(fd);
	return r;
}

int refuse_program(const struct afar *afar, struct error *error)
{
	struct refuse_status status;
	int32_t pid = afar->pid;

	if (!refuse_read(pid, &status))
		return deny(error, pid, "there is no such process");
	if (refuse_unfound(&status, pid, error) != 0 ||
	    refuse_state(&status, pid, error) != 0 ||
	    refuse_file(&status, pid, error) != 0)
		return -1;
	if (refuse_small(pid))
		return deny(error, pid, "it may not make a file of %u bytes, which the tracer needs "
			    "(ulimit -f)", (unsigned)STANDBY_BYTES);
	if (afar->musl)
		return deny(error, pid, "its C library is musl, into which no glibc library "
			    "can be loaded");
	if (afar->sanitizer)
		return deny(error, pid, "a sanitizer handles its malloc calls");
	if (afar->tracer)
		return deny(error, pid, "it already has a memtop tracer that is not asleep: "
			      "it was started under memtop");
	if (!afar->libc.start || !afar->loader.start)
		return deny(error, pid, "it has not loaded glibc, or not yet");
	return 0;
}

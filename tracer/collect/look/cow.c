/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The clone shares the process's table of open files, so that no file, pipe or lock stays
 * open longer because of it; the first thing it does is to leave that table for an empty
 * one.
 */
#include "tracer/collect/look/cow.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "tracer/machine/process.h"
#include "tracer/collect/look/inject.h"
#include "tracer/ground/descriptors.h"
#include "tracer/ground/shared/older.h"

#define REAP_PATIENCE 20000000u         /* ns for one thread to stop */
#define REAP_NAP 100000L                /* ns between two looks at threads that still
					 * run */
#define REAP_UNTIL UINT64_C(30000000000)        /* ns for any thread to stop: the machine
						 * may be busy */
#define EXEC_UNTIL UINT64_C(1000000000) /* ns for a new program to tell where its code
					 * is */
#define EXEC_NAP 2000000L               /* ns between two questions for that address */
#define SPARE_PROCESSES 64u             /* how many processes must be left below a
					 * limit */
#define CANDIDATES 16u                  /* how many threads are tried */

static bool has_userfaultfd(int32_t pid)
{
	DIR *files = descriptors_open(pid);
	bool found = false;

	for (int fd; !found && (fd = descriptors_next(files)) >= 0;)
		found = descriptors_is(files, fd, "anon_inode:[userfaultfd]");
	if (files)
		closedir(files);
	return found;
}

/* The number after `name` in a text file; UINT64_MAX: none, or unlimited. */
static uint64_t number_in(const char *path, const char *name)
{
	char line[512];
	uint64_t number = UINT64_MAX;
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, name);

		if (at && (at += strlen(name)) && at[strspn(at, " \t")] <= '9')
			number = strtoull(at, NULL, 10);
	}
	if (file)
		fclose(file);
	return number;
}

/* RLIMIT_NPROC counts all processes of the user, who can't have more than the machine
 * has. */
static bool has_room_for_process(int32_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
	uint64_t most = number_in(path, "Max processes"), all = number_in("/proc/loadavg", "/");

	return most == UINT64_MAX || (all != UINT64_MAX && all + SPARE_PROCESSES < most);
}

bool cow_allowed(int32_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	return number_in(path, "Seccomp:") == 0 && !has_userfaultfd(pid) &&
	       has_room_for_process(pid);
}

/* Chooses a thread.  Those that wait in a system call come first, because they lose no
 * time. */
static struct stop_thread *choose(struct stop *stop, int32_t pid, bool waiting)
{
	unsigned asked = 0;

	for (size_t i = 0; i < stop->length && asked < CANDIDATES; i++) {
		struct stop_thread *thread = &stop->threads[i];
		const struct user_regs_struct *registers = (const void *)thread->registers;

		if ((machine_registers_call(registers) >= 0) != waiting)
			continue;
		asked++;
		if (inject_can(thread, pid))
			return thread;
	}
	return NULL;
}

/* Waits for the clone, which is stopped before its first instruction. */
static int hold_clone(struct cow *cow)
{
	struct inject_call leave = {
		.number = SYS_close_range, .second = ~0u, .third = CLOSE_RANGE_UNSHARE,
	};
	int status;

	if (waitpid(cow->pid, &status, __WALL) != cow->pid || !WIFSTOPPED(status))
		return -ESRCH;
	if (ptrace(PTRACE_SETOPTIONS, cow->pid, NULL,
		   (void *)(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD)) == -1)
		return -errno;
	int error = inject_last(cow->pid, cow->call, &leave);

	return error ? error : leave.result < 0 ? -EOPNOTSUPP : 0;
}

/* Makes the clone by some thread.  A signal may come to the thread that was chosen; then
 * another is chosen, because that one has to handle its signal. */
static int clone_by_some(struct stop *stop, int32_t pid, uint64_t call,
			 struct inject_call *clone)
{
	int error = -EAGAIN;

	for (unsigned i = 0; i < CANDIDATES && error == -EAGAIN; i++) {
		struct stop_thread *thread = choose(stop, pid, true);

		thread = thread ? thread : choose(stop, pid, false);
		if (!thread)
			return -EAGAIN;
		if (!inject_knows(thread->tid, call))
			return -EOPNOTSUPP;
		error = inject_make(thread, call, clone);
		if (!error && clone->interrupted)
			error = -EAGAIN;
	}
	return error;
}

int cow_make(struct cow *cow, struct stop *stop, int32_t pid, uint64_t call)
{
	struct inject_call clone = { .number = SYS_clone, .first = CLONE_FILES };
	int error = clone_by_some(stop, pid, call, &clone);

	if (!error && clone.result < 0)
		error = -EOPNOTSUPP;    /* mostly because of a limit */
	if (!clone.born)
		return error ? error : -EIO;
	*cow = (struct cow){ clone.born, error ? 0 : (int32_t)clone.result, call };
	return error ? error : hold_clone(cow);
}

/* A stopped thread of the process waits for (wait4) the clone. */
static int reap_clone(const struct cow *cow, struct stop_thread *thread, int32_t pid)
{
	struct inject_call wait = {
		.number = SYS_wait4, .first = (uint64_t)cow->theirs, .third = __WALL,
	};

	if (!inject_can(thread, pid))
		return -EAGAIN;
	if (!inject_knows(thread->tid, cow->call))
		return -EOPNOTSUPP;     /* after an exec another program has taken its
					 * place */
	int error = inject_make(thread, cow->call, &wait);

	return error || wait.result == cow->theirs || wait.result == -ECHILD ? error : -EAGAIN;
}

/* How a clone is reaped: by which process, and by what code. */
struct reaping {
	struct cow *cow;
	int32_t pid;
	uint64_t (*call_now)(void *user);
	void *user;
	uint64_t until;                 /* until when a new program may tell where its
					 * code is; 0: the process still runs the same
					 * program */
};

/* Another program has taken the process's place, and is the clone's parent all the same:
 * the next try may use the code in that program. */
static int after_exec(struct reaping *reaping)
{
	const struct timespec nap = { 0, EXEC_NAP };
	uint64_t call = reaping->call_now ? reaping->call_now(reaping->user) : 0;

	if (!reaping->call_now || (reaping->until && stop_clock() > reaping->until))
		return -EOPNOTSUPP;
	if (!reaping->until || (call && call != reaping->cow->call))
		reaping->until = stop_clock() + EXEC_UNTIL;
	if (call)
		reaping->cow->call = call;
	nanosleep(&nap, NULL);
	return -EAGAIN;
}

static void have_it_reaped(struct reaping *reaping)
{
	const struct timespec nap = { 0, REAP_NAP };
	uint64_t until = stop_clock() + REAP_UNTIL;
	struct stop stop = { 0 };
	int error;

	do {
		struct stop_thread *thread;

		error = stop_one(&stop, reaping->pid, REAP_PATIENCE, &thread);
		if (!error)
			error = reap_clone(reaping->cow, thread, reaping->pid);
		if (error != -ETIMEDOUT)
			stop_release(&stop);
		if (error == -EOPNOTSUPP)
			error = after_exec(reaping);
		/* The chosen thread may have ended: then there are others. */
	} while (error && error != -EOPNOTSUPP && kill(reaping->pid, 0) == 0 &&
		 stop_clock() < until);
	while (stop_release(&stop) && stop_clock() < until)
		nanosleep(&nap, NULL);
	stop_free(&stop);
}

void cow_end(struct cow *cow, int32_t pid, uint64_t (*call_now)(void *user), void *user)
{
	int status;

	if (!cow->pid)
		return;
	kill(cow->pid, SIGKILL);
	while (waitpid(cow->pid, &status, __WALL) == cow->pid && !WIFEXITED(status) &&
	       !WIFSIGNALED(status))
		;
	if (cow->theirs > 0)
		have_it_reaped(&(struct reaping){ cow, pid, call_now, user, 0 });
	*cow = (struct cow){ 0 };
}

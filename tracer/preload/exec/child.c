/* SPDX-License-Identifier: MIT */
/*
 * Other ways to have a child, and its end.  Nothing about them is changed: what is
 * started is written on the roll (roll.h), and a child that is waited for but not on the
 * roll was started without libc.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tracer/preload/behind/real.h"
#include "tracer/machine/machine.h"
#include "tracer/preload/exec/roll.h"

#define EXPORT __attribute__((visibility("default")))

static inline void child_require(enum real_name name)
{
	if (!real.next[name])
		real_find();
}

/* ---- starting ---------------------------------------------------------- */

__attribute__((used)) void *child_vfork(void);
void *child_vfork(void)
{
	int saved = errno;

	child_require(REAL_vfork);
	roll_starting();
	errno = saved;
	return real.next[REAL_vfork];
}

/* The child of vfork returns into the caller's frame and goes on to use the stack while
 * its parent sleeps, so no frame of ours may lie there.  That is why this hook jumps to
 * the real vfork instead of calling it. */
MACHINE_ASK_AND_JUMP(vfork, child_vfork);

EXPORT int system(const char *command)
{
	struct roll_place place = roll_shell(environ);
	int saved = errno, r;

	child_require(REAL_system);
	errno = saved;
	r = REAL(system)(command);
	if (r == -1 || !command)        /* no shell was started */
		roll_withdraw(place);
	roll_started(0);                /* and its parent waited for it there */
	return r;
}

/* popen does not report the pid of its child.  pclose waits for that child, or the
 * program does when it waits for any child. */
EXPORT FILE *popen(const char *command, const char *mode)
{
	struct roll_place place = roll_shell(environ);
	FILE *stream;

	child_require(REAL_popen);
	stream = REAL(popen)(command, mode);
	if (!stream) {
		roll_withdraw(place);
		roll_started(0);
	}
	return stream;
}

/* ---- reaping ----------------------------------------------------------- */

/* With these options debuggers wait for threads too, and for processes that are not their
 * children; these must not be taken for unknown children. */
#define TRACING (__WALL | __WCLONE)

/* The program's `status` is read only if the kernel has written it. */
static pid_t reaped(pid_t pid, const int *status, int options)
{
	if (pid > 0 && (WIFEXITED(*status) || WIFSIGNALED(*status)) && !(options & TRACING))
		roll_reaped(pid);
	return pid;
}

EXPORT pid_t wait(int *status)
{
	int own = 0;

	child_require(REAL_wait);
	status = status ? status : &own;
	pid_t pid = REAL(wait)(status);

	return reaped(pid, status, 0);
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options)
{
	int own = 0;

	child_require(REAL_waitpid);
	status = status ? status : &own;
	pid = REAL(waitpid)(pid, status, options);
	return reaped(pid, status, options);
}

EXPORT pid_t wait3(int *status, int options, struct rusage *usage)
{
	int own = 0;

	child_require(REAL_wait3);
	status = status ? status : &own;
	pid_t pid = REAL(wait3)(status, options, usage);

	return reaped(pid, status, options);
}

EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	int own = 0;

	child_require(REAL_wait4);
	status = status ? status : &own;
	pid = REAL(wait4)(pid, status, options, usage);
	return reaped(pid, status, options);
}

EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	int r;

	child_require(REAL_waitid);
	r = REAL(waitid)(type, id, info, options);
	if (r == 0 && info && info->si_pid > 0 && !(options & TRACING) &&
	    (info->si_code == CLD_EXITED || info->si_code == CLD_KILLED ||
	     info->si_code == CLD_DUMPED))
		roll_reaped(info->si_pid);
	return r;
}

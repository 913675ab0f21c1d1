/* SPDX-License-Identifier: MIT */
/*
 * exec and posix_spawn: the next program must be led to memtop too, even if it is given
 * an environment of its own.  Each hook calls the next definition with another
 * environment; the l and v forms call the nearest form that takes one.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <unistd.h>
#include "tracer/preload/exec/execenv.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/exec/roll.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/ground/shared/attributes.h"

static inline void exec_require(enum real_name name)
{
	if (!real.next[name])
		real_find();
}

/*
 * This image may end here, and nobody would report it if the next one can't say hello.
 * So memtop is told before, and told again if the exec failed.  A vfork child writes its
 * own pid, which means nothing to memtop, or its parent's if it may not ask for its own:
 * then it too counts as a program that memtop can't follow.
 */
static void leaving(bool now)
{
	if (tracer_life() != TRACER_ON)
		return;
	atomic_store(&tracer.control->leaving, !now         ? 0 :
					       sys_closed() ? (uint32_t)tracer.pid :
							      (uint32_t)sys_call3(SYS_getpid, 0, 0, 0));
}

/* Prepares the exec: tells memtop, looks at the program and writes it on the roll.
 * Returns the environment to start it with; `file` gets what was found out. */
static char *const *go(struct execenv_file *file, char *const *envp, struct roll_place *place)
{
	leaving(true);
	envp = execenv_for(file, envp);
	*place = roll_exec(file);
	return envp;
}

static int stayed(int result, struct roll_place place)
{
	roll_withdraw(place);
	leaving(false);
	return result;
}

static int exec_path(const char *path, char *const *argv, char *const *envp)
{
	struct execenv_file file = {.at = AT_FDCWD, .path = path};
	struct roll_place place;

	exec_require(REAL_execve);
	envp = go(&file, envp, &place);
	return stayed(REAL(execve)(path, argv, envp), place);
}

static int exec_name(const char *name, char *const *argv, char *const *envp)
{
	struct execenv_file file = {.at = AT_FDCWD, .path = name, .search = 1};
	struct roll_place place;

	exec_require(REAL_execvpe);
	envp = go(&file, envp, &place);
	return stayed(REAL(execvpe)(name, argv, envp), place);
}

EXPORT int execve(const char *path, char *const *argv, char *const *envp)
{
	return exec_path(path, argv, envp);
}

EXPORT int execv(const char *path, char *const *argv) { return exec_path(path, argv, environ); }

EXPORT int execvp(const char *name, char *const *argv) { return exec_name(name, argv, environ); }

EXPORT int execvpe(const char *name, char *const *argv, char *const *envp)
{
	return exec_name(name, argv, envp);
}

EXPORT int fexecve(int fd, char *const *argv, char *const *envp)
{
	struct execenv_file file = {.at = fd, .path = ""};
	struct roll_place place;

	exec_require(REAL_fexecve);
	envp = go(&file, envp, &place);
	return stayed(REAL(fexecve)(fd, argv, envp), place);
}

EXPORT int execveat(int at, const char *path, char *const *argv, char *const *envp, int flags)
{
	struct execenv_file file = {.at = at, .path = path};
	struct roll_place place;

	exec_require(REAL_execveat);
	envp = go(&file, envp, &place);
	return stayed(REAL(execveat)(at, path, argv, envp, flags), place);
}

/* ---- the l forms: their arguments, the final NULL included, as an array ---- */

/* NULL with errno E2BIG if there is no memory for it.  *envp, if wanted, is set to the
 * argument after the NULL. */
static __attribute__((noinline)) char **collect(const char *first, va_list *from,
						char *const **envp)
{
	unsigned long count = 1;
	char **arguments;
	va_list counting;

	va_copy(counting, *from);
	if (first)
		for (count = 2; va_arg(counting, char *); count++)
			;
	va_end(counting);
	arguments = execenv_arguments(count);
	if (!arguments) {
		errno = E2BIG;
		return NULL;
	}
	arguments[0] = (char *)(uintptr_t)first;
	for (unsigned long i = 1; i < count; i++)
		arguments[i] = va_arg(*from, char *);
	if (envp)
		*envp = va_arg(*from, char *const *);
	return arguments;
}

EXPORT int execl(const char *path, const char *first, ...)
{
	char **arguments;
	va_list from;

	va_start(from, first);
	arguments = collect(first, &from, NULL);
	va_end(from);
	return arguments ? exec_path(path, arguments, environ) : -1;
}

EXPORT int execlp(const char *name, const char *first, ...)
{
	char **arguments;
	va_list from;

	va_start(from, first);
	arguments = collect(first, &from, NULL);
	va_end(from);
	return arguments ? exec_name(name, arguments, environ) : -1;
}

EXPORT int execle(const char *path, const char *first, ...)
{
	char *const *envp = NULL;
	char **arguments;
	va_list from;

	va_start(from, first);
	arguments = collect(first, &from, &envp);
	va_end(from);
	return arguments ? exec_path(path, arguments, envp) : -1;
}

/* ---- posix_spawn: it knows its child's pid, if its caller does not ask for it ---- */

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	struct execenv_file file = {.at = AT_FDCWD, .path = path};
	uint64_t since = roll_starting();
	pid_t own;
	int r;

	exec_require(REAL_posix_spawn);
	pid = pid ? pid : &own;
	r = REAL(posix_spawn)(pid, path, actions, attributes, argv, execenv_for(&file, envp));
	roll_spawned(&file, since, r == 0 ? *pid : 0);
	return r;
}

EXPORT int posix_spawnp(pid_t *pid, const char *name, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const *argv,
			char *const *envp)
{
	struct execenv_file file = {.at = AT_FDCWD, .path = name, .search = 1};
	uint64_t since = roll_starting();
	pid_t own;
	int r;

	exec_require(REAL_posix_spawnp);
	pid = pid ? pid : &own;
	r = REAL(posix_spawnp)(pid, name, actions, attributes, argv, execenv_for(&file, envp));
	roll_spawned(&file, since, r == 0 ? *pid : 0);
	return r;
}

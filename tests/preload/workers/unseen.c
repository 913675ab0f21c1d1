/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Children that memtop may not be able to follow: unseen HOW [PROGRAM or FOLDER].
 * What allocates holds 30 MiB, so that a limit of 10 MiB which is kept says that
 * nobody saw it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/preload/workers/memtop_pid.h"

#define BYTES (30u << 20)

extern char **environ;
static char *program;
static char stack[64 << 10];

static void allocate(void)
{
	char *p = malloc(BYTES);

	if (!p)
		_exit(1);
	memset(p, 1, BYTES);
}

static int reap(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return 8;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 7;
}

/* A child that allocates and says nothing else. */
static int child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		allocate();
		_exit(0);
	}
	return reap(pid);
}

static int none(void) { return child(); }

static int uid(void)
{
	return setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534) ? 9 : child();
}

static int nofile(void)
{
	struct rlimit few = {3, 3};

	return setrlimit(RLIMIT_NOFILE, &few) ? 9 : child();
}

static int root(void) { return chroot(program) || chdir("/") ? 9 : child(); }

/* It lives until who started memtop closes the pipe that it has as standard input. */
static int outlives(void)
{
	char byte;

	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			if (read(STDIN_FILENO, &byte, 1) == 0)
				allocate();
			_exit(0);
		}
		_exit(0);
	}
	wait(NULL);
	return 0;
}

/* The same without an event of the child's own before. */
static int silent(void)
{
	char byte;

	if (fork() == 0) {
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
		_exit(0);
	}
	return 0;
}

/* A helper that notices that the first process has ended, and ends. */
static int helper(void)
{
	int ends[2];
	char byte;

	if (pipe(ends))
		return 9;
	if (fork() == 0) {
		close(ends[1]);
		free(malloc(2000));
		_exit(read(ends[0], &byte, 1) != 0);
	}
	return 0;
}

static int spawned(void)
{
	char *words[] = {program, NULL};
	pid_t pid;

	/* Nobody has to ask for the pid. */
	if (posix_spawn(NULL, program, NULL, NULL, words, environ))
		return 9;
	if (wait(NULL) < 0 || posix_spawnp(&pid, program, NULL, NULL, words, environ))
		return 9;
	return reap(pid);
}

static int vforked(void)
{
	char *words[] = {program, NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		execv(program, words);
		_exit(9);
	}
	return reap(pid);
}

static int become(void *unused)
{
	char *words[] = {program, NULL};

	(void)unused;
	execv(program, words);
	_exit(9);
}

static int cloned(void)
{
	return reap(clone(become, stack + sizeof(stack), SIGCHLD, NULL));
}

static int cloned_sharing(void)
{
	return reap(clone(become, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

static int by_system(void)
{
	int status = system(program);

	return WIFEXITED(status) ? WEXITSTATUS(status) : 7;
}

static int by_popen(void)
{
	FILE *stream = popen(program, "r");
	int status;

	if (!stream)
		return 9;
	while (fgetc(stream) != EOF)
		;
	status = pclose(stream);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 7;
}

/* The shell gets an environment that leads nowhere. */
static int cleared(void)
{
	clearenv();
	return by_system();
}

static int behind(void)
{
	char *words[] = {program, NULL};
	/* fork's own number, which younger machines do not have, is this call. */
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0) {
		syscall(SYS_execve, program, words, environ);
		_exit(9);
	}
	return reap(pid);
}

/* ---- all that is no reason for doubt ---- */

/* A child that can't become anything. */
static __attribute__((noinline)) void vfork_and(char **words)
{
	if (vfork() == 0) {
		if (words)
			execv(words[0], words);
		if (words)
			execvp(words[0], words);
		_exit(0);
	}
}

/* Children that do nothing, fail to exec, or exec what can be traced, in every way;
 * each is reaped in another one. */
static int fine(void)
{
	char *missing[] = {(char *)"/nonexistent", NULL}, *true_words[] = {(char *)"true", NULL};
	siginfo_t info;
	int status;
	pid_t pid;

	for (int i = 0; i < 40; i++) {
		if (fork() == 0)
			_exit(0);
		if (wait(&status) < 0 || status)
			return 2;
		vfork_and(NULL);
		if (wait3(&status, 0, NULL) < 0 || status)
			return 3;
		vfork_and(missing);
		if (wait4(-1, NULL, 0, NULL) < 0)
			return 4;
		if (fork() == 0) {
			execvp("true", true_words);
			_exit(1);
		}
		if (waitid(P_ALL, 0, &info, WEXITED) || info.si_status)
			return 5;
		if (posix_spawn(&pid, missing[0], NULL, NULL, missing, environ) != ENOENT)
			return 6;
		if (posix_spawnp(&pid, "true", NULL, NULL, true_words, environ) || reap(pid))
			return 7;
	}
	if (system("true") || system(NULL) != 1 || system("exit 3") != 3 << 8)
		return 8;
	program = (char *)"true";
	if (cloned_sharing() != 9)      /* execv looks in no PATH */
		return 10;
	return by_popen() + (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD ? 11 : 0);
}

/* Whether a child waits for a message, as it does once it has said hello.  Nothing is
 * allocated, since nobody empties our ring. */
static bool waits(pid_t child)
{
	char text[64];
	int fd;

	snprintf(text, sizeof(text), "/proc/%d/syscall", child);
	fd = open(text, O_RDONLY);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = 0;
	return atoi(text) == SYS_recvmsg;
}

static pid_t child_that_waits(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		allocate();
		_exit(1);
	}
	while (pid > 0 && !waits(pid))
		sched_yield();
	return pid;
}

static pid_t stopped;

static void give_up(int number)
{
	kill(stopped, SIGCONT);
	_exit(number);
}

/* Children that are killed after they said hello and before memtop answers: one that is a
 * zombie by then, and one that is no more. */
static int unanswered(void)
{
	pid_t zombie, gone;
	siginfo_t info;

	stopped = memtop_pid();
	signal(SIGALRM, give_up);
	alarm(60);
	if (!stopped || !memtop_stop(stopped))
		return 9;
	zombie = child_that_waits();
	gone = child_that_waits();
	if (zombie < 0 || gone < 0 || kill(zombie, SIGKILL) || kill(gone, SIGKILL))
		return 10;
	if (waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT) || waitpid(gone, NULL, 0) != gone)
		return 11;
	return kill(stopped, SIGCONT) ? 12 : 0;
}

static const struct {
	const char *how;
	int (*run)(void);
} ways[] = {
	{"none", none}, {"uid", uid}, {"nofile", nofile}, {"chroot", root},
	{"outlives", outlives}, {"silent", silent}, {"helper", helper}, {"spawn", spawned},
	{"vfork", vforked}, {"clone", cloned}, {"clone-vm", cloned_sharing},
	{"system", by_system}, {"popen", by_popen}, {"cleared", cleared}, {"behind", behind},
	{"fine", fine}, {"unanswered", unanswered},
};

int main(int argc, char **argv)
{
	program = argc > 2 ? argv[2] : NULL;
	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(argv[1], ways[i].how))
			return ways[i].run();
	return 2;
}

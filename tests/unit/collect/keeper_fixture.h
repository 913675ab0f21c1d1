/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_COLLECT_KEEPER_FIXTURE_H
#define TESTS_UNIT_COLLECT_KEEPER_FIXTURE_H
/*
 * The keeper between real processes.  Each test forks a "job", which splits
 * into keeper and memtop proper, as memtop would under a shell; a function of
 * the test plays memtop proper, and /bin/sh scripts play targets.  This program
 * is their subreaper: a test ends when every process that it began has ended.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tracer/collect/target/keeper.h"

/* What memtop proper saw; shared by all processes of a test. */
struct shared {
	volatile int news[16], values[16];
	volatile unsigned count;
	volatile pid_t proper;
	char output[262144];            /* of the pty */
	volatile size_t length;
};

struct job {
	struct keeper_options options;
	void (*proper)(struct keeper *);        /* returns: exit status 0 */
	int fds[3];                     /* the job's 0, 1, 2; -1: inherited */
	int terminal;                   /* its controlling terminal; -1: none */
	pid_t pid;                      /* the keeper */
};

static struct shared *shared;
static pid_t target;            /* as it told itself; 0: not yet */
static int go[2], done[2];      /* test -> target or proper; target or proper -> test */

/* ---- pieces of memtop proper ---- */

/* Waits for the next message; reads the pty meanwhile.  The news. */
static inline int next(struct keeper *keeper)
{
	struct keeper_message message;
	bool pty = keeper->pty >= 0;

	for (;;) {
		struct pollfd fds[] = { { .fd = keeper->socket, .events = POLLIN },
					{ .fd = pty ? keeper->pty : -1, .events = POLLIN } };
		poll(fds, 2, -1);
		if (fds[1].revents) {
			size_t room = sizeof(shared->output) - 1 - shared->length;
			ssize_t n =
				read(keeper->pty, shared->output + shared->length, room);
			pty = n > 0 || errno == EAGAIN;
			shared->length += n > 0 ? (size_t)n : 0;
			continue;       /* what was printed before the end comes first */
		}
		if (keeper_receive(keeper, &message))
			break;
	}
	shared->news[shared->count] = (int)message.news;
	shared->values[shared->count++] = message.value;
	return (int)message.news;
}

static inline void until(struct keeper *keeper, int news)
{
	while (next(keeper) != news)
		;
}

/* Reads the pty to its end: nobody has it open any more. */
static inline void drain(struct keeper *keeper)
{
	for (;;) {
		struct pollfd fd = { .fd = keeper->pty, .events = POLLIN };
		size_t room = sizeof(shared->output) - 1 - shared->length;
		poll(&fd, 1, -1);
		ssize_t n = read(keeper->pty, shared->output + shared->length, room);
		if (n <= 0 && errno != EAGAIN)
			return;
		shared->length += n > 0 ? (size_t)n : 0;
	}
}

/* What a script says with its pid: await() returns. */
static inline void tell_test(void)
{
	assert_int_equal(write(done[1], "0       ", 8), 8);
}

static inline void hang(void)
{
	for (;;)
		pause();
}

/* Starts the target and waits for its end. */
static inline void plain(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_ENDED);
	if (keeper->pty >= 0)
		drain(keeper);
}

/* ---- pieces of the test ---- */

static inline void begin(struct job *job)
{
	struct keeper keeper;
	struct error error;

	job->pid = fork();
	assert_true(job->pid >= 0);
	if (job->pid)
		return;
	if (job->terminal >= 0) {
		setsid();
		ioctl(job->terminal, TIOCSCTTY, 0);
	} else {
		setpgid(0, 0);
	}
	for (int fd = 0; fd < 3; fd++)
		if (job->fds[fd] >= 0)
			dup2(job->fds[fd], fd);
	for (int fd = 0; fd < 3; fd++)
		if (job->fds[fd] > 2)
			close(job->fds[fd]);
	if (!job->options.environment)
		job->options.environment = environ;
	if (keeper_split(&keeper, &job->options, &error) != 0)
		_exit(120);
	shared->proper = getpid();
	job->proper(&keeper);
	_exit(0);
}

static inline struct job new_job(char *const *argv, void (*proper)(struct keeper *))
{
	return (struct job){ .options = { .path = "/bin/sh", .argv = argv }, .proper = proper,
			     .fds = { -1, -1, -1 }, .terminal = -1 };
}

/* The keeper's exit status as a shell has it; -1: a signal ended it. */
static inline int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline int run_script(const char *script, void (*proper)(struct keeper *))
{
	char *const argv[] = { "sh", "-c", (char *)script, NULL };
	struct job job = new_job(argv, proper);

	begin(&job);
	return status_of(job.pid);
}

static inline void await(void)
{
	char text[9] = "";

	assert_int_equal(read(done[0], text, 8), 8);
	if (atoi(text) > 0)
		target = atoi(text);
}

static inline void release(void)
{
	assert_int_equal(write(go[1], "go\n", 3), 3);
}

/* A script that tells the test, waits for it, and goes on. */
static inline char *waiting(const char *before, const char *after)
{
	static char script[1024];

	snprintf(script, sizeof(script), "%s printf %%-8d $$ >&%d; read line <&%d; %s", before,
		 done[1], go[0], after);
	return script;
}

static inline int setup(void **state)
{
	(void)state;
	alarm(120);             /* nothing here takes a second, unless it hangs */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	memset(shared, 0, sizeof(*shared));
	target = 0;
	return pipe(go) || pipe(done) ? -1 : 0;
}

static inline int teardown(void **state)
{
	(void)state;
	while (waitpid(-1, NULL, 0) > 0)
		;
	close(go[0]), close(go[1]), close(done[0]), close(done[1]);
	return 0;
}

/* A pipe's text so far, once its writers are gone. */
static inline const char *read_all(int fd)
{
	static char text[8192];
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	return text;
}

static inline void until_gone(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_GONE);
	if (keeper->pty >= 0)
		drain(keeper);
}

/* A test between setup and teardown; what the processes share must be there before the first. */
#define KEEPER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static inline bool share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared != MAP_FAILED;
}

#endif

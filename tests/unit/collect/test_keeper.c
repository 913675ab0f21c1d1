/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The keeper between real processes.  Each test forks a "job", which splits
 * into keeper and memtop proper, as memtop would under a shell; a function of
 * the test plays memtop proper, and /bin/sh scripts play targets.  This program
 * is their subreaper: a test ends when every process that it began has ended.
 */
#include <stdarg.h>
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
static int next(struct keeper *keeper)
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

static void until(struct keeper *keeper, int news)
{
	while (next(keeper) != news)
		;
}

/* Reads the pty to its end: nobody has it open any more. */
static void drain(struct keeper *keeper)
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
static void tell_test(void)
{
	assert_int_equal(write(done[1], "0       ", 8), 8);
}

static void hang(void)
{
	for (;;)
		pause();
}

/* Starts the target and waits for its end. */
static void plain(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_ENDED);
	if (keeper->pty >= 0)
		drain(keeper);
}

/* ---- pieces of the test ---- */

static void begin(struct job *job)
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

static struct job new_job(char *const *argv, void (*proper)(struct keeper *))
{
	return (struct job){ .options = { .path = "/bin/sh", .argv = argv }, .proper = proper,
			     .fds = { -1, -1, -1 }, .terminal = -1 };
}

/* The keeper's exit status as a shell has it; -1: a signal ended it. */
static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_script(const char *script, void (*proper)(struct keeper *))
{
	char *const argv[] = { "sh", "-c", (char *)script, NULL };
	struct job job = new_job(argv, proper);

	begin(&job);
	return status_of(job.pid);
}

static void await(void)
{
	char text[9] = "";

	assert_int_equal(read(done[0], text, 8), 8);
	if (atoi(text) > 0)
		target = atoi(text);
}

static void release(void)
{
	assert_int_equal(write(go[1], "go\n", 3), 3);
}

/* A script that tells the test, waits for it, and goes on. */
static char *waiting(const char *before, const char *after)
{
	static char script[1024];

	snprintf(script, sizeof(script), "%s printf %%-8d $$ >&%d; read line <&%d; %s", before,
		 done[1], go[0], after);
	return script;
}

static int setup(void **state)
{
	(void)state;
	alarm(120);             /* nothing here takes a second, unless it hangs */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	memset(shared, 0, sizeof(*shared));
	target = 0;
	return pipe(go) || pipe(done) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	while (waitpid(-1, NULL, 0) > 0)
		;
	close(go[0]), close(go[1]), close(done[0]), close(done[1]);
	return 0;
}

/* ---- without a terminal ---- */

static void test_statuses(void **state)
{
	(void)state;
	assert_int_equal(run_script("exit 0", plain), 0);
	assert_int_equal(run_script("exit 3", plain), 3);
	assert_int_equal(run_script("kill -KILL $$", plain), 137);
	assert_int_equal(run_script("ulimit -c 0; kill -SEGV $$", plain), 139);
	shared->count = 0;
	run_script("exit 5", plain);
	assert_int_equal(shared->count, 2);
	assert_int_equal(shared->news[0], KEEPER_STARTED);
	assert_int_equal(shared->news[1], KEEPER_ENDED);
	assert_int_equal(WEXITSTATUS(shared->values[1]), 5);
}

static void until_failed(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_FAILED);
}

static void test_exec_fails(void **state)
{
	char *const argv[] = { "x", NULL };
	struct job job = new_job(argv, until_failed);
	(void)state;

	job.options.path = "/nowhere/x";
	begin(&job);
	assert_int_equal(status_of(job.pid), 127);
	assert_int_equal(shared->values[shared->count - 1], ENOENT);
	job.options.path = "/etc/passwd";
	begin(&job);
	assert_int_equal(status_of(job.pid), 126);
	assert_int_equal(shared->values[shared->count - 1], EACCES);
}

static void judge(struct keeper *keeper)
{
	plain(keeper);
	keeper_exit_status(keeper, 99);
}

static void refuse_to_begin(struct keeper *keeper)
{
	(void)keeper;
	_exit(125);
}

static void die_at_once(struct keeper *keeper)
{
	(void)keeper;
	raise(SIGKILL);
}

static void test_other_statuses(void **state)
{
	(void)state;
	assert_int_equal(run_script("exit 0", judge), 99);
	shared->count = 0;
	assert_int_equal(run_script("exit 0", refuse_to_begin), 125);
	assert_int_equal(run_script("exit 0", die_at_once), 125);
	assert_int_equal(shared->count, 0);
}

static void leave(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_STARTED);
	keeper_leave(keeper, 0);
	until(keeper, KEEPER_GONE);
	tell_test();
}

/* A pipe's text so far, once its writers are gone. */
static const char *read_all(int fd)
{
	static char text[8192];
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	return text;
}

static void test_leave(void **state)
{
	char *const argv[] = { "sh", "-c", waiting("", "exit 9"), NULL };
	struct job job = new_job(argv, leave);
	(void)state;

	begin(&job);
	assert_int_equal(status_of(job.pid), 0);
	await(), await();
	release();
	assert_int_equal(status_of(target), 9);
}

static void test_proper_dies(void **state)
{
	char *const argv[] = { "sh", "-c", waiting("", "echo result; exit 7"), NULL };
	struct job job = new_job(argv, plain);
	char folder[] = "/tmp/memtop-keeper-XXXXXX";
	int out[2], err[2];
	(void)state;

	assert_non_null(mkdtemp(folder));       /* its sockets must not stay */
	job.options.folder = folder;
	char scratch[] = "/tmp/memtop-keeper-XXXXXX", log[64];
	close(mkstemp(scratch));
	snprintf(log, sizeof(log), "%s-wal", scratch);
	close(open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	job.options.scratch = scratch;
	assert_int_equal(pipe2(out, O_CLOEXEC) | pipe2(err, O_CLOEXEC), 0);
	job.fds[1] = out[1], job.fds[2] = err[1];
	begin(&job);
	close(out[1]), close(err[1]);
	await();
	kill(shared->proper, SIGKILL);
	release();
	assert_string_equal(read_all(out[0]), "result\n");
	const char *said = read_all(err[0]);
	assert_ptr_equal(strstr(said, "memtop: "), said);
	assert_non_null(strstr(said, "signal 9"));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	assert_int_equal(status_of(job.pid), 7);
	assert_int_equal(access(folder, F_OK), -1);
	assert_int_equal(access(scratch, F_OK), -1);
	assert_int_equal(access(log, F_OK), -1);
	close(out[0]), close(err[0]);
}

/* A recording that ends in the middle, limits that nobody judged: no success. */
static void test_proper_dies_unseen(void **state)
{
	char *const argv[] = { "sh", "-c", waiting("", "exit 0"), NULL };
	struct job job = new_job(argv, plain);
	(void)state;

	begin(&job);
	await();
	kill(shared->proper, SIGKILL);
	release();
	assert_int_equal(status_of(job.pid), 125);
}

static void until_gone(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_GONE);
	if (keeper->pty >= 0)
		drain(keeper);
}

static void test_keeper_dies(void **state)
{
	char *const argv[] = { "sh", "-c", waiting("", "exit 8"), NULL };
	struct job job = new_job(argv, until_gone);
	(void)state;

	begin(&job);
	await();
	kill(job.pid, SIGKILL);
	assert_int_equal(status_of(job.pid), -1);
	release();
	assert_int_equal(status_of(target), 8);
	assert_int_equal(status_of(shared->proper), 0);
	assert_int_equal(shared->news[1], KEEPER_GONE);
}

static void test_signals(void **state)
{
	char *const argv[] = { "sh", "-c", waiting("", "exit 6"), NULL };
	struct job job = new_job(argv, plain);
	(void)state;

	begin(&job);
	await();
	kill(job.pid, SIGINT);
	kill(job.pid, SIGTERM);
	assert_int_equal(status_of(job.pid), 128 + SIGTERM);
	/* memtop proper is told of both; INT is for the foreground to have. */
	assert_int_equal(shared->news[1], KEEPER_SIGNAL);
	assert_int_equal(shared->values[1] + shared->values[2], SIGINT + SIGTERM);
}

static void test_stopped_target(void **state)
{
	char *const argv[] = { "sh", "-c", waiting("", "exit 2"), NULL };
	struct job job = new_job(argv, plain);
	int status;
	(void)state;

	begin(&job);
	await();
	/* C-z in record mode: the whole group. */
	kill(-job.pid, SIGTSTP);
	assert_int_equal(waitpid(job.pid, &status, WUNTRACED), job.pid);
	assert_true(WIFSTOPPED(status));
	kill(-job.pid, SIGCONT);
	kill(target, SIGSTOP);
	kill(target, SIGCONT);
	release();
	assert_int_equal(status_of(job.pid), 2);
}

/* What the job's program prints with and without a memtop. */
static const char *output_of(struct job *job, bool traced)
{
	int out[2];

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	job->fds[1] = out[1];
	if (traced) {
		begin(job);
	} else if ((job->pid = fork()) == 0) {
		dup2(out[1], 1);
		execve(job->options.path, job->options.argv, environ);
		_exit(127);
	}
	close(out[1]);
	const char *text = read_all(out[0]);
	close(out[0]);
	assert_int_equal(status_of(job->pid), 0);
	return text;
}

/* A signal mask of this process, by its name in /proc/self/status. */
static unsigned long long own_mask(const char *name)
{
	char line[128];
	unsigned long long mask = 0;
	FILE *file = fopen("/proc/self/status", "re");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			mask = strtoull(line + strlen(name) + 1, NULL, 16);
	fclose(file);
	return mask;
}

/* The target's signals and descriptors are what the shell gave. */
static void test_inheritance(void **state)
{
	char script[256], wanted[64];
	char *const argv[] = { "sh", "-c", script, NULL };
	struct job job = new_job(argv, plain);
	int out[2], secret = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)state;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	snprintf(script, sizeof(script),
		 "exec grep -E '^Sig(Blk|Ign)' /proc/self/status");
	job.fds[1] = out[1];
	signal(SIGHUP, SIG_IGN);        /* nohup */
	begin(&job);
	signal(SIGHUP, SIG_DFL);
	close(out[1]);
	/* What this test itself was started with, and SIGHUP. */
	snprintf(wanted, sizeof(wanted), "SigBlk:\t%016llx\nSigIgn:\t%016llx\n",
		 own_mask("SigBlk"), own_mask("SigIgn") | 1);
	assert_string_equal(read_all(out[0]), wanted);
	assert_int_equal(status_of(job.pid), 0);
	close(out[0]);

	snprintf(script, sizeof(script),
		 "for fd in /proc/$$/fd/*; do echo ${fd##*/}; done");
	char bare[1024];
	snprintf(bare, sizeof(bare), "%s", output_of(&job, false));
	assert_string_equal(output_of(&job, true), bare);
	close(secret);
}

/* A target that closes its pipes ends them, whatever memtop still does. */
static void test_pipes_end(void **state)
{
	char *const argv[] = { "sh", "-c", waiting("exec <&- >&-;", "exit 0"), NULL };
	struct job job = new_job(argv, plain);
	int in[2], out[2];
	(void)state;

	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	job.fds[0] = in[0], job.fds[1] = out[1];
	job.options.pty = true;
	begin(&job);
	close(in[0]), close(out[1]);
	await();
	assert_string_equal(read_all(out[0]), "");
	signal(SIGPIPE, SIG_IGN);
	/* The keeper gives its copy up after exec: wait for the error. */
	struct pollfd fd = { .fd = in[1], .events = 0 };
	assert_int_equal(poll(&fd, 1, -1), 1);
	assert_true(fd.revents & POLLERR);
	assert_int_equal(write(in[1], "x", 1), -1);
	signal(SIGPIPE, SIG_DFL);
	release();
	assert_int_equal(status_of(job.pid), 0);
	close(in[1]), close(out[0]);
}

/* ---- with a terminal ---- */

struct user {
	int master, slave;
	struct termios first;
	char shown[262144];             /* all that the terminal was sent */
	size_t length;
};

static struct user new_user(void)
{
	struct user user = { .master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };
	struct winsize size = { .ws_row = 33, .ws_col = 99 };

	assert_int_equal(grantpt(user.master) | unlockpt(user.master), 0);
	user.slave = open(ptsname(user.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(user.slave >= 0);
	ioctl(user.slave, TIOCSWINSZ, &size);
	tcgetattr(user.slave, &user.first);
	return user;
}

static struct job screen_job(const struct user *user, char *const *argv,
			     void (*proper)(struct keeper *))
{
	struct job job = new_job(argv, proper);

	job.options.pty = true;
	job.terminal = job.fds[0] = job.fds[1] = job.fds[2] = user->slave;
	return job;
}

static void end_user(struct user *user)
{
	close(user->slave), close(user->master);
}

/* Reads the user's terminal until it shows `text`. */
static void await_text(struct user *user, const char *text)
{
	while (!strstr(user->shown, text)) {
		ssize_t n = read(user->master, user->shown + user->length,
				 sizeof(user->shown) - 1 - user->length);
		assert_true(n > 0);
		user->length += (size_t)n;
	}
}

static void test_pty(void **state)
{
	struct user user = new_user();
	char *const argv[] = {
		"sh", "-c",
		"stty size; tty; tty </dev/tty; test -t 1 && ps -o tpgid= -o pgid= -o "
		"sess= -p $$; echo error >&2; exit 3", NULL
	};
	struct job job = screen_job(&user, argv, plain);
	char expected[64];
	int err[2];
	(void)state;

	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	job.fds[2] = err[1];    /* redirected: passed on untouched */
	begin(&job);
	close(err[1]);
	assert_int_equal(status_of(job.pid), 3);
	assert_string_equal(read_all(err[0]), "error\n");
	assert_non_null(strstr(shared->output, "33 99\r\n"));
	assert_non_null(strstr(shared->output, "/dev/pts/"));
	assert_non_null(strstr(shared->output, "/dev/tty\r\n"));
	assert_null(strstr(shared->output, ptsname(user.master)));
	snprintf(expected, sizeof(expected), "%d", shared->values[0]);
	assert_non_null(strstr(shared->output, expected));
	close(err[0]);
	end_user(&user);
}

static void resize(struct keeper *keeper)
{
	keeper_resize(keeper, 40, 10);
	plain(keeper);
}

static void test_play(void **state)
{
	char *const argv[] = { "sh", "-c",
			       "stty size <&1; test -t 0 || echo no stdin; echo 2 >&2", NULL };
	struct job job = new_job(argv, plain);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	(void)state;

	job.options.pty = job.options.play = true;
	job.fds[0] = job.fds[1] = job.fds[2] = null;
	begin(&job);
	assert_int_equal(status_of(job.pid), 0);
	assert_string_equal(shared->output, "24 80\r\nno stdin\r\n2\r\n");
	memset(shared, 0, sizeof(*shared));
	job.options.script_on_stdin = true;
	job.proper = resize;
	begin(&job);
	assert_int_equal(status_of(job.pid), 0);
	assert_string_equal(shared->output, "10 40\r\n2\r\n");
	close(null);
}

/* Puts the terminal into a state that must not last, then dies. */
static void draw_and_hang(struct keeper *keeper)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	struct termios raw;

	tcgetattr(tty, &raw);
	cfmakeraw(&raw);
	tcsetattr(tty, TCSANOW, &raw);
	keeper_start(keeper);
	until(keeper, KEEPER_STARTED);
	hang();
}

static void test_proper_dies_with_screen(void **state)
{
	struct user user = new_user();
	char *const argv[] = { "sh", "-c", waiting("", "echo still here; exit 11"), NULL };
	struct job job = screen_job(&user, argv, draw_and_hang);
	struct termios last;
	(void)state;

	begin(&job);
	await();
	kill(shared->proper, SIGKILL);
	await_text(&user, "\033[?1049l");
	await_text(&user, "untraced");
	release();
	await_text(&user, "still here");
	assert_int_equal(status_of(job.pid), 11);
	tcgetattr(user.slave, &last);
	assert_int_equal(last.c_lflag, user.first.c_lflag);
	assert_int_equal(last.c_oflag, user.first.c_oflag);
	end_user(&user);
}

static void test_much_output_after_death(void **state)
{
	struct user user = new_user();
	char *const argv[] = { "sh", "-c", waiting("", "seq 20000; printf 'the end'"),
			       NULL };
	struct job job = screen_job(&user, argv, draw_and_hang);
	(void)state;

	begin(&job);
	await();
	kill(shared->proper, SIGKILL);
	release();
	await_text(&user, "\n20000\r\nthe end");
	assert_int_equal(status_of(job.pid), 0);
	end_user(&user);
}

static void test_keeper_dies_with_screen(void **state)
{
	struct user user = new_user();
	char *const argv[] = { "sh", "-c", waiting("", "seq 20000; exit 12"), NULL };
	struct job job = screen_job(&user, argv, until_gone);
	(void)state;

	/* A keeper that is a session's leader would take the terminal along:
	 * between them stands a shell. */
	pid_t shell = fork();
	if (shell == 0) {
		setsid();
		ioctl(user.slave, TIOCSCTTY, 0);
		job.terminal = -1;
		begin(&job);
		int status;
		waitpid(job.pid, &status, 0);
		_exit(WIFSIGNALED(status) ? WTERMSIG(status) : 1);
	}
	await();
	pid_t keeper = 0;
	char path[64], text[256];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)target);
	FILE *stat = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), stat));
	fclose(stat);
	assert_int_equal(sscanf(strrchr(text, ')'), ") %*c %d", &keeper), 1);
	kill(keeper, SIGKILL);
	assert_int_equal(status_of(shell), SIGKILL);
	release();
	assert_int_equal(status_of(target), 12);
	end_user(&user);
}

static void leave_on_signal(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_SIGNAL);
	keeper_leave(keeper, 128 + shared->values[shared->count - 1]);
	until(keeper, KEEPER_GONE);
	drain(keeper);
}

static void test_screen_signals(void **state)
{
	struct user user = new_user();
	char *const argv[] = { "sh", "-c", waiting("trap '' HUP;", "exit 13"), NULL };
	struct job job = screen_job(&user, argv, leave_on_signal);
	(void)state;

	begin(&job);
	await();
	kill(job.pid, SIGHUP);
	assert_int_equal(status_of(job.pid), 129);
	release();
	assert_int_equal(status_of(target), 13);
	end_user(&user);
}

/* A script without a terminal ends at C-c as well. */
static void test_play_interrupted(void **state)
{
	char *const argv[] = { "sh", "-c", waiting("trap '' HUP;", "exit 13"), NULL };
	struct job job = new_job(argv, leave_on_signal);
	(void)state;

	job.options.pty = job.options.play = true;
	begin(&job);
	await();
	kill(job.pid, SIGINT);
	assert_int_equal(status_of(job.pid), 130);
	release();
	assert_int_equal(status_of(target), 13);
}

/* A memtop proper that does not answer: the keeper clears up and goes. */
static void test_screen_signals_unanswered(void **state)
{
	struct user user = new_user();
	char *const argv[] = { "sh", "-c", waiting("", "exit 14"), NULL };
	struct job job = screen_job(&user, argv, draw_and_hang);
	(void)state;

	begin(&job);
	await();
	kill(job.pid, SIGTERM);
	await_text(&user, "\033[?1049l");
	assert_int_equal(status_of(job.pid), 143);
	release();
	assert_int_equal(status_of(target), 14);
	kill(shared->proper, SIGKILL);
	end_user(&user);
}

static void suspend_twice(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_STARTED);
	for (int i = 0; i < 2; i++) {
		keeper_suspend(keeper);
		until(keeper, KEEPER_RESUMED);
		tell_test();
	}
	until(keeper, KEEPER_ENDED);
}

/* A shell with job control, in its own session: `bg` brings no screen, `fg` does. */
_Noreturn static void control_job(const struct user *user, struct job *job)
{
	int status, problems = 0;

	setsid();
	ioctl(user->slave, TIOCSCTTY, 0);
	signal(SIGTTOU, SIG_IGN);
	job->terminal = -1;
	begin(job);
	setpgid(job->pid, job->pid);
	tcsetpgrp(user->slave, job->pid);
	for (int i = 0; i < 2; i++) {
		problems += waitpid(job->pid, &status, WUNTRACED) != job->pid ||
			    !WIFSTOPPED(status);
		tcsetpgrp(user->slave, getpgrp());
		kill(-job->pid, SIGCONT);       /* bg */
		problems += waitpid(job->pid, &status, WUNTRACED) != job->pid ||
			    !WIFSTOPPED(status);
		tcsetpgrp(user->slave, job->pid);
		kill(-job->pid, SIGCONT);       /* fg */
	}
	waitpid(job->pid, &status, 0);
	_exit(problems || !WIFEXITED(status) ? 1 : WEXITSTATUS(status));
}

static void test_suspend(void **state)
{
	struct user user = new_user();
	char *const argv[] = { "sh", "-c", waiting("", "exit 15"), NULL };
	struct job job = screen_job(&user, argv, suspend_twice);
	(void)state;

	pid_t shell = fork();
	if (shell == 0)
		control_job(&user, &job);
	await(), await(), await();      /* the target, and two suspensions */
	release();
	assert_int_equal(status_of(shell), 15);
	end_user(&user);
}

/* Without a shell that could continue it, a suspension ends at once. */
static void test_suspend_alone(void **state)
{
	struct user user = new_user();
	char *const argv[] = { "sh", "-c", waiting("", "exit 16"), NULL };
	struct job job = screen_job(&user, argv, suspend_twice);
	(void)state;

	begin(&job);
	await(), await(), await();
	release();
	assert_int_equal(status_of(job.pid), 16);
	end_user(&user);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_statuses),
		TEST(test_exec_fails),
		TEST(test_other_statuses),
		TEST(test_leave),
		TEST(test_proper_dies),
		TEST(test_proper_dies_unseen),
		TEST(test_keeper_dies),
		TEST(test_signals),
		TEST(test_stopped_target),
		TEST(test_inheritance),
		TEST(test_pipes_end),
		TEST(test_pty),
		TEST(test_play),
		TEST(test_proper_dies_with_screen),
		TEST(test_much_output_after_death),
		TEST(test_keeper_dies_with_screen),
		TEST(test_screen_signals),
		TEST(test_play_interrupted),
		TEST(test_screen_signals_unanswered),
		TEST(test_suspend),
		TEST(test_suspend_alone),
	};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keeper of a target on a terminal of its own, with memtop's screen on the user's. */
#include <sched.h>
#include <sys/syscall.h>
#include "tests/unit/collect/keeper_fixture.h"

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

/* Whether a child can make a sibling (CLONE_PARENT), as a leader of the session makes the
 * target; else the target leads it, as under qemu's user mode. */
static bool has_leaders(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		long sibling = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

		_exit(sibling < 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return status == 0;
}

static void needs_leader(void)
{
	if (has_leaders())
		return;
	print_message("no CLONE_PARENT here, so the target leads its session itself\n");
	skip();
}

static void the_target_has_a_terminal_of_its_own_of_the_same_size(void **state)
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

static void a_script_needs_no_terminal(void **state)
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

/* Says when the target has ended; reads its terminal to the end. */
static void tell_end(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_ENDED);
	tell_test();
	drain(keeper);
}

static void what_the_target_leaves_behind_keeps_its_terminal(void **state)
{
	char script[512];
	char *const argv[] = { "sh", "-c", script, NULL };
	struct job job = new_job(argv, tell_end);
	(void)state;

	needs_leader();
	/* It is in the foreground, in the target's group, and gets no SIGHUP. */
	snprintf(script, sizeof(script),
		 "{ read line <&%d; echo still here >/dev/tty; } & exit 5", go[0]);
	job.options.pty = job.options.play = true;
	begin(&job);
	await();
	release();
	assert_int_equal(status_of(job.pid), 5);
	assert_non_null(strstr(shared->output, "still here\r\n"));
}

static void until_started(struct keeper *keeper)
{
	keeper_start(keeper);
	until(keeper, KEEPER_STARTED);
	hang();
}

static void the_terminal_ends_with_the_keeper_and_memtop_proper(void **state)
{
	char *const argv[] = {
		"sh", "-c", waiting("trap 'echo h >&2; exit 0' HUP;", "while :; do :; done"), NULL
	};
	struct job job = new_job(argv, until_started);
	int err[2];
	(void)state;

	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	job.options.pty = true;
	job.fds[2] = err[1];
	begin(&job);
	close(err[1]);
	await();
	kill(job.pid, SIGKILL);
	kill(shared->proper, SIGKILL);
	release();
	assert_string_equal(read_all(err[0]), "h\n");
	close(err[0]);
}

static void until_unled(struct keeper *keeper)
{
	keeper_start(keeper);
	for (unsigned seen = 0; seen != (1u << KEEPER_UNLED | 1u << KEEPER_ENDED);) {
		int news = next(keeper);

		seen |= 1u << news & (1u << KEEPER_UNLED | 1u << KEEPER_ENDED);
		if (news == KEEPER_UNLED)
			tell_test();
	}
}

/* Kills the leader of the session of a target that does this at a hangup; the keeper's
 * status. */
static int status_without_leader(const char *trap)
{
	char *const argv[] = { "sh", "-c", waiting(trap, "exit 13"), NULL };
	struct job job = new_job(argv, until_unled);
	int err[2];

	needs_leader();
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	job.options.pty = job.options.play = true;
	job.fds[2] = err[1];
	begin(&job);
	close(err[1]);
	await();
	assert_int_not_equal(getsid(target), target);
	kill(getsid(target), SIGKILL);
	await();
	release();
	assert_non_null(strstr(read_all(err[0]), "memtop: lost the process that led"));
	close(err[0]);
	return status_of(job.pid);
}

static void a_leader_that_is_killed_hangs_up_and_is_told(void **state)
{
	(void)state;
	assert_int_equal(status_without_leader(""), 128 + SIGHUP);
}

static void a_target_that_ignores_hangups_outlives_its_leader(void **state)
{
	(void)state;
	assert_int_equal(status_without_leader("trap '' HUP;"), 13);
}

static void nothing_of_memtop_outlives_a_keeper_whose_leader_was_stopped(void **state)
{
	char *const argv[] = { "sh", "-c", waiting("", "exit 3"), NULL };
	struct job job = new_job(argv, plain);
	pid_t leader;
	(void)state;

	needs_leader();
	job.options.pty = job.options.play = true;
	begin(&job);
	await();
	leader = getsid(target);
	kill(leader, SIGSTOP);
	release();
	assert_int_equal(status_of(job.pid), 3);
	assert_int_equal(kill(leader, 0), -1);
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

static void a_death_of_memtop_proper_gives_the_terminal_back_as_it_was(void **state)
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

static void all_output_after_a_death_of_memtop_proper_is_shown(void **state)
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

static void a_target_outlives_a_keeper_that_had_its_terminal(void **state)
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

static void a_screen_that_is_hung_up_leaves_the_target_running(void **state)
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
static void an_interrupt_ends_a_script_that_has_no_terminal(void **state)
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
static void a_keeper_does_not_wait_for_ever_for_an_answer_to_a_signal(void **state)
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

static void a_suspended_screen_comes_back_in_the_foreground_alone(void **state)
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
static void a_suspension_that_nobody_could_end_ends_at_once(void **state)
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
	const struct CMUnitTest tests[] = {
		KEEPER_TEST(the_target_has_a_terminal_of_its_own_of_the_same_size),
		KEEPER_TEST(a_script_needs_no_terminal),
		KEEPER_TEST(what_the_target_leaves_behind_keeps_its_terminal),
		KEEPER_TEST(the_terminal_ends_with_the_keeper_and_memtop_proper),
		KEEPER_TEST(a_leader_that_is_killed_hangs_up_and_is_told),
		KEEPER_TEST(a_target_that_ignores_hangups_outlives_its_leader),
		KEEPER_TEST(nothing_of_memtop_outlives_a_keeper_whose_leader_was_stopped),
		KEEPER_TEST(a_death_of_memtop_proper_gives_the_terminal_back_as_it_was),
		KEEPER_TEST(all_output_after_a_death_of_memtop_proper_is_shown),
		KEEPER_TEST(a_target_outlives_a_keeper_that_had_its_terminal),
		KEEPER_TEST(a_screen_that_is_hung_up_leaves_the_target_running),
		KEEPER_TEST(an_interrupt_ends_a_script_that_has_no_terminal),
		KEEPER_TEST(a_keeper_does_not_wait_for_ever_for_an_answer_to_a_signal),
		KEEPER_TEST(a_suspended_screen_comes_back_in_the_foreground_alone),
		KEEPER_TEST(a_suspension_that_nobody_could_end_ends_at_once),
	};

	return share() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

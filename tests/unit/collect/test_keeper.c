/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keeper of a target that has memtop's own descriptors (record). */
#include "tests/unit/collect/keeper_fixture.h"

#include <sched.h>
#include <sys/syscall.h>
#include "tests/older.h"

static void the_status_is_the_targets_own_and_of_a_signal_128_more(void **state)
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

static void a_program_that_cannot_run_has_the_statuses_that_shells_give(void **state)
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

static void memtop_proper_may_choose_the_status_and_one_that_never_began_gives_125(void **state)
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

static void who_leaves_ends_with_its_own_status_and_the_target_goes_on(void **state)
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

/* Takes copies of all that the keeper has open, its end of the socket among them, as a target
 * has them that has not reached its exec.  False: the kernel does not allow that. */
static bool take_copies(const struct keeper *keeper)
{
	int there = (int)syscall(SYS_pidfd_open, keeper->pid, 0), copies = 0;

	for (int fd = 3; there >= 0 && fd < 64; fd++)
		copies += syscall(SYS_pidfd_getfd, there, fd, 0) >= 0;
	return copies;
}

static void end_the_keeper(struct keeper *keeper)
{
	shared->values[0] = take_copies(keeper);
	shared->values[1] = keeper_gone(keeper);
	kill(keeper->pid, SIGKILL);
	while (shared->values[0] && !keeper_gone(keeper))
		sched_yield();
	shared->values[2] = keeper_gone(keeper);
	tell_test();
}

static void a_keeper_is_gone_although_others_have_its_end_of_the_socket(void **state)
{
	char *const argv[] = { "sh", "-c", "exit 0", NULL };
	struct job job = new_job(argv, end_the_keeper);
	(void)state;

	begin(&job);
	assert_int_equal(status_of(job.pid), -1);
	await();
	if (!shared->values[0])
		skip();                 /* before Linux 5.6, or may not be traced */
	assert_false(shared->values[1]);
	assert_true(shared->values[2]);
}

static void a_death_of_memtop_proper_is_said_and_nothing_of_it_stays(void **state)
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
static void a_recording_that_ended_in_the_middle_is_no_success(void **state)
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

static void a_target_outlives_its_keeper(void **state)
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

static void signals_reach_the_target_and_memtop_proper_is_told(void **state)
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

static void a_job_that_is_stopped_can_be_continued(void **state)
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
static void the_targets_signals_and_descriptors_are_what_the_shell_gave(void **state)
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
static void a_target_that_closes_its_pipes_ends_them(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEEPER_TEST(the_status_is_the_targets_own_and_of_a_signal_128_more),
		KEEPER_TEST(a_program_that_cannot_run_has_the_statuses_that_shells_give),
		KEEPER_TEST(memtop_proper_may_choose_the_status_and_one_that_never_began_gives_125),
		KEEPER_TEST(who_leaves_ends_with_its_own_status_and_the_target_goes_on),
		KEEPER_TEST(a_keeper_is_gone_although_others_have_its_end_of_the_socket),
		KEEPER_TEST(a_death_of_memtop_proper_is_said_and_nothing_of_it_stays),
		KEEPER_TEST(a_recording_that_ended_in_the_middle_is_no_success),
		KEEPER_TEST(a_target_outlives_its_keeper),
		KEEPER_TEST(signals_reach_the_target_and_memtop_proper_is_told),
		KEEPER_TEST(a_job_that_is_stopped_can_be_continued),
		KEEPER_TEST(the_targets_signals_and_descriptors_are_what_the_shell_gave),
		KEEPER_TEST(a_target_that_closes_its_pipes_ends_them),
	};

	return share() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a look stops a forked child and lets it go on: the child must not notice, whatever
 * becomes of the look.
 */
#include "tests/unit/look/looked_at.h"

static void part_held(void)
{
	put(&data_word, 1);
	point_from_block(1, 2);
}

static volatile int signals;

static void count_signal(int signal)
{
	(void)signal;
	signals++;
}

static void part_signals(void)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };

	sigaction(SIGRTMIN, &action, NULL);
}

/* Each is queued, so as many must come as were sent, in whichever look they fall. */
static void test_no_signal_is_lost_and_none_comes_twice(void **state)
{
	enum { SENT = 40 };

	(void)state;
	begin(part_signals);
	for (int i = 0; i < SENT; i++) {
		/* EAGAIN: others of the same user have as many waiting as there may be. */
		while (sigqueue(child, SIGRTMIN, (union sigval){ .sival_int = i }) != 0)
			assert_int_equal(errno, EAGAIN);
		look();
	}
	answers();
	int count = 0;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)child);
	int memory = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(pread(memory, &count, sizeof(count), (off_t)(uintptr_t)&signals),
			 sizeof(count));
	close(memory);
	assert_int_equal(count, SENT);
	end();
}

static int let_gate[2];

static void *wait_in_vfork(void *user)
{
	char word;
	pid_t pid = vfork();

	if (pid == 0) {
		if (read(let_gate[0], &word, 1) < 0)
			_exit(1);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return user;
}

static void part_vfork(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, wait_in_vfork, NULL);
}

struct vain {
	int32_t tid;
	int error;
};

/* Does not wait for threads to stop, and has much to close once it has told that it ends. */
static void *stop_in_vain(void *user)
{
	struct vain *vain = user;
	struct stop stop = { 0 };
	int pipes[2];

	vain->tid = gettid();
	vain->error = stop_all(&stop, child, 0);
	if (unshare(CLONE_FILES) != 0)
		vain->error = -errno;
	for (unsigned i = 0; i < 400 && pipe2(pipes, O_CLOEXEC) == 0;)
		i++;
	return NULL;
}

/* Who asks after a thread has ended that could not stop them is not told that another tracer
 * is there. */
static void ask_after_others(void)
{
	struct vain vain;
	pthread_t thread;

	for (int i = 0; i < 10; i++) {
		assert_int_equal(pthread_create(&thread, NULL, stop_in_vain, &vain), 0);
		pthread_join(thread, NULL);
		stop_wait_for_end(vain.tid);
		assert_int_equal(vain.error, -ETIMEDOUT);
	}
}

static void nothing(void) { }

/* A thread in vfork does not stop: nobody waits for it long, and all go on. */
static void test_a_thread_that_does_not_stop_ends_the_look(void **state)
{
	const struct look_question question = { .blocks = give_blocks };
	struct look_question of = question;
	struct look_told told;
	struct graph *graph;
	int error = 0;

	(void)state;
	assert_int_equal(pipe2(let_gate, O_CLOEXEC), 0);
	begin(part_vfork);
	of.pid = child;
	while (!error) {                /* until that thread has got so far */
		error = look_at(&of, &graph, &told);
		graph_free(graph);
	}
	assert_int_equal(error, -ETIMEDOUT);
	answers();
	ask_after_others();
	assert_int_equal(write(let_gate[1], "g", 1), 1);
	assert_int_equal(ask(&of, &graph, &told), 0);
	graph_free(graph);
	answers();
	end();
	close(let_gate[0]);
	close(let_gate[1]);
}

static int refuse(void *user, struct graph *graph,
		       struct look_settled *settled)
{
	(void)settled;
	(void)user;
	(void)graph;
	return -ENOSPC;
}

static char state_of_child(void)
{
	char path[32], text[512] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
	FILE *file = fopen(path, "re");
	const char *end = file && fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;

	if (file)
		fclose(file);
	return end ? end[2] : '?';
}

/* Is there before the threads stop, and asks until they have. */
static int wait_and_give(void *user, struct graph *graph, struct look_settled *settled)
{
	int *asked = user, stands;

	while (!(stands = look_standing(settled)))
		asked[0]++;
	if (stands < 0)
		return stands;
	asked[1] = state_of_child();
	return give_blocks(NULL, graph, settled);
}

static void test_blocks_may_be_asked_for_before_the_threads_stop(void **state)
{
	int asked[2] = { 0 };
	const struct look_question question = { .blocks = wait_and_give, .early = true,
						.user = asked };
	struct look_question of = question;
	struct look_told told;
	struct graph *graph;
	int status;

	(void)state;
	begin(nothing);
	of.pid = child;
	for (int i = 0; i < 20; i++) {
		asked[1] = 0;
		assert_int_equal(ask(&of, &graph, &told), 0);
		assert_int_equal(asked[1], 't');
		graph_free(graph);
	}
	answers();
	/* They do not stop: whoever gives the blocks hears why. */
	assert_int_equal(ptrace(PTRACE_SEIZE, child, NULL, NULL), 0);
	assert_int_equal(ask(&of, &graph, &told), -EPERM);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, child, NULL, NULL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
	answers();
	of.blocks = refuse;             /* without asking */
	assert_int_equal(ask(&of, &graph, &told), -ENOSPC);
	answers();
	end();
}

static void test_refusals(void **state)
{
	struct look_question question = { .blocks = give_blocks };
	struct look_told told;
	struct graph *graph;
	int status;

	(void)state;
	begin(nothing);
	question.pid = child;
	question.blocks = refuse;
	assert_int_equal(ask(&question, &graph, &told), -ENOSPC);
	assert_null(graph);
	answers();
	question.blocks = give_blocks;
	assert_int_equal(ptrace(PTRACE_SEIZE, child, NULL, NULL), 0);
	assert_int_equal(ask(&question, &graph, &told), -EPERM);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, child, NULL, NULL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
	answers();
	end();
	assert_int_equal(ask(&question, &graph, &told), -ESRCH);
	assert_true(strlen(look_refusal(-EPERM)) > 0);
	/* What has no sentence of its own is named all the same. */
	assert_non_null(strstr(look_refusal(-EIO), strerror(EIO)));
}

static int hold_on(void *user, struct graph *graph,
		       struct look_settled *settled)
{
	(void)settled;
	(void)graph;
	if (write(*(int *)user, "s", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void test_who_is_killed_while_it_looks_leaves_the_process_running(void **state)
{
	int told_us[2], status;
	char word;

	(void)state;
	begin(part_held);
	assert_int_equal(pipe2(told_us, O_CLOEXEC), 0);
	pid_t looker = fork();

	if (looker == 0) {
		const struct look_question question = {
			.pid = child, .blocks = hold_on, .user = &told_us[1] };
		struct look_told told;
		struct graph *graph;

		ask(&question, &graph, &told);
		_exit(1);
	}
	close(told_us[1]);
	assert_int_equal(read(told_us[0], &word, 1), 1);
	kill(looker, SIGKILL);
	assert_int_equal(waitpid(looker, &status, 0), looker);
	answers();
	look();
	assert_int_equal(states[2], GRAPH_REACHABLE);
	end();
	close(told_us[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_signal_is_lost_and_none_comes_twice),
		cmocka_unit_test(test_a_thread_that_does_not_stop_ends_the_look),
		cmocka_unit_test(test_blocks_may_be_asked_for_before_the_threads_stop),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_who_is_killed_while_it_looks_leaves_the_process_running),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

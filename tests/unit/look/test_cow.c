/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The clone by which a look reads a process: what it has not got of the process's memory,
 * where there is none, and that nothing of it is left behind, whenever memtop is killed.
 * LOOK_KILLS=N kills so often.
 */
#include "tests/unit/look/looked_at.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include "tracer/collect/look/inject.h"
#include "tracer/ground/shared/older.h"

static void nothing(void) { }

/* Shared with the children. */
static struct shared {
	_Atomic int interrupted;        /* waits that ended with EINTR */
	_Atomic int waits;
	_Atomic int children;           /* waitpid did not say ECHILD */
	_Atomic int signals;            /* SIGCHLD */
	_Atomic int stop;
} *shared;

#define KEPT ((uint64_t *)(arena + (UINT64_C(1) << 24)))

static void map_at(unsigned place, int flags, int advice)
{
	char *at = (char *)KEPT + place * 65536u;

	if (mmap(at, 4096, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		 0) != at || (advice && madvise(at, 4096, advice) != 0))
		_exit(1);
	put(at, place);
	point_from_block(place, place + 8);
}

static void part_not_inherited(void)
{
	map_at(1, MAP_SHARED, 0);
	map_at(2, MAP_PRIVATE, MADV_DONTFORK);
	map_at(3, MAP_PRIVATE, MADV_WIPEONFORK);
	map_at(4, MAP_PRIVATE, 0);
}

static void test_what_a_clone_does_not_get_holds_too(void **state)
{
	(void)state;
	begin(part_not_inherited);
	look_by_clone();

	for (unsigned i = 1; i <= 4; i++) {
		assert_int_equal(states[i], GRAPH_REACHABLE);
		assert_int_equal(states[i + 8], GRAPH_REACHABLE);
	}
	assert_int_equal(states[5], GRAPH_GARBAGE);
	answers();
	end();
}

static void count_child(int signal)
{
	(void)signal;
	shared->signals++;
}

/* Asks for children of any kind, over and over. */
static void *ask_for_children(void *user)
{
	while (!shared->stop) {
		if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
			shared->children++;
		shared->waits++;
		sched_yield();
	}
	return user;
}

static void part_no_children(void)
{
	struct sigaction action = { .sa_handler = count_child };
	pthread_t thread;

	sigaction(SIGCHLD, &action, NULL);
	pthread_create(&thread, NULL, ask_for_children, NULL);
}

/* Children of any kind, zombies too, as /proc lists them. */
static int children_of(pid_t pid)
{
	char path[300];
	struct dirent *entry;
	int children = 0, one;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);

	while (tasks && (entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)pid, entry->d_name);
		FILE *file = fopen(path, "re");

		while (file && fscanf(file, "%d", &one) == 1)
			children++;
		if (file)
			fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return children;
}

static void test_the_process_never_sees_a_child(void **state)
{
	(void)state;
	*shared = (struct shared){ 0 };
	begin(part_no_children);
	for (int i = 0; i < 20; i++) {
		look_by_clone();
		assert_int_equal(children_of(child), 0);
	}
	answers();
	assert_true(shared->waits > 0);
	assert_int_equal(shared->children, 0);
	assert_int_equal(shared->signals, 0);
	end();
}

static void *wait_with_time(void *user)
{
	const struct timespec some = { 0, 3000000 };

	while (!shared->stop) {
		shared->interrupted += ppoll(NULL, 0, &some, NULL) != 0;
		shared->interrupted += poll(NULL, 0, 5) != 0;
		shared->waits++;
	}
	return user;
}

static void part_waits(void)
{
	pthread_t thread;

	for (int i = 0; i < 8; i++)
		pthread_create(&thread, NULL, wait_with_time, NULL);
}

/* Eight threads wait with a deadline (restart_syscall(2)), one without. */
static void test_no_wait_is_interrupted(void **state)
{
	(void)state;
	*shared = (struct shared){ 0 };
	begin(part_waits);
	for (int i = 0; i < 40 || shared->waits < 100; i++)
		look_by_clone();
	answers();
	assert_int_equal(shared->interrupted, 0);
	end();
}

static void part_signals(void)
{
	struct sigaction action = { .sa_handler = count_child, .sa_flags = SA_RESTART };

	sigaction(SIGRTMIN, &action, NULL);
}

/* All processes of a user together may have so many queued as one may, and timers need theirs
 * (RLIMIT_SIGPENDING), so few are ever on their way: a child that stands takes none. */
static void *send_signals(void *user)
{
	enum { ON_THEIR_WAY = 64 };
	int *sent = user;

	while (!shared->stop)
		if (*sent - shared->signals < ON_THEIR_WAY)
			*sent += sigqueue(child, SIGRTMIN, (union sigval){ 0 }) == 0;
		else
			sched_yield();
	return NULL;
}

/* Signals of this kind are queued: as many come as were sent. */
static void test_no_signal_is_lost(void **state)
{
	int sent = 0;
	pthread_t thread;

	(void)state;
	*shared = (struct shared){ 0 };
	begin(part_signals);
	assert_int_equal(pthread_create(&thread, NULL, send_signals, &sent), 0);
	for (int i = 0; i < 20; i++)
		look();
	shared->stop = 1;
	pthread_join(thread, NULL);
	assert_true(sent > 0);
	answers();
	assert_int_equal(shared->signals, sent);
	assert_int_equal(children_of(child), 0);
	end();
}

static void part_filter(void)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &all };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(1);
	put(&data_word, 1);
}

static void part_userfaultfd(void)
{
	if (syscall(SYS_userfaultfd, O_CLOEXEC | 1) < 0)        /* user mode only */
		_exit(1);
	put(&data_word, 1);
}

static void part_limit(void)
{
	const struct rlimit few = { 16, 16 };

	if (setrlimit(RLIMIT_NPROC, &few) != 0)
		_exit(1);
	put(&data_word, 1);
}

static void test_where_no_clone_may_be_the_memory_is_copied(void **state)
{
	static void (*const parts[])(void) = { part_filter, part_userfaultfd, part_limit };

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		begin(parts[i]);
		assert_int_equal(look().way, LOOK_COPY);
		assert_int_equal(states[1], GRAPH_REACHABLE);
		assert_int_equal(states[2], GRAPH_GARBAGE);
		answers();
		end();
	}
	/* The code is not where the control page says. */
	begin(nothing);
	assert_int_equal(look_by((uintptr_t)part_limit).way, LOOK_COPY);
	assert_int_equal(look_by(4096).way, LOOK_COPY);
	answers();
	end();
}

/* Linked in place of the real one (-Wl,--wrap): a call of a number that no kernel has, where
 * close_range is asked for, so that the process's own kernel says ENOSYS. */
static bool no_close_range;
static int denials;
int __real_inject_last(int32_t tid, uint64_t code, struct inject_call *call);
int __wrap_inject_last(int32_t tid, uint64_t code, struct inject_call *call);
int __wrap_inject_last(int32_t tid, uint64_t code, struct inject_call *call)
{
	bool denied = no_close_range && call->number == SYS_close_range;

	if (denied)
		call->number = 4000;
	int error = __real_inject_last(tid, code, call);

	assert_true(!denied || error || call->result == -ENOSYS);
	denials += denied && !error;
	return error;
}

/* Before Linux 5.9: a clone that can't close what it inherited is not kept. */
static void test_without_close_range_the_memory_is_copied(void **state)
{
	(void)state;
	begin(nothing);
	look_by_clone();
	no_close_range = true;
	for (int i = 0; denials == 0 && i < 100; i++)
		assert_int_equal(look().way, LOOK_COPY);
	assert_int_equal(denials, 1);
	assert_int_equal(states[5], GRAPH_GARBAGE);
	assert_int_equal(children_of(child), 0);
	answers();
	no_close_range = false;
	look_by_clone();
	end();
}

static void *stay(void *user)
{
	for (;;)
		pause();
	return user;
}

static void part_many_threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 64; i++)
		if (pthread_create(&thread, NULL, stay, NULL) != 0)
			_exit(1);
	put(&data_word, 1);
}

static void test_sixty_four_threads(void **state)
{
	(void)state;
	begin(part_many_threads);
	struct look_told told = look_by_clone();

	assert_int_equal(told.threads, 65);
	assert_int_equal(states[1], GRAPH_REACHABLE);
	answers();
	end();
}

/* --- killed --- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Looks on and on, until a timer kills it. */
static void look_until_killed(uint64_t ns)
{
	const struct look_question question = {
		.pid = child, .blocks = give_blocks, .cow = cow_ready() };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	const struct itimerspec at = {
		.it_value = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) } };
	struct look_told told;
	struct graph *graph;
	timer_t timer;

	/* All processes of a user together may have so many signals queued, a timer's own
	 * among them. */
	while (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
		if (errno != EAGAIN)
			_exit(1);
	if (timer_settime(timer, 0, &at, NULL) != 0)
		_exit(1);
	for (;;)
		if (look_at(&question, &graph, &told) == 0)
			graph_free(graph);
}

/* How long a look takes here and now. */
static uint64_t look_ns(void)
{
	uint64_t begun = now_ns();

	look();
	return now_ns() - begun;
}

static bool is_zombie(int pid)
{
	char path[64], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");

	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (file)
		fclose(file);
	return state == 'Z' || !state;
}

/* No clone runs on: those that are left are zombies, or on their way to be. */
static void all_clones_end(void)
{
	char path[64];
	int one;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)child, (int)child);
	for (bool ended = false; !ended;) {
		FILE *file = fopen(path, "re");

		ended = file != NULL;
		while (file && fscanf(file, "%d", &one) == 1)
			ended = ended && is_zombie(one);
		if (file)
			fclose(file);
	}
}

static void test_killed_at_any_moment_it_leaves_the_process_running(void **state)
{
	const char *wish = getenv("LOOK_KILLS");
	long kills = wish ? atol(wish) : SANITIZED ? 2 : 30;    /* looks are slow there */
	uint64_t seed = now_ns() | 1, longest = 0;
	int status;

	(void)state;
	begin(part_not_inherited);
	answers();
	uint64_t whole = look_ns();

	for (long i = 0; i < kills; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		pid_t looker = fork();

		if (looker == 0)
			look_until_killed(1 + (seed >> 20) % (2 * whole));
		assert_int_equal(waitpid(looker, &status, 0), looker);
		assert_true(WIFSIGNALED(status));
		uint64_t killed = now_ns();

		answers();
		longest = now_ns() - killed > longest ? now_ns() - killed : longest;
		all_clones_end();
	}
	print_message("%ld kills: the process answered after %.1f ms at most\n", kills,
		      (double)longest / 1e6);
	look();
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[5], GRAPH_GARBAGE);
	answers();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_clone_does_not_get_holds_too),
		cmocka_unit_test(test_the_process_never_sees_a_child),
		cmocka_unit_test(test_no_wait_is_interrupted),
		cmocka_unit_test(test_no_signal_is_lost),
		cmocka_unit_test(test_where_no_clone_may_be_the_memory_is_copied),
		cmocka_unit_test(test_without_close_range_the_memory_is_copied),
		cmocka_unit_test(test_sixty_four_threads),
		cmocka_unit_test(test_killed_at_any_moment_it_leaves_the_process_running),
	};

	signal(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

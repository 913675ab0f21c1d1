/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes that make processes.  Each says of itself, before it ends,
 *
 *	PID PPID parent SIZE COUNT ALLOCATIONS TOTAL child SIZE COUNT ALLOCATIONS TOTAL
 *
 * what it holds of parent_block's and child_block's, counting what it had from
 * its parent as its own first allocations.
 */
#define BLOCKS 500

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/older.h"

struct held {
	void *block[4 * BLOCKS];
	size_t size[4 * BLOCKS];
	unsigned long bytes, count, allocations, total;
};

static struct held parents, children;
static volatile sig_atomic_t stopping;

static void note(struct held *held, void *block, size_t size)
{
	for (unsigned i = 0; i < 4 * BLOCKS; i++) {
		if (held->block[i])
			continue;
		held->block[i] = block;
		held->size[i] = size;
		held->bytes += size;
		held->total += size;
		held->count++;
		held->allocations++;
		return;
	}
	abort();
}

static __attribute__((noinline)) void parent_block(size_t size)
{
	void *block = malloc(size);
	note(&parents, block, size);
}

static __attribute__((noinline)) void child_block(size_t size)
{
	void *block = malloc(size);
	note(&children, block, size);
}

static void drop(struct held *held, unsigned every)
{
	for (unsigned i = 0; i < 4 * BLOCKS; i += every) {
		if (!held->block[i])
			continue;
		free(held->block[i]);
		held->bytes -= held->size[i];
		held->count--;
		held->block[i] = NULL;
	}
}

/* What a child has from its parent are its first allocations. */
static void inherit(void)
{
	parents.allocations = parents.count;
	parents.total = parents.bytes;
	children.allocations = children.count;
	children.total = children.bytes;
}

static void say(void)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "%d %d parent %lu %lu %lu %lu child %lu %lu %lu %lu\n",
			 (int)getpid(), (int)getppid(), parents.bytes, parents.count,
			 parents.allocations, parents.total, children.bytes, children.count,
			 children.allocations, children.total);

	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		abort();
}

static void live_as_child(unsigned every)
{
	inherit();
	drop(&parents, every);
	for (unsigned i = 0; i < 50; i++)
		child_block(100 + i);
	drop(&children, 3);
	say();
}

static void fill(void)
{
	for (unsigned i = 0; i < BLOCKS; i++)
		parent_block(10 + i);
}

static void wait_all(void)
{
	int status;

	while (wait(&status) > 0)
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			abort();
}

static void plain(void)
{
	fill();
	for (unsigned i = 0; i < 5; i++) {
		if (fork() == 0) {
			live_as_child(2 + i);
			_exit(0);
		}
		drop(&parents, 7);
		parent_block(3000);
	}
}

/* The child comes when its parent has changed everything many times over. */
static void late(void)
{
	int ends[2];
	char byte;

	fill();
	if (pipe(ends))
		abort();
	for (unsigned i = 0; i < 3; i++)
		if (fork() == 0) {
			close(ends[1]);
			if (read(ends[0], &byte, 1))
				abort();
			live_as_child(2 + i);
			_exit(0);
		}
	for (unsigned i = 0; i < 500; i++) {
		drop(&parents, 1);
		fill();
	}
	close(ends[1]);
}

static void *churn(void *user)
{
	(void)user;
	while (!stopping) {
		void *blocks[64];

		for (unsigned i = 0; i < 64; i++)
			blocks[i] = malloc(16 + i);
		for (unsigned i = 0; i < 64; i++)
			free(blocks[i]);
	}
	return NULL;
}

static void threads(void)
{
	pthread_t ids[3];

	fill();
	for (unsigned i = 0; i < 3; i++)
		pthread_create(&ids[i], NULL, churn, NULL);
	for (unsigned i = 0; i < 20; i++) {
		if (fork() == 0) {
			live_as_child(2);
			_exit(0);
		}
		parent_block(77);
	}
	wait_all();
	stopping = 1;
	for (unsigned i = 0; i < 3; i++)
		pthread_join(ids[i], NULL);
}

/* A daemon: who forked it is gone when it first allocates, and all its
 * descriptors are closed. */
static void daemons(void)
{
	volatile int *over = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	fill();
	if (fork() == 0) {
		pid_t first = getpid();

		setsid();
		if (fork() == 0) {
			while (getppid() == first)
				sched_yield();
			syscall(SYS_close_range, 3, ~0u, 0);
			live_as_child(2);
			*over = 1;
			_exit(0);
		}
		_exit(0);
	}
	wait_all();
	while (!*over)
		sched_yield();
}

static void raw(void)
{
	pid_t child;

	fill();
	child = _Fork();
	if (child == 0) {
		live_as_child(2);
		_exit(0);
	}
	wait_all();
	child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0) {
		live_as_child(3);
		_exit(0);
	}
	wait_all();
}

/* Generations: each child forks the next before it does anything itself. */
static void generations(unsigned left)
{
	if (left == 0)
		return;
	if (fork() == 0) {
		generations(left - 1);
		live_as_child(left + 1);
		wait_all();
		_exit(0);
	}
}

static volatile sig_atomic_t handled;

static void handler(int number)
{
	(void)number;
	if (stopping)                   /* in a child that went on to arm a timer */
		return;
	handled++;
	pid_t child = fork();
	if (child == 0) {
		/* Back into whatever was interrupted, malloc itself perhaps: of our
		 * own we touch nothing before that is over. */
		stopping = 1;
		return;
	}
	if (child < 0 || waitpid(child, &number, 0) != child || !WIFEXITED(number) ||
	    WEXITSTATUS(number))
		_exit(9);
}

/* Forks out of a signal handler, anywhere inside malloc, free and the tracer. */
static void signals(void)
{
	struct sigaction action = {.sa_handler = handler};
	pid_t first = getpid();
	int armed = 0;

	fill();
	sigaction(SIGALRM, &action, NULL);
	while (handled < 200 && !stopping) {
		struct itimerval once = {{0, 0}, {0, 30 + armed * 7 % 300}};
		void *blocks[64];

		if (armed == handled && armed++ < 200)
			setitimer(ITIMER_REAL, &once, NULL);

		for (unsigned i = 0; i < 64; i++)
			blocks[i] = malloc(16 + i);
		for (unsigned i = 0; i < 64; i++)
			free(blocks[i]);
	}
	if (getpid() != first) {
		live_as_child(2);
		_exit(0);
	}
}

static void become(char *self)
{
	char *words[] = {self, (char *)"leaf", NULL};

	fill();
	if (fork() == 0) {
		live_as_child(2);
		parents = children = (struct held){.bytes = 0};
		execv(self, words);
		_exit(1);
	}
	if (fork() == 0) {              /* nothing of its own before */
		execv(self, words);
		_exit(1);
	}
	if (vfork() == 0) {
		execv(self, words);
		_exit(1);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IONBF, 0);
	if (strcmp(mode, "plain") == 0)
		plain();
	else if (strcmp(mode, "late") == 0)
		late();
	else if (strcmp(mode, "threads") == 0)
		threads();
	else if (strcmp(mode, "daemons") == 0)
		daemons();
	else if (strcmp(mode, "raw") == 0)
		raw();
	else if (strcmp(mode, "generations") == 0)
		fill(), generations(6);
	else if (strcmp(mode, "signals") == 0)
		signals();
	else if (strcmp(mode, "become") == 0)
		become(argv[0]);
	else if (strcmp(mode, "leaf") == 0)
		child_block(4242);
	else
		return 2;
	wait_all();
	say();
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forks in every way while other threads allocate.  Children allocate and free
 * what they inherited; nothing of that may reach the parent's figures.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/preload/workers/expect.h"
#include "tests/older.h"

#define CHILDREN 20

static struct tally parent = {.name = "parent_block"};
static int stop;

OWN static void *parent_block(size_t size)
{
	void *p = malloc(size);

	tally_add(&parent, size);
	return p;
}

static void *busy(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		free(parent_block(64));
		tally_end(&parent, 64);
	}
	return NULL;
}

static void in_child(void *inherited)
{
	for (int i = 0; i < 1000; i++)
		free(malloc(100));
	free(inherited);
	_exit(malloc(10) ? 0 : 1);
}

static pid_t make_child(int way)
{
	if (way == 0)
		return fork();
	if (way == 1)
#if __GLIBC_PREREQ(2, 34)
		return _Fork();
#else
		return fork();
#endif
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

int main(void)
{
	pthread_t thread;
	int status;

	MUST(pthread_create(&thread, NULL, busy, NULL) == 0);
	for (int i = 0; i < CHILDREN; i++) {
		void *inherited = parent_block(1000);
		/* fork alone makes libc's locks safe for a child that allocates */
		pid_t pid = fork();

		if (pid == 0)
			in_child(inherited);
		MUST(waitpid(pid, &status, 0) == pid && status == 0);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	MUST(pthread_join(thread, NULL) == 0);
	for (int i = 0; i < CHILDREN; i++) {
		void *inherited = parent_block(2000);
		pid_t pid = make_child(i % 3);

		if (pid == 0)
			in_child(inherited);
		MUST(waitpid(pid, &status, 0) == pid && status == 0);
		free(inherited);
		tally_end(&parent, 2000);
	}
	tally_print(&parent);
	return 0;
}

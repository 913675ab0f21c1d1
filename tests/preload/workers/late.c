/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program that knows nothing of memtop, and does what it is told on its standard input:
 *
 *	keep	keeps 1,000 blocks of 100 bytes		drop	frees them
 *	old	frees 1,000 blocks from its beginning	tick	allocates one and frees it
 *	quit
 *
 * So many threads (the first argument) allocate all the time, and check what they wrote.  With
 * "storm" as second argument others open and close libraries, fork, and take signals.
 */
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCKS 1000

static _Atomic int stop;
static _Atomic long signals, wrong;
void *old[BLOCKS], *kept[BLOCKS];

/* False: a block or a vector register does not hold what was put there. */
static int churn_once(unsigned seed)
{
	size_t size = 16 + seed % 3000;
	unsigned char *p = malloc(size), *q = calloc(1, 64);
	double before = seed * 1.5, after;

	if (!p || !q)
		return 0;
	memset(p, (int)(seed & 255), size);
	p = realloc(p, size + 500);
	after = (double)seed + seed * 0.5;
	int good = p && p[0] == (seed & 255) && p[size - 1] == (seed & 255) && !q[63] &&
		   before == after;
	free(q);
	free(p);
	return good;
}

static void *churn(void *argument)
{
	for (unsigned i = 0; !stop; i++)
		if (!churn_once(i))
			wrong++;
	return argument;
}

/* Others have a moment too: the loader's lock is not a fair one. */
static void breathe(void) { poll(NULL, 0, 1); }

static void *open_and_close(void *argument)
{
	while (!stop) {
		void *so = dlopen("libutil.so.1", RTLD_NOW);
		void *other = dlopen("libnss_files.so.2", RTLD_NOW);

		if (so)
			dlclose(so);
		if (other)
			dlclose(other);
		breathe();
	}
	return argument;
}

static void *fork_and_wait(void *argument)
{
	while (!stop) {
		int status = 0;
		pid_t child = fork();

		if (child == 0) {
			free(malloc(10));
			_exit(7);
		}
		if (child > 0 && (waitpid(child, &status, 0) != child ||
				  WEXITSTATUS(status) != 7))
			wrong++;
		breathe();
	}
	return argument;
}

static void on_signal(int number)
{
	(void)number;
	signals++;
}

static void *send(void *argument)
{
	while (!stop) {
		kill(getpid(), SIGUSR1);
		breathe();
	}
	return argument;
}

static void drop(void **blocks)
{
	for (int i = 0; i < BLOCKS; i++) {
		free(blocks[i]);
		blocks[i] = NULL;
	}
}

__attribute__((noinline)) static void keep(void)
{
	for (int i = 0; i < BLOCKS; i++)
		kept[i] = malloc(100);
}

static void obey(const char *word)
{
	if (!strcmp(word, "keep\n"))
		keep();
	else if (!strcmp(word, "drop\n"))
		drop(kept);
	else if (!strcmp(word, "old\n"))
		drop(old);
	else if (!strcmp(word, "tick\n"))
		churn_once(3);
	printf("done %ld\n", (long)wrong);
	fflush(stdout);
}

static int begin(pthread_t *thread, int threads, int storm)
{
	int n = 0;

	for (; n < threads && n < 60; n++)
		pthread_create(&thread[n], NULL, churn, NULL);
	if (storm) {
		pthread_create(&thread[n++], NULL, open_and_close, NULL);
		pthread_create(&thread[n++], NULL, fork_and_wait, NULL);
		pthread_create(&thread[n++], NULL, send, NULL);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	pthread_t thread[64];
	char line[64];

	setvbuf(stdin, NULL, _IONBF, 0);
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < BLOCKS; i++)
		old[i] = malloc(77);
	int n = begin(thread, argc > 1 ? atoi(argv[1]) : 0, argc > 2);
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n"))
		obey(line);
	stop = 1;
	for (int i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	return wrong ? 1 : 0;
}

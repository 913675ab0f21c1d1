/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An allocating load with a result of its own, for the kills of tests/cli/kills.py:
 *
 *	load RESULT STATUS THREADS BLOCKS CHILDREN [VICTIMS AT]
 *
 * Each block is filled when it is allocated and looked at when it is freed; the line
 * "right SUM" goes to the file RESULT at the very end.  Of the children, which run in
 * waves, every third becomes this program once more.  VICTIMS (a bit a role of knife.h)
 * are killed as block AT of all threads together is allocated.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/preload/workers/knife.h"

enum { HELD = 64, WAVE = 8, CHILD_BLOCKS = 400 };

static unsigned blocks, victims, at;
static unsigned allocated;
static int wrong;

static void fall(void)
{
	char path[200] = "";
	const char *knife = getenv("KNIFE");
	int fd = knife && sscanf(knife, "%199s", path) == 1 ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct knife_page *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED,
				       fd, 0);

	if (page == MAP_FAILED)
		abort();
	__atomic_store_n(&page->fallen, 1, __ATOMIC_SEQ_CST);
	for (unsigned who = 0; who < KNIFE_ROLES; who++)
		if ((victims >> who & 1) && who != KNIFE_TARGET && page->pid[who] > 0)
			kill(page->pid[who], SIGKILL);
	if (victims >> KNIFE_TARGET & 1)        /* itself, so last */
		kill(page->pid[KNIFE_TARGET], SIGKILL);
	munmap(page, sizeof(*page));
	close(fd);
}

static void *left(unsigned depth, unsigned way, size_t size);
static void *right(unsigned depth, unsigned way, size_t size);

/* Ways through the call graph: 256 stacks. */
#define WAY(name)                                                                      \
	__attribute__((noinline)) static void *name(unsigned depth, unsigned way, size_t size) \
	{                                                                              \
		void *block = !depth ? malloc(size)                                    \
				     : way & 1 ? left(depth - 1, way >> 1, size)       \
					       : right(depth - 1, way >> 1, size);     \
		__asm__("" : "+r"(block));                                             \
		return block;                                                          \
	}
WAY(left)
WAY(right)

static unsigned char *take(unsigned n)
{
	size_t size = 8 + n % 200;
	unsigned char *block = left(8, n, size);

	memset(block, (int)(n & 255), size);
	if (__atomic_add_fetch(&allocated, 1, __ATOMIC_RELAXED) == at && victims)
		fall();
	return block;
}

static void put(unsigned char *block, unsigned n)
{
	for (size_t i = 0; i < 8 + n % 200; i++)
		if (block[i] != (n & 255))
			__atomic_store_n(&wrong, 1, __ATOMIC_RELAXED);
	free(block);
}

static void *work(void *sum)
{
	unsigned char *held[HELD];
	unsigned of[HELD];

	memset(held, 0, sizeof(held));
	for (unsigned n = 0; n < blocks; n++) {
		unsigned slot = n * 7 % HELD;

		if (held[slot])
			put(held[slot], of[slot]);
		held[slot] = take(n);
		of[slot] = n;
		*(unsigned *)sum += held[slot][0];
	}
	for (unsigned slot = 0; slot < HELD; slot++)
		if (held[slot])
			put(held[slot], of[slot]);
	return NULL;
}

static pid_t begin_child(unsigned number)
{
	unsigned sum = 0;
	pid_t pid = fork();

	if (pid)
		return pid;
	victims = 0;
	if (number % 3 == 0)
		execl("/proc/self/exe", "load", "/dev/null", "3", "1", "400", "0", (char *)NULL);
	blocks = CHILD_BLOCKS;
	work(&sum);
	_exit(wrong || !sum ? 1 : 3);
}

static void run_children(unsigned count)
{
	for (unsigned begun = 0, ended = 0; ended < count; ended++) {
		int status;

		while (begun < count && begun < ended + WAVE)
			if (begin_child(begun++) < 0)
				wrong = 1;
		if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 3)
			wrong = 1;
	}
}

/* In one write: there is a whole line or none. */
static void tell(const char *result, unsigned sum)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "%s %u\n", wrong ? "wrong" : "right", sum);
	int fd = open(result, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, line, (size_t)n) != n)
		abort();
	close(fd);
}

int main(int argc, char **argv)
{
	unsigned threads = argc > 3 ? (unsigned)atoi(argv[3]) : 1, sums[16] = { 0 }, sum = 0;
	pthread_t thread[16];

	if (argc < 6 || threads > 16)
		return 2;
	blocks = (unsigned)atoi(argv[4]);
	victims = argc > 7 ? (unsigned)atoi(argv[6]) : 0;
	at = argc > 7 ? (unsigned)atoi(argv[7]) : 0;
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, &sums[i]))
			return 2;
	run_children((unsigned)atoi(argv[5]));
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(thread[i], NULL);
		sum += sums[i];
	}
	tell(argv[1], sum);
	return atoi(argv[2]);
}

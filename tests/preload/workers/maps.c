/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mmap and its kin on four threads, in a child, over each other and in vain;
 * prints for each function that maps: NAME bytes blocks allocations total.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/preload/workers/expect.h"

#define PAGE 4096ul
#define THREADS 4
#define ROUNDS 500

static struct tally map_one = {.name = "map_one"}, map_over = {.name = "map_over"},
		    move_one = {.name = "move_one"}, break_up = {.name = "break_up"};

OWN static char *map_one_call(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static char *take(size_t size)
{
	char *p = map_one_call(size);

	MUST(p != MAP_FAILED);
	tally_add(&map_one, size);
	return p;
}

OWN static void map_over_call(char *at, size_t size)
{
	MUST(mmap64(at, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
	tally_add(&map_over, size);
}

OWN static char *move_one_call(char *old, size_t old_size, size_t size)
{
	char *p = mremap(old, old_size, size, MREMAP_MAYMOVE);

	MUST(p != MAP_FAILED);
	tally_add(&move_one, size);
	return p;
}

OWN static char *break_up_call(intptr_t more)
{
	return sbrk(more);
}

/* All that ends here ends as a whole; what it was of is said by the caller. */
static void give(char *p, size_t size, struct tally *of, size_t part)
{
	MUST(munmap(p, size) == 0);
	tally_end(of, part);
}

static void fail_in_turn(char *p)
{
	MUST(munmap(p + 1, PAGE) == -1 && errno == EINVAL);
	MUST(munmap(p, 0) == -1 && errno == EINVAL);
	MUST(mremap(p, PAGE, PAGE << 36, MREMAP_MAYMOVE) == MAP_FAILED);
	MUST(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	MUST(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF);
}

static void *work(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < ROUNDS; i++) {
		char *a = take(3 * PAGE + i), *b = take(8 * PAGE);

		give(a, 3 * PAGE + i, &map_one, 3 * PAGE + i);
		b = (tally_end(&map_one, 8 * PAGE), move_one_call(b, 8 * PAGE, 16 * PAGE));
		give(b, 16 * PAGE, &move_one, 16 * PAGE);
	}
	return NULL;
}

/* A hole in a mapping, another over its end, what is left of it stays. */
static void pieces(void)
{
	char *p = take(10 * PAGE - 100);

	MUST(munmap(p + 2 * PAGE, PAGE + 1) == 0);
	map_one.current -= 2 * PAGE;
	map_over_call(p + 9 * PAGE, PAGE);
	map_one.current -= PAGE - 100;
	fail_in_turn(p);
}

static void print(void)
{
	struct tally *all[] = {&map_one, &map_over, &move_one, &break_up};

	for (unsigned i = 0; i < 4; i++)
		printf("%d %s_call %lu %lu %lu %lu\n", (int)getpid(), all[i]->name, all[i]->current,
		       all[i]->blocks, all[i]->allocations, all[i]->total);
	fflush(stdout);
}

/* What it has from its parent ends here alone. */
static void child(char *shared)
{
	give(shared, PAGE, &map_one, PAGE);
	take(5 * PAGE);
	/* What lives at the fork are the child's first allocations. */
	print();
	_exit(0);
}

static struct tally at_fork(struct tally of)
{
	of.allocations = of.blocks;
	of.total = of.current;
	return of;
}

int main(void)
{
	static char buffer[BUFSIZ];
	pthread_t threads[THREADS];
	char *shared;

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	for (unsigned i = 0; i < THREADS; i++)
		MUST(pthread_create(&threads[i], NULL, work, NULL) == 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pieces();
	MUST(break_up_call(5000) != MAP_FAILED);
	tally_add(&break_up, 5000);
	MUST(sbrk(-2000) != MAP_FAILED && sbrk(0) != MAP_FAILED);
	break_up.current -= 2000;
	shared = take(PAGE);
	pid_t pid = fork();
	if (!pid) {
		map_one = at_fork(map_one);
		map_over = at_fork(map_over);
		move_one = at_fork(move_one);
		break_up = at_fork(break_up);
		child(shared);
	}
	MUST(waitpid(pid, NULL, 0) == pid);
	print();
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shapes of frames, for a second unwinder to compare (tests/preload/variants.sh): leaves and
 * calls at the end, alloca and arrays of variable length, large frames, variable arguments,
 * recursion through another module's function (qsort), signal handlers, threads, and what
 * dlopen runs.  Compiled in many ways; without arguments it does all of it.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN __attribute__((noinline))
#define KEEP(x) __asm__ volatile("" : : "r"(x) : "memory")

static volatile unsigned long sum;

static OWN void *take(size_t size)
{
	void *p = malloc(size);

	KEEP(p);
	return p;
}

/* What ends in a jump to take has no frame left when it runs. */
static OWN void *jumps(size_t size) { return take(size + 1); }
static OWN void *jumps_twice(size_t size) { return jumps(size + 1); }

static OWN unsigned long leaf(unsigned long a) { return a * 2654435761u >> 7; }

static OWN void gives(void *p)
{
	sum += leaf((unsigned long)p & 15);
	free(p);
}

static OWN void by_alloca(unsigned depth)
{
	char *room = alloca(16 + depth * 24);

	memset(room, 1, 16 + depth * 24);
	KEEP(room);
	gives(take(32 + depth));
	if (depth)
		by_alloca(depth - 1);
	KEEP(room);
}

static OWN void by_array(unsigned length)
{
	double room[length];

	for (unsigned i = 0; i < length; i++)
		room[i] = i / 3.0;
	KEEP(room);
	gives(jumps_twice(length));
	sum += (unsigned long)room[length - 1];
}

static OWN void large(unsigned depth)
{
	char room[70000];

	room[depth] = 1;
	KEEP(room);
	gives(take(64));
	if (depth)
		large(depth - 1);
	KEEP(room);
}

static OWN double variadic(int count, ...)
{
	va_list list;
	double all = 0;

	va_start(list, count);
	for (int i = 0; i < count; i++)
		all += va_arg(list, double);
	gives(take(8 * (size_t)count));
	va_end(list);
	return all;
}

static OWN unsigned long recursive(unsigned n)
{
	void *p = take(n + 1);
	unsigned long r = n < 2 ? n : recursive(n - 1) + recursive(n - 2);

	gives(p);
	return r;
}

static int compare(const void *a, const void *b)
{
	gives(take(16));
	return *(const int *)a - *(const int *)b;
}

static OWN void by_libc(void)
{
	int numbers[] = {5, 3, 9, 1, 7, 2, 8};

	qsort(numbers, sizeof(numbers) / sizeof(*numbers), sizeof(*numbers), compare);
	sum += (unsigned long)numbers[0];
}

/* Many arguments, some of them on the stack, and the values that a call keeps in registers. */
static OWN unsigned long many(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j,
			      double x, double y)
{
	unsigned long r = leaf((unsigned long)(a + b * c - d)) ^ leaf((unsigned long)(e + f));

	gives(take((size_t)(g + h + i + j)));
	return r + (unsigned long)(x * y) + leaf((unsigned long)(i * j));
}

static void handler(int number)
{
	(void)number;
	gives(take(100));
	by_alloca(2);
}

static OWN void signals(void)
{
	struct sigaction act = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	stack_t other = {.ss_sp = malloc(65536), .ss_size = 65536};

	sigaltstack(&other, NULL);
	sigaction(SIGUSR1, &act, NULL);
	raise(SIGUSR1);
	act.sa_flags = 0;
	sigaction(SIGUSR1, &act, NULL);
	raise(SIGUSR1);
	other.ss_flags = SS_DISABLE;
	sigaltstack(&other, NULL);
	free(other.ss_sp);
}

static OWN void all_of_it(void)
{
	for (unsigned i = 1; i < 6; i++) {
		by_alloca(i);
		by_array(i * 7);
		sum += (unsigned long)variadic((int)i, 1.0, 2.0, 3.0, 4.0, 5.0);
		sum += many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1.5, i);
	}
	large(3);
	by_libc();
	sum += recursive(9);
}

static void *in_thread(void *argument)
{
	all_of_it();
	return argument;
}

int main(int argc, char **argv)
{
	pthread_t threads[3];

	all_of_it();
	signals();
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, in_thread, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for (int i = 1; i < argc; i++) {
		void *library = dlopen(argv[i], RTLD_NOW);

		if (!library) {
			printf("%s\n", dlerror());
			return 1;
		}
		void (*run)(void) = (void (*)(void))dlsym(library, "frames_run");

		run();
		dlclose(library);
	}
	return sum == 0;
}

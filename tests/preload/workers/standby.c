/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program that runs long, and does what it is told on its standard input:
 *
 *	keep	waits until it is traced, then keeps 1,000 blocks of 100 bytes
 *	drop	frees them		old	frees 1,000 blocks from its beginning
 *	wait	until it is traced no more
 *	way	says whether its jump to free leads past libmemtop.so or there
 *	fork	a child that does as it is told by the next line, and ends
 *	quit
 *
 * Every other block is freed by an address that the program took when it began.  So many threads (the first argument) allocate and free all the time; with a second one,
 * threads come and go too.
 */
#include <dlfcn.h>
#include <link.h>
#include <memtop.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCKS 1000

static _Atomic int stop;
static void *old[BLOCKS], *kept[BLOCKS];

__attribute__((noinline)) static void *churn(void *argument)
{
	while (!stop) {
		void *volatile p = malloc(40);

		free(p);
		p = realloc(malloc(10), 3000);
		free(p);
	}
	return argument;
}

static void *once(void *argument)
{
	void *volatile p = malloc(50);

	free(p);
	return argument;
}

/* Begins threads and waits for them. */
static void *births(void *argument)
{
	pthread_t thread;

	while (!stop)
		if (pthread_create(&thread, NULL, once, NULL) == 0)
			pthread_join(thread, NULL);
	return argument;
}

static int is_traced(void)
{
	size_t current, peak;

	return memtop_traced_memory(&current, &peak) == 0;
}

__attribute__((noinline)) static void keep(void)
{
	for (int i = 0; i < BLOCKS; i++)
		kept[i] = malloc(100);
}

static void (*volatile release)(void *block) = free;

static void drop(void **blocks)
{
	for (int i = 0; i < BLOCKS; i++) {
		if (i % 2)
			release(blocks[i]);
		else
			free(blocks[i]);
		blocks[i] = NULL;
	}
}

/* The value of a number in the dynamic section; addresses are final there (glibc). */
static uintptr_t dynamic(ElfW(Sxword) tag)
{
	for (const ElfW(Dyn) *d = _DYNAMIC; d->d_tag != DT_NULL; d++)
		if (d->d_tag == tag)
			return d->d_un.d_val;
	return 0;
}

/* Which file the program's own jump to free leads to.  (Older linkers make the address of
 * free that of an entry of the program's table, which memtop leaves as it is.) */
static const char *way(void)
{
	const ElfW(Rela) *r = (const ElfW(Rela) *)dynamic(DT_JMPREL);
	const ElfW(Sym) *symbols = (const ElfW(Sym) *)dynamic(DT_SYMTAB);
	const char *names = (const char *)dynamic(DT_STRTAB);
	size_t count = dynamic(DT_PLTRELSZ) / sizeof(*r);
	Dl_info info, own;

	dladdr(_DYNAMIC, &own);
	for (size_t i = 0; i < count; i++) {
		const ElfW(Sym) *symbol = &symbols[ELF64_R_SYM(r[i].r_info)];

		if (strcmp(names + symbol->st_name, "free") != 0)
			continue;
		if (symbol->st_value)
			return "an entry of its own";
		if (dladdr(*(void **)((char *)own.dli_fbase + r[i].r_offset), &info))
			return strrchr(info.dli_fname, '/') + 1;
	}
	return "nowhere";
}

static int obey(const char *word)
{
	if (!strcmp(word, "keep\n")) {
		while (!is_traced()) {
			void *volatile p = malloc(1);

			free(p);
			sched_yield();
		}
		keep();
		memtop_mark("kept");    /* answered once all of it was read */
	} else if (!strcmp(word, "drop\n")) {
		drop(kept);
	} else if (!strcmp(word, "old\n")) {
		drop(old);
	} else if (!strcmp(word, "way\n")) {
		puts(way());
		fflush(stdout);
		return 1;
	} else if (!strcmp(word, "wait\n")) {
		while (is_traced())
			sched_yield();
	} else {
		return 0;
	}
	puts("done");
	fflush(stdout);
	return 1;
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 8, n = threads + (argc > 2);
	pthread_t thread[65];
	char line[64];

	setvbuf(stdin, NULL, _IONBF, 0);
	for (int i = 0; i < BLOCKS; i++)
		old[i] = malloc(77);
	for (int i = 0; i < n && i < 65; i++)
		pthread_create(&thread[i], NULL, i < threads ? churn : births, NULL);
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n")) {
		if (obey(line))
			continue;
		if (strcmp(line, "fork\n"))
			return 2;
		pid_t child = fork();

		if (child == 0) {
			printf("child %d\n", (int)getpid());
			fflush(stdout);
			while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n"))
				obey(line);
			_exit(0);
		}
		waitpid(child, NULL, 0);
		puts("done");
		fflush(stdout);
	}
	stop = 1;
	for (int i = 0; i < n && i < 65; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program that knows what it allocates: three call paths to one malloc line,
 * a calloc line and a realloc line, on one thread or on several whose blocks
 * are freed by the next thread.  It prints what it did itself, a line each:
 *
 *	line LABEL size=.. count=.. allocations=.. total=.. temporary=..
 *	path FUNCTION (the same)
 *	peak BYTES (of its own blocks; one thread only)
 *
 * LABEL stands in a comment behind an @ on the line that allocates.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
#define BLOCKS 300
#define THREADS 8

enum { GRAB, ZEROED, GROWN, LINES };
enum { PATH_A, PATH_B, PATH_C, PATH_Z, PATH_R, PATHS };

struct figures {
	uint64_t size, count, allocations, total, temporary;
};

struct lane {
	unsigned number;
	void *left[BLOCKS];             /* blocks that the next lane frees */
	size_t left_size[BLOCKS];
	int left_path[BLOCKS];
	unsigned left_length;
	struct figures path[PATHS];     /* deltas: sizes may wrap below zero */
	uint64_t current, peak;
};

static struct lane lanes[THREADS];
static pthread_barrier_t barrier;

static void note(struct lane *l, int path, size_t size)
{
	struct figures *f = &l->path[path];
	f->size += size;
	f->count++;
	f->allocations++;
	f->total += size;
	l->current += size;
	if (l->current > l->peak)
		l->peak = l->current;
}

static void forget(struct lane *l, int path, size_t size)
{
	l->path[path].size -= size;
	l->path[path].count--;
	l->current -= size;
}

static NOINLINE void *grab(size_t size)
{
	void *p = malloc(size); /* @grab */
	memset(p, 1, size);
	return p;
}

static NOINLINE void *path_a(struct lane *l, size_t size)
{
	void *p = grab(size);
	note(l, PATH_A, size);
	return p;
}

static NOINLINE void *path_b(struct lane *l, size_t size)
{
	void *p = grab(size);
	note(l, PATH_B, size);
	return p;
}

static NOINLINE void *between(size_t size)
{
	void *p = grab(size);
	__asm__ volatile("" ::: "memory");
	return p;
}

static NOINLINE void *path_c(struct lane *l, size_t size)
{
	void *p = between(size);
	note(l, PATH_C, size);
	return p;
}

static NOINLINE void *path_z(struct lane *l, size_t size)
{
	void *p = calloc(3, size); /* @zeroed */
	note(l, PATH_Z, 3 * size);
	return p;
}

static NOINLINE void *path_r(struct lane *l, void *old, int old_path, size_t old_size, size_t size)
{
	void *p = realloc(old, size); /* @grown */
	if (old)
		forget(l, old_path, old_size);
	note(l, PATH_R, size);
	return p;
}

static void keep(struct lane *l, void *p, size_t size, int path)
{
	l->left[l->left_length] = p;
	l->left_size[l->left_length] = size;
	l->left_path[l->left_length++] = path;
}

/* Freed at once: temporary. */
static NOINLINE void temporary(struct lane *l, size_t size)
{
	void *p = path_a(l, size);
	l->path[PATH_A].temporary++;
	forget(l, PATH_A, size);
	free(p);
}

static void work(struct lane *l)
{
	for (unsigned i = 0; i < BLOCKS / 6; i++) {
		size_t size = 16 + 8 * i + l->number;
		keep(l, path_a(l, size), size, PATH_A);
		keep(l, path_b(l, size * 2), size * 2, PATH_B);
		keep(l, path_c(l, size * 3), size * 3, PATH_C);
		keep(l, path_z(l, size), size * 3, PATH_Z);
		temporary(l, 1000);
		void *grown = path_b(l, size);
		void *other = path_c(l, 5);
		grown = path_r(l, grown, PATH_B, size, size * 4);
		/* Its old half is this thread's next event: temporary too. */
		grown = path_r(l, grown, PATH_R, size * 4, size * 9);
		l->path[PATH_R].temporary++;
		keep(l, grown, size * 9, PATH_R);
		forget(l, PATH_C, 5);
		free(other);
	}
}

/* Two of three blocks of another lane go, the third stays for ever. */
static void clean(struct lane *l, struct lane *of)
{
	for (unsigned i = 0; i < of->left_length; i++) {
		if (i % 3 == 2)
			continue;
		forget(l, of->left_path[i], of->left_size[i]);
		free(of->left[i]);
	}
}

static void *run(void *user)
{
	struct lane *l = user;
	work(l);
	pthread_barrier_wait(&barrier);
	clean(l, &lanes[(l->number + 1) % THREADS]);
	return NULL;
}

static void print(const char *kind, const char *name, const struct figures *f)
{
	printf("%s %s size=%llu count=%llu allocations=%llu total=%llu temporary=%llu\n", kind,
	       name, (unsigned long long)f->size, (unsigned long long)f->count,
	       (unsigned long long)f->allocations, (unsigned long long)f->total,
	       (unsigned long long)f->temporary);
}

static void add(struct figures *to, const struct figures *f)
{
	to->size += f->size;
	to->count += f->count;
	to->allocations += f->allocations;
	to->total += f->total;
	to->temporary += f->temporary;
}

static void print_all(void)
{
	static const char *const names[] = { "path_a", "path_b", "path_c", "path_z", "path_r" };
	static const char *const lines[] = { "grab", "zeroed", "grown" };
	static const int line_of[] = { GRAB, GRAB, GRAB, ZEROED, GROWN };
	struct figures path[PATHS] = { 0 }, line[LINES] = { 0 };

	for (int t = 0; t < THREADS; t++)
		for (int p = 0; p < PATHS; p++)
			add(&path[p], &lanes[t].path[p]);
	for (int p = 0; p < PATHS; p++) {
		add(&line[line_of[p]], &path[p]);
		print("path", names[p], &path[p]);
	}
	for (int i = 0; i < LINES; i++)
		print("line", lines[i], &line[i]);
}

static void many(void)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		lanes[i].number = i;
		pthread_create(&threads[i], NULL, run, &lanes[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	static char out[4096];

	/* Its buffer would be an allocation of the C library's. */
	setvbuf(stdout, out, _IOFBF, sizeof(out));
	if (argc > 1 && strcmp(argv[1], "many") == 0) {
		many();
		print_all();
	} else {
		work(&lanes[0]);
		clean(&lanes[0], &lanes[0]);
		print_all();
		printf("peak %llu\n", (unsigned long long)lanes[0].peak);
	}
	return 0;
}

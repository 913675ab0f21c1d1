/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A random program that keeps books: `chance SEED THREADS`.  In rounds each thread allocates,
 * reallocates and frees its own blocks and those that another thread handed to it in the
 * round before.  Between rounds, while all threads wait, the first one may fork; the child
 * goes on alone with every block that there is, and may fork once more.  Before it ends, a
 * process prints
 *
 *	PID line LABEL size=.. count=.. allocations=.. total=.. temporary=..
 *	PID peak LABEL size=.. count=..         when its blocks were the most; one thread alone
 *	PID most LEAST MOST                     bounds of that; equal where one thread ran
 *
 * LABEL stands in a comment behind an @ on the line that allocates.  What a child has from
 * its parent are its own first allocations.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/preload/workers/expect.h"

#define ROUNDS 6
#define STEPS 250
#define POOL 400
#define THREADS_MOST 8
#define LINES_MOST 10

struct figures {
	unsigned long size, count, allocations, total, temporary;
};

struct block {
	void *start;
	size_t size;
	unsigned line;
};

struct pool {
	struct block blocks[POOL];
	unsigned length;
};

/* What one thread did; sizes and counts may wrap below zero. */
struct lane {
	uint64_t seed;
	struct pool own, handed;        /* handed: for the next lane, in the next round */
	struct figures lines[LINES_MOST];
	void *last;                     /* what its last event acquired, or NULL */
	long bytes, most;               /* of this round: what it added, and its highest */
};

static struct lane lanes[THREADS_MOST];
static unsigned threads, generation;
static pthread_barrier_t barrier;

/* The whole process, known while all threads wait. */
static struct {
	long start, least, most;        /* at the round's start; bounds of the peak */
	unsigned long size[LINES_MOST], count[LINES_MOST];      /* at the peak */
} peak;

static uint64_t pick(struct lane *l, uint64_t below)
{
	/* xorshift64, as in tests/random.h; each lane has its own state. */
	l->seed ^= l->seed << 13;
	l->seed ^= l->seed >> 7;
	l->seed ^= l->seed << 17;
	return (l->seed >> 11) % below;
}

OWN static void *by_malloc(size_t size)
{
	return malloc(size); /* @malloc */
}

OWN static void *by_calloc(size_t size)
{
	return calloc(1, size); /* @calloc */
}

OWN static void *by_nothing(size_t size)
{
	return realloc(NULL, size); /* @realloc-null */
}

OWN static void *by_array(size_t size)
{
	return reallocarray(NULL, size, 1); /* @reallocarray */
}

OWN static void *by_aligned(size_t size)
{
	return aligned_alloc(64, size); /* @aligned_alloc */
}

OWN static void *by_posix(size_t size)
{
	void *start = NULL;

	return posix_memalign(&start, 256, size) ? NULL : start; /* @posix_memalign */
}

OWN static void *by_memalign(size_t size)
{
	return memalign(32, size); /* @memalign */
}

OWN static void *by_path(size_t size)
{
	void *start = by_malloc(size);

	KEEP(start);
	return start;
}

OWN static void *grown(void *old, size_t size)
{
	return realloc(old, size); /* @realloc */
}

/* Beside each, the line that it allocates on; realloc's is the last. */
static const struct way {
	void *(*allocate)(size_t size);
	unsigned line;
} ways[] = { { by_malloc, 0 }, { by_calloc, 1 }, { by_nothing, 2 }, { by_array, 3 },
	     { by_aligned, 4 }, { by_posix, 5 }, { by_memalign, 6 }, { by_path, 0 } };
static const char *const labels[] = { "malloc", "calloc", "realloc-null", "reallocarray",
				      "aligned_alloc", "posix_memalign", "memalign", "realloc" };
#define WAYS (sizeof(ways) / sizeof(*ways))
#define LINES (sizeof(labels) / sizeof(*labels))
#define GROWN (LINES - 1)

static void save_peak(struct lane *l)
{
	if (threads > 1 || peak.start + l->bytes <= peak.most)
		return;
	peak.least = peak.most = peak.start + l->bytes;
	for (unsigned i = 0; i < LINES; i++) {
		peak.size[i] = l->lines[i].size;
		peak.count[i] = l->lines[i].count;
	}
}

static struct block acquired(struct lane *l, void *start, size_t size, unsigned line)
{
	struct figures *f = &l->lines[line];

	MUST(start);
	f->size += size;
	f->count++;
	f->allocations++;
	f->total += size;
	l->last = start;
	l->bytes += (long)size;
	if (l->bytes > l->most)
		l->most = l->bytes;
	save_peak(l);
	return (struct block){ start, size, line };
}

static void released(struct lane *l, const struct block *block)
{
	struct figures *f = &l->lines[block->line];

	f->size -= block->size;
	f->count--;
	f->temporary += block->start == l->last;
	l->last = NULL;
	l->bytes -= (long)block->size;
}

/* Most are small, some large enough for a mapping of their own; zero is a size too. */
static size_t any_size(struct lane *l)
{
	static const size_t below[] = { 1, 40, 40, 600, 600, 9000, 300000 };

	return pick(l, below[pick(l, sizeof(below) / sizeof(*below))]);
}

static void allocate(struct lane *l)
{
	const struct way *way = &ways[pick(l, WAYS)];
	size_t size = any_size(l);

	if (l->own.length == POOL)
		return;
	l->own.blocks[l->own.length++] = acquired(l, way->allocate(size), size, way->line);
}

/* The newest one as often as not, as programs do. */
static struct block take(struct lane *l, struct pool *pool)
{
	unsigned which = pick(l, 2) ? pool->length - 1 : (unsigned)pick(l, pool->length);
	struct block block = pool->blocks[which];

	pool->blocks[which] = pool->blocks[--pool->length];
	return block;
}

static void end_one(struct lane *l, struct pool *pool)
{
	if (!pool->length)
		return;
	struct block block = take(l, pool);

	released(l, &block);
	free(block.start);
}

/* Never to nothing: that is a free. */
static void resize(struct lane *l)
{
	if (!l->own.length)
		return;
	struct block block = take(l, &l->own);
	size_t size = 1 + any_size(l);
	void *start = grown(block.start, size);

	released(l, &block);
	l->own.blocks[l->own.length++] = acquired(l, start, size, GROWN);
}

static void hand_over(struct lane *l)
{
	if (!l->own.length || l->handed.length == POOL)
		return;
	struct block block = take(l, &l->own);

	/* Whoever frees it is another thread. */
	if (threads > 1 && block.start == l->last)
		l->last = NULL;
	l->handed.blocks[l->handed.length++] = block;
}

static void step(struct lane *l, struct pool *given)
{
	unsigned what = (unsigned)pick(l, 10);

	if (what < 4)
		allocate(l);
	else if (what < 6)
		end_one(l, &l->own);
	else if (what < 7)
		end_one(l, given);
	else if (what < 8)
		resize(l);
	else
		hand_over(l);
}

static void sum_up(struct figures sums[LINES_MOST])
{
	memset(sums, 0, LINES_MOST * sizeof(*sums));
	for (unsigned t = 0; t < THREADS_MOST; t++)
		for (unsigned i = 0; i < LINES; i++) {
			sums[i].size += lanes[t].lines[i].size;
			sums[i].count += lanes[t].lines[i].count;
			sums[i].allocations += lanes[t].lines[i].allocations;
			sums[i].total += lanes[t].lines[i].total;
			sums[i].temporary += lanes[t].lines[i].temporary;
		}
}

/* After a round: no order of its threads' events came higher than each one's highest. */
static void close_round(void)
{
	long most = peak.start;

	for (unsigned t = 0; t < threads; t++) {
		most += lanes[t].most;
		peak.start += lanes[t].bytes;
		lanes[t].bytes = lanes[t].most = 0;
	}
	if (most > peak.most)
		peak.most = most;
	if (peak.start > peak.least)
		peak.least = peak.start;
}

static void say(void)
{
	static char text[8192];
	struct figures sums[LINES_MOST];
	int at = 0, pid = (int)getpid();

	sum_up(sums);
	for (unsigned i = 0; i < LINES; i++) {
		const struct figures *f = &sums[i];

		at += snprintf(text + at, sizeof(text) - (size_t)at,
			       "%d line %s size=%lu count=%lu allocations=%lu total=%lu "
			       "temporary=%lu\n", pid, labels[i], f->size, f->count,
			       f->allocations, f->total, f->temporary);
		if (threads == 1)
			at += snprintf(text + at, sizeof(text) - (size_t)at,
				       "%d peak %s size=%lu count=%lu\n", pid, labels[i],
				       peak.size[i], peak.count[i]);
	}
	at += snprintf(text + at, sizeof(text) - (size_t)at, "%d most %ld %ld\n", pid, peak.least,
		       peak.most);
	MUST(write(STDOUT_FILENO, text, (size_t)at) == at);
}

/* The child's books begin with what it has; it is one lane that holds all. */
static void inherit(void)
{
	static struct pool rest;
	struct figures sums[LINES_MOST];
	struct lane *l = &lanes[0];

	sum_up(sums);
	for (unsigned t = 1; t < THREADS_MOST; t++)
		memset(lanes[t].lines, 0, sizeof(lanes[t].lines));
	for (unsigned i = 0; i < LINES; i++) {
		l->lines[i] = (struct figures){ sums[i].size, sums[i].count, sums[i].count,
						sums[i].size, 0 };
		peak.size[i] = sums[i].size;
		peak.count[i] = sums[i].count;
	}
	threads = 1;
	peak.least = peak.most = peak.start;
	l->last = NULL;
	l->seed += ++generation;
	for (unsigned n = 0; n < STEPS; n++) {
		/* First something that no event before the fork had to do with. */
		if (n)
			step(l, n % 2 ? &lanes[1 + pick(l, THREADS_MOST - 1)].own : &rest);
		else
			allocate(l);
	}
}

static void maybe_fork(struct lane *l)
{
	if (generation == 2 || pick(l, 3))
		return;
	pid_t child = fork();

	MUST(child >= 0);
	if (child) {
		int status;

		MUST(waitpid(child, &status, 0) == child && !status);
		return;
	}
	inherit();
	close_round();
	maybe_fork(l);
	say();
	_exit(0);
}

static void round_of(struct lane *l, struct pool *given)
{
	for (unsigned n = 0; n < STEPS; n++)
		step(l, given);
}

static void *run(void *user)
{
	struct lane *l = user, *before = &lanes[((size_t)(l - lanes) + threads - 1) % threads];
	static struct pool given[THREADS_MOST];
	struct pool *mine = &given[l - lanes];

	for (unsigned n = 0; n < ROUNDS; n++) {
		round_of(l, mine);
		pthread_barrier_wait(&barrier);
		/* What was not freed of the last ones stays for ever. */
		*mine = before->handed;
		if (l == lanes) {
			close_round();
			maybe_fork(l);
		}
		pthread_barrier_wait(&barrier);
		l->handed.length = 0;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t others[THREADS_MOST];

	MUST(argc == 3);
	threads = (unsigned)atoi(argv[2]);
	MUST(threads >= 1 && threads <= THREADS_MOST);
	pthread_barrier_init(&barrier, NULL, threads);
	for (unsigned t = 0; t < threads; t++)
		lanes[t].seed = (strtoull(argv[1], NULL, 10) + 1) * 2654435761u + t * 977;
	for (unsigned t = 1; t < threads; t++)
		MUST(!pthread_create(&others[t], NULL, run, &lanes[t]));
	run(&lanes[0]);
	for (unsigned t = 1; t < threads; t++)
		pthread_join(others[t], NULL);
	say();
	return 0;
}

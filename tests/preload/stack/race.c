/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Eight threads intern the same random words in different orders, over several
 * levels of the hash and many pieces of the segment, while another plays memtop
 * and allocates pages late.  Under ThreadSanitizer.  Each word gets one index,
 * each index is its word, and a full table says so.  Before that, the stacks of a tree,
 * as the walk interns them: each gets one node, whose parents are the stack.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tracer/preload/segment/intern.h"
#include "tracer/preload/segment/table.h"
#include "tracer/wire/ring.h"

#define THREADS 8
#define WORDS 60000u
#define PATHS 512u                      /* of a tree: three calls from each function */
#define DEEP 6u
#define NODES 1092u                     /* 3 + 9 + ... + 729, and no more */
#define LIMIT (WORDS + WORDS / 8 + NODES)

static uint32_t leaf[THREADS][PATHS];
static uint32_t got[THREADS][WORDS];
static _Atomic int running = THREADS;
static _Atomic int failures;

static uint64_t word_of(uint64_t i)
{
	i = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return (i ^ i >> 29) | 1;
}

static void *intern_all(void *argument)
{
	uint64_t me = (uint64_t)(uintptr_t)argument;
	for (uint64_t n = 0; n < WORDS; n++) {
		uint64_t i = me % 2 ? n : WORDS - 1 - n;
		uint64_t word = word_of(i);
		uint32_t index = intern_find(intern_nodes(), word);
		if (!index)
			index = intern_insert(intern_nodes(), word);
		if (!index)
			index = intern_add(intern_nodes(), word);
		got[me][i] = index;
		if (!index || intern_word(intern_nodes(), index) != word)
			failures++;
	}
	running--;
	return NULL;
}

/* Which of three calls path i makes at a depth. */
static uint32_t call_of(uint32_t i, uint32_t depth)
{
	return WIRE_SITE_FIRST + (uint32_t)(word_of(i) >> (20 + 4 * depth)) % 3;
}

static uint32_t child_of(uint32_t parent, uint32_t site)
{
	uint64_t word = wire_node(parent, site);
	uint32_t node = intern_neighbour(parent, word);
	if (!node)
		node = intern_child(parent, word);
	if (!node)
		node = intern_add(intern_nodes(), word);
	if (!node || intern_word(intern_nodes(), node) != word)
		failures++;
	return node;
}

static void *intern_paths(void *argument)
{
	uint64_t me = (uint64_t)(uintptr_t)argument;
	for (uint32_t n = 0; n < PATHS; n++) {
		uint32_t i = me % 2 ? n : PATHS - 1 - n, node = WIRE_TRACE_ROOT;
		for (uint32_t depth = 0; depth < DEEP; depth++)
			node = child_of(node, call_of(i, depth));
		leaf[me][i] = node;
	}
	running--;
	return NULL;
}

/* Looks all paths up again: no node is added, and the parents of a leaf are its path. */
static void check_paths(const struct wire_control *c)
{
	uint32_t before = c->traces;
	unsigned twice = 0;
	for (uint32_t i = 0; i < PATHS; i++) {
		uint32_t node = WIRE_TRACE_ROOT;
		for (uint32_t depth = 0; depth < DEEP; depth++)
			node = child_of(node, call_of(i, depth));
		for (int t = 0; t < THREADS; t++) {
			uint32_t at = leaf[t][i];
			twice += at != node;
			for (uint32_t depth = DEEP; depth-- > 0;) {
				uint64_t word = intern_word(intern_nodes(), at);
				failures += wire_node_site(word) != call_of(i, depth);
				at = wire_node_parent(word);
			}
			failures += at != WIRE_TRACE_ROOT;
		}
	}
	printf("%u paths, %u entries, %u times another node\n", PATHS, before - 1, twice);
	/* Only where a thread was stopped inside intern_child. */
	if (c->traces != before || twice > PATHS * THREADS / 8)
		failures++;
}

/* Gives pages 100 entries at a time, a little ahead of what is used. */
static void *be_memtop(void *argument)
{
	struct wire_control *c = argument;
	while (running > 0) {
		uint64_t want = (c->traces + 100ul) * 8;
		if (want > c->limit[WIRE_TRACES])
			want = c->limit[WIRE_TRACES];
		if (want > c->ready[WIRE_TRACES]) {
			atomic_store_explicit(&c->ready[WIRE_TRACES], want, memory_order_release);
			c->ready_seq++;
		}
		c->reader_beat++;
	}
	return NULL;
}

static struct wire_control *make_segment(int fd)
{
	struct wire_control *c =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (c == MAP_FAILED)
		exit(2);
	for (int r = 0; r < WIRE_REGIONS; r++) {
		c->offset[r] = 4096 + (uint64_t)r * (64 << 20);
		c->limit[r] = r == WIRE_RINGS ? WIRE_RING_BYTES : LIMIT * 8ul;
		c->ready[r] = r == WIRE_TRACES ? 0 : c->limit[r];
	}
	c->magic = WIRE_MAGIC;
	c->version = WIRE_VERSION;
	c->max_traces = LIMIT;
	return c;
}

static void check_ids(void)
{
	unsigned twice = 0;
	for (uint32_t i = 0; i < WORDS; i++)
		for (int t = 1; t < THREADS; t++)
			twice += got[t][i] != got[0][i];
	/* Only where the hash changed to its next level may there be a few. */
	if (twice > THREADS * THREADS) {
		printf("%u times another index for the same word\n", twice);
		failures++;
	}
}

static void check_full(void)
{
	uint64_t i = WORDS;
	while (i < 2 * LIMIT && intern_add(intern_nodes(), word_of(i)))
		i++;
	if (i == 2 * LIMIT || table_control()->traces != LIMIT) {
		printf("the table never gets full\n");
		failures++;
	}
	if (intern_add(intern_nodes(), word_of(5)) != got[0][5])
		failures++;
}

/* The program has written over the counter of words: pieces that were never mapped, and
 * such as there can't be, hold no neighbour. */
static void check_written_over(struct wire_control *c)
{
	static const uint32_t parents[] = {
		0, WIRE_PIECE_BYTES / 8 - 1, WIRE_PIECE_BYTES / 8, LIMIT - 2, LIMIT - 1, LIMIT,
		1u << 24, UINT32_MAX - 1, UINT32_MAX,
	};
	uint32_t traces = atomic_exchange(&c->traces, UINT32_MAX);
	for (unsigned i = 0; i < sizeof(parents) / sizeof(*parents); i++)
		if (intern_neighbour(parents[i], word_of(i)))
			failures++;
	atomic_store(&c->traces, traces);
}

static void *write_over_ready(void *argument)
{
	struct wire_control *c = argument;
	while (running > 0) {
		atomic_store(&c->ready[WIRE_TRACES], 0);
		atomic_store(&c->ready[WIRE_TRACES], c->limit[WIRE_TRACES]);
	}
	return NULL;
}

/* It goes on writing over how much is ready: a word is added or not, and that is all. */
static void check_ready_written_over(struct wire_control *c)
{
	pthread_t thread;
	pthread_create(&thread, NULL, write_over_ready, c);
	int before = running;
	for (uint64_t tries = 0, added = 0; added < WORDS / 16 && tries < 10000000; tries++)
		added += intern_insert(intern_nodes(), word_of(added + (UINT64_C(1) << 40))) != 0;
	running = 0;
	pthread_join(thread, NULL);
	running = before;
	atomic_store(&c->ready[WIRE_TRACES], 0);
}

static void run_threads(void *(*work)(void *), struct wire_control *c)
{
	pthread_t thread[THREADS], memtop;
	running = THREADS;
	pthread_create(&memtop, NULL, be_memtop, c);
	for (uint64_t t = 0; t < THREADS; t++)
		pthread_create(&thread[t], NULL, work, (void *)(uintptr_t)t);
	for (int t = 0; t < THREADS; t++)
		pthread_join(thread[t], NULL);
	pthread_join(memtop, NULL);
}

int main(void)
{
	int fd = memfd_create("race", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, INT64_C(1) << 30) != 0)
		return 2;
	struct wire_control *c = make_segment(fd);
	if (table_open(fd) != 0 || intern_start() != 0)
		return 2;
	close(fd);
	run_threads(intern_paths, c);
	check_paths(c);
	check_written_over(c);
	check_ready_written_over(c);
	run_threads(intern_all, c);
	printf("%u words, %u entries\n", WORDS, c->traces);
	check_ids();
	atomic_store(&c->ready[WIRE_TRACES], c->limit[WIRE_TRACES]);
	check_full();
	return failures ? 1 : 0;
}

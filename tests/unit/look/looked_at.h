/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_LOOK_LOOKED_AT_H
#define TESTS_UNIT_LOOK_LOOKED_AT_H
/*
 * A forked child that is looked at: it holds blocks that lie in a mapping at an address
 * that was never used before, so that nothing which it inherited points there.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/look/each.h"
#include "tracer/collect/look/look.h"
#include "tracer/collect/look/layout.h"
#include "tracer/look/graph/ways.h"
#include "tracer/preload/base/cow.h"
/* The code that the tracer has in each program. */
#include "tracer/preload/base/cow.c"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define ARENA (UINT64_C(1) << 20)
#define BLOCK 64u
#define BLOCKS 32u

static uint64_t arena = UINT64_C(0x100000000000);       /* of this test's child */
static int line[2];                                     /* ours, the child's */
static pid_t child;

static uint64_t address_of(unsigned block) { return arena + 4096 + block * BLOCK; }

/* What holds blocks in the child: nothing else may have their addresses, so they
 * come to be right where they are to stay. */
static uint64_t data_word;
static __thread uint64_t thread_word;
static unsigned char tracked[64] __attribute__((aligned(16)));
static volatile int go_on;

/* Half an address is none: a whole one is in no register and on no stack. */
static uint64_t half_of(unsigned block) { return arena / 2 + 2048 + block * (BLOCK / 2); }

static void put(void *place, unsigned block)
{
	uint64_t half = half_of(block);

	__asm__ volatile("add %[half], %[half]; mov %[half], %[place]; xor %k[half], %k[half]"
			 : [half] "+r"(half), [place] "=m"(*(uint64_t *)place) : : "cc", "memory");
}

static void point_from_block(unsigned from, unsigned to)
{
	put((void *)(address_of(from) + 8), to);
}

/* Stale copies on the stack below, and in the registers that calls may change. */
static __attribute__((noinline)) void scrub(void)
{
	volatile unsigned char room[16384];

	memset((void *)room, 0, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
	__asm__ volatile("xor %%eax, %%eax; xor %%ecx, %%ecx; xor %%edx, %%edx; xor %%esi, %%esi;"
			 "xor %%edi, %%edi; xor %%r8d, %%r8d; xor %%r9d, %%r9d; xor %%r10d, %%r10d;"
			 "xor %%r11d, %%r11d"
			 ::: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
}

static void say(char word)
{
	if (write(line[1], &word, 1) != 1)
		_exit(1);
}

/* In the child, which can't go on: says why. */
static void give_up(const char *what)
{
	perror(what);
	_exit(1);
}

/* The child does what `part` says, tells that it has, and answers until it is ended. */
static void begin(void (*part)(void))
{
	arena += UINT64_C(1) << 32;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char word;

		close(line[0]);
		/* A sibling looks in one test. */
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
		if (mmap((void *)arena, ARENA, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
			give_up("mmap");
		*(volatile char *)address_of(0) = 0;
		part();
		scrub();
		say('b');
		while (read(line[1], &word, 1) == 1)
			say(word);
		_exit(0);
	}
	close(line[1]);
	char word;

	assert_int_equal(read(line[0], &word, 1), 1);
}

/* It lives and is no one's tracee: it answers. */
static void answers(void)
{
	char word = 'a';

	assert_int_equal(write(line[0], &word, 1), 1);
	assert_int_equal(read(line[0], &word, 1), 1);
	assert_int_equal(word, 'a');
}

static void end(void)
{
	int status;

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(line[0]);
}

static int give_blocks(void *user, struct graph *graph,
		       struct look_settled *settled)
{
	(void)settled;
	(void)user;
	for (unsigned i = 0; i < BLOCKS; i++) {
		int error = graph_add(graph, &(struct graph_block){ address_of(i), BLOCK, i });

		if (error)
			return error;
	}
	return graph_add(graph, &(struct graph_block){ (uintptr_t)tracked, sizeof(tracked),
						       BLOCKS });
}

static enum graph_state states[BLOCKS + 1];

static void note(void *user, const struct graph_block *block, enum graph_state state)
{
	(void)user;
	states[block->trace] = state;
}

/* On a busy machine threads may take longer to stop than a look waits for. */
static int ask(const struct look_question *question, struct graph **graph,
	       struct look_told *told)
{
	int error;

	do
		error = look_at(question, graph, told);
	while (error == -ETIMEDOUT);
	return error;
}

static char names[BLOCKS + 1][128];     /* of the root by which each is held */

/* The names at the top of the shortest ways. */
static int name_roots(void *user, struct graph *graph, struct rooted *rooted)
{
	uint32_t rows[BLOCKS + 8], roots;
	const struct dominators_folding how = { rows, 1000, 1000, NULL };
	struct dominators_fold *folds;
	struct dominators *tree;
	enum graph_state state;
	size_t length;

	(void)user;
	assert_true(graph_length(graph) <= BLOCKS + 8);
	memset(names, 0, sizeof(names));
	for (size_t n = 0; n < graph_length(graph); n++) {
		struct graph_block block;

		rows[n] = graph_at(graph, n, &block, &state) ? block.trace : DOMINATORS_NO_ROW;
	}
	assert_int_equal(ways_find(graph, rooted_ranks(rooted, &roots), NULL, &tree), 0);
	assert_int_equal(dominators_fold(tree, &how, &folds, &length), 0);
	for (size_t f = 1; f < length; f++) {
		uint32_t top = (uint32_t)f;

		while (folds[top].parent)
			top = folds[top].parent;
		if (folds[f].kind != DOMINATORS_ROW || folds[top].kind != DOMINATORS_ROOT)
			continue;
		assert_true(folds[top].id < roots);
		rooted_name(rooted, folds[top].id, names[folds[f].id], sizeof(*names));
	}
	free(folds);
	dominators_free(tree);
	return 0;
}

static struct look_told look_so(const struct look_question *question)
{
	struct look_told told;
	struct graph *graph;

	assert_int_equal(ask(question, &graph, &told), 0);
	each_block(graph, note, NULL);
	graph_free(graph);
	assert_int_equal(told.unread, 0);
	return told;
}

static struct look_told look_by(uint64_t cow)
{
	return look_so(&(struct look_question){
		.pid = child, .blocks = give_blocks, .cow = cow, .held = name_roots });
}

static struct look_told look(void) { return look_by(cow_ready()); }

/* A machine that is too busy for all threads to stand in two tries has the memory copied. */
static struct look_told look_by_clone(void)
{
	struct look_told told = look();

	for (int i = 0; told.way != LOOK_COW && i < 100; i++)
		told = look();
	assert_int_equal(told.way, LOOK_COW);
	return told;
}

#pragma GCC diagnostic pop

#endif

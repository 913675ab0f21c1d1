#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A block whose only pointer is in an unusual place is held, and the same block without it is
# lost: at the end of the program, whichever thread ends it.
. tests/lib.sh

cat >"$T/w.c" <<'END'
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include "memtop.h"
#define MIB (1 << 20)
static int lose;
static void *volatile large, *volatile tracked;
static char sealed[8192] __attribute__((aligned(4096))) = { 1 };
static char zeroed[3 * 4096] __attribute__((aligned(4096)));
static ucontext_t first, other;
static pthread_key_t key;
static __attribute__((noinline)) void *make(void)
{
	return memset(malloc(777), 7, 777);             /* BLOCK */
}
static __attribute__((noinline)) void keep(char *at)
{
	void *block = make();
	*(void **)at = lose ? NULL : block;
}
/* Overwrites what calls have left behind. */
static __attribute__((noinline)) void wipe(void)
{
	volatile char room[20000];
	for (unsigned i = 0; i < sizeof(room); i++)
		room[i] = 0;
}
static __attribute__((noinline)) char *map(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
/* In memory that may not be written to, or not read, any more. */
static __attribute__((noinline)) void protect(int how)
{
	char *page = map(4096);
	keep(page + 40);
	mprotect(page, 4096, how);
}
static __attribute__((noinline)) void seal(char *page)
{
	keep(page + 128);
	mprotect(page, 4096, PROT_READ);
}
/* Shared memory that only another mapping could be written through. */
static __attribute__((noinline)) void share(void)
{
	int file = memfd_create("shared", 0);
	ftruncate(file, 4096);
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	keep(page + 40);
	munmap(page, 4096);
	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
	*(volatile char *)page;
}
/* In a mapping that the kernel joins with that of a large block, which may be aligned, or of
 * one that takes as much for its alignment alone. */
static __attribute__((noinline)) void join(size_t align, size_t size)
{
	large = align ? aligned_alloc(align, size) : malloc(size);
	keep(map(65536) + 72);
}
/* Below the stack in use, in the same mapping: of a coroutine, or of a thread. */
static void end_here(void) { exit(0); }
static __attribute__((noinline)) void switch_stack(void)
{
	getcontext(&other);
	char *pool = map(MIB);
	keep(pool + 4160);
	other.uc_stack.ss_sp = pool + MIB / 2;
	other.uc_stack.ss_size = MIB / 4;
	makecontext(&other, end_here, 0);
}
static void *end_thread(void *user)
{
	(void)user;
	exit(0);
}
static __attribute__((noinline)) void start_thread(void)
{
	pthread_attr_t how;
	pthread_t thread;
	char *pool = map(MIB);
	keep(pool + 4160);
	pthread_attr_init(&how);
	pthread_attr_setstack(&how, pool + MIB / 2, MIB / 4);
	pthread_create(&thread, &how, end_thread, NULL);
}
static __attribute__((noinline)) void take_signals(void)
{
	stack_t stack = { .ss_sp = malloc(65536), .ss_size = 65536 };   /* STACK */
	if (!lose)
		sigaltstack(&stack, NULL);
}
static __attribute__((noinline)) void set_key(void)
{
	void *block = make();
	pthread_key_create(&key, NULL);
	pthread_setspecific(key, lose ? NULL : block);
}
/* In what a thread has for itself, in a mapping with another allocator's block, while it runs
 * on a stack elsewhere. */
static void *run_elsewhere(void *user)
{
	getcontext(&other);
	set_key();
	other.uc_stack.ss_sp = large = malloc(MIB);
	other.uc_stack.ss_size = MIB;
	makecontext(&other, end_here, 0);
	wipe();
	swapcontext(&first, &other);
	return user;
}
static __attribute__((noinline)) void start_in_pool(void)
{
	pthread_attr_t how;
	pthread_t thread;
	char *pool = map(MIB);
	memtop_track(70, tracked = pool + 64, 32);
	pthread_attr_init(&how);
	pthread_attr_setstack(&how, pool + MIB / 2, MIB / 4);
	pthread_create(&thread, &how, run_elsewhere, NULL);
}
int main(int argc, char **argv)
{
	char kind = argv[1][0];
	(void)argc;
	lose = argv[2] != NULL;
	switch (kind) {
	case 'n': protect(PROT_NONE); break;
	case 'r': protect(PROT_READ); break;
	case 's': seal(sealed); break;
	case 'z': seal(zeroed + 4096); break;
	case 'm': share(); break;
	case 'a': join(64, MIB); break;
	case 'e': join(MIB, 0); break;
	case 'l': join(0, MIB); break;
	case 'k': set_key(); break;
	case 'i': take_signals(); break;
	case 'p':
		start_in_pool();
		for (;;)
			pause();
	case 'c':
		switch_stack();
		wipe();
		swapcontext(&first, &other);
		break;
	case 't':
		start_thread();
		wipe();
		for (;;)
			pause();
	}
	wipe();
	exit(0);
}
END
$CC -g -O1 -w -Ishare/include -o "$T/w" "$T/w.c" -pthread -ldl
run "$MEMTOP" check --quiet --max-unreachable=0 -- "$T/w" x
[ "$status" = 0 ] || skip "no look can be taken here: $(head -n 1 "$T/err")"
for kind in none read sealed zeroed memfd aligned empty large key signals coroutine thread pool; do
	expect 0 timeout 60 "$MEMTOP" check --quiet --max-unreachable=0 -- "$T/w" $kind
	expect 99 timeout 60 "$MEMTOP" check --max-unreachable=0 -- "$T/w" $kind lost
	grep -q "1 block at .*/w.c:" "$T/out" "$T/err" || fail "$kind: the line is not named"
done

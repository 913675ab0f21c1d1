/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is lost and who holds the rest, said at each line that allocates: known.py reads it. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct link {
	struct link *next, *previous;
};
struct item {
	long number;
	struct link link;               /* lists lead here, not to the item's start */
};
/* A tree's leaf is told from a branch by the lowest bit. */
union edge {
	uintptr_t word;
	struct branch *branch;
};
struct branch {
	union edge left, right;
};
struct text {
	size_t length;
	char bytes[];
};

struct database {
	long number;
	char *dict;
	struct {
		char *times;
	} expires;
};
/* A struct with what is looked into and what is not. */
struct server {
	long port;
	struct database databases[4];
	struct link clients;
	char *arguments[100];
	union {
		char *word;
		long value;
	};
};

struct server server;
static struct {
	struct database many[65];
	char *name;
} store;
static struct database rows[3];
static struct link items;
static struct branch *tree;
static struct text *texts[10];
static char *line;
static __thread char *of_thread;
static pthread_key_t key;
static pthread_barrier_t ready;

__attribute__((noinline)) static void lose_blocks(void)
{
	for (int i = 0; i < 5; i++)
		memset(malloc(100), 0, 100);            //= lost 5 500
	char *grown = malloc(10);

	grown = realloc(grown, 3000);                   //= lost 1 3000
	memset(grown, 0, 3000);
	memset(aligned_alloc(256, 512), 0, 512);        //= lost 1 512
	strdup("nobody keeps this");                    //= lost 1 18
}

__attribute__((noinline)) static void lose_structures(void)
{
	struct link *head = calloc(1, sizeof(*head));           //= lost 1 16
	struct link *one, *two;

	head->next = calloc(1, 32);                             //= indirect 1 32
	head->next->next = calloc(1, 48);                       //= indirect 1 48
	one = calloc(1, sizeof(*one));                          //= indirect 1 16
	two = calloc(1, 40);                                    //= indirect 1 40
	one->next = two;
	two->next = one;
	/* It knows itself, which is no reason to be alive. */
	one = calloc(1, 56);                                    //= lost 1 56
	one->next = one;
	/* What its leaf holds is tagged. */
	struct branch *branch = calloc(1, 72);                  //= lost 1 72

	branch->left.word = (uintptr_t)calloc(1, 88) | 1;       //= indirect 1 88
}

__attribute__((noinline)) static void hold(void)
{
	items.next = items.previous = &items;
	for (int i = 0; i < 100; i++) {
		struct item *item = calloc(1, sizeof(*item)); //= [item] inside 100 2400 by static items

		item->link.next = items.next;
		item->link.previous = &items;
		items.next->previous = &item->link;
		items.next = &item->link;
	}
	tree = calloc(1, sizeof(*tree));                //= [tree] held 1 16 by static tree
	tree->left.branch = calloc(1, 160);             //= [left] held 1 160 by static tree -> 16 B [tree]
	tree->left.branch->left.word =
		(uintptr_t)calloc(1, 80) | 1;           //= inside 1 80 by static tree -> 16 B [tree] -> 160 B [left]
	for (int i = 0; i < 10; i++) {
		texts[i] = calloc(1, sizeof(struct text) + 90);        //= held 10 980 by static texts
	}
	line = strdup("this one is kept");              //= held 1 17 by static line
}

__attribute__((noinline)) static void hold_in_members(void)
{
	server.databases[3].dict = calloc(1, 121);      //= held 1 121 by server.databases[3].dict
	server.databases[2].expires.times =
		calloc(1, 122);                         //= [times] held 1 122 by server.databases[2].expires.times
	*(char **)server.databases[2].expires.times =
		calloc(1, 123);                         //= held 1 123 by server.databases[2].expires.times -> 122 B [times]
	for (int i = 0; i < 2; i++)
		server.databases[i].dict = calloc(1, 124);      //= held 2 248 by server
	for (int i = 0; i < 3; i++)
		server.arguments[i] = calloc(1, 125);   //= held 3 375 by server.arguments
	server.clients.next = calloc(1, 126);           //= held 1 126 by server.clients
	server.word = calloc(1, 127);                   //= held 1 127 by server.word
	store.many[60].dict = calloc(1, 128);           //= held 1 128 by static store.many
	store.name = calloc(1, 129);                    //= held 1 129 by static store.name
	rows[1].dict = calloc(1, 133);                  //= held 1 133 by static rows[1].dict
}

/* Of variables of one name, each of its own function. */
__attribute__((noinline)) static void hold_in_one(void)
{
	static struct database inner;

	inner.dict = calloc(1, 134);                    //= held 1 134 by static inner.dict (hold_in_one)
	__asm__ volatile("" : : "r"(&inner) : "memory");
}

__attribute__((noinline)) static void hold_in_other(void)
{
	{
		static char *inner;

		inner = calloc(1, 135);                 //= held 1 135 by static inner (hold_in_other)
		__asm__ volatile("" : : "r"(&inner) : "memory");
	}
}

/* Words that the functions before left on the stack hold nothing afterwards. */
__attribute__((noinline)) static void scrub(void)
{
	volatile char room[65536];

	memset((void *)room, 0, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
}

static void *work(void *user)
{
	of_thread = calloc(1, 77);      //= held 1 77 by thread-local of_thread of thread worker-1
	pthread_setspecific(key, calloc(1, 99));        //= held 1 99 by TLS of thread worker-1
	char *volatile local = calloc(1, 111);          //= held 1 111 by stack of thread worker-1 in work(), local local

	pthread_setname_np(pthread_self(), "worker-1");
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&ready);
	return local ? user : NULL;
}

#ifdef __x86_64__
/* Allocates and then waits in a function that calls none: the only pointer lies below the stack
 * pointer, where such functions may keep what they like. */
__attribute__((naked, noinline)) static void wait_in_leaf(void)
{
	__asm__ volatile("push %rbp; mov %rsp, %rbp; mov $131, %edi; call malloc\n\t" //= held 1 131 by stack of thread leaf in wait_in_leaf()
			 "pop %rbp; lea -8(%rsp), %rcx; lea -128(%rsp), %rdx\n"
			 "1: movq $0, (%rcx); sub $8, %rcx; cmp %rdx, %rcx; jae 1b\n\t"
			 "mov %rax, -96(%rsp); mov $34, %eax\n\t"
			 "xor %ecx, %ecx; xor %edx, %edx; xor %esi, %esi; xor %edi, %edi\n\t"
			 "xor %r8d, %r8d; xor %r9d, %r9d; xor %r10d, %r10d; xor %r11d, %r11d\n\t"
			 "pxor %xmm0, %xmm0; pxor %xmm1, %xmm1; pxor %xmm2, %xmm2\n\t"
			 "pxor %xmm3, %xmm3; pxor %xmm4, %xmm4; pxor %xmm5, %xmm5\n"
			 "2: mov $34, %eax; syscall; jmp 2b");          /* pause() */
}

static jmp_buf jump;

/* longjmp would give back a frame pointer that no other word has, and glibc mangles that one. */
__attribute__((noinline)) static void keep_for_jump(void)
{
	void *block = calloc(1, 132), *to = jump;       //= held 1 132 by static jump

	__asm__ volatile("mov %%rbp, %%r12; mov %0, %%rbp; xor %%eax, %%eax; xor %%ebx, %%ebx\n\t"
			 "call _setjmp; mov %%r12, %%rbp"
			 : "+a"(block), "+D"(to)
			 :
			 : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "memory", "cc");
}

static void *leaf(void *user)
{
	pthread_setname_np(pthread_self(), "leaf");
	wait_in_leaf();
	return user;
}
#endif

int main(void)
{
	pthread_t thread;
	char c;

	pthread_key_create(&key, free);
	pthread_barrier_init(&ready, NULL, 2);
	pthread_create(&thread, NULL, work, NULL);
	pthread_barrier_wait(&ready);
#ifdef __x86_64__
	pthread_t never;

	pthread_create(&never, NULL, leaf, NULL);
	keep_for_jump();
#endif
	hold();
	hold_in_members();
	hold_in_one();
	hold_in_other();
	lose_blocks();
	lose_structures();
	scrub();
	if (write(1, ".", 1) != 1 || read(0, &c, 1) < 0)
		return 1;
	pthread_barrier_wait(&ready);
	pthread_join(thread, NULL);
	return 0;
}

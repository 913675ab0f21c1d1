/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is lost and who holds the rest, said at each line that allocates: known.py reads it. */
#include <pthread.h>
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

/* Words that the functions before left on the stack hold nothing afterwards. */
__attribute__((noinline)) static void scrub(void)
{
	volatile char room[65536];

	memset((void *)room, 0, sizeof(room));
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

int main(void)
{
	pthread_t thread;
	char c;

	pthread_key_create(&key, free);
	pthread_barrier_init(&ready, NULL, 2);
	pthread_create(&thread, NULL, work, NULL);
	pthread_barrier_wait(&ready);
	hold();
	lose_blocks();
	lose_structures();
	scrub();
	if (write(1, ".", 1) != 1 || read(0, &c, 1) < 0)
		return 1;
	pthread_barrier_wait(&ready);
	pthread_join(thread, NULL);
	return 0;
}

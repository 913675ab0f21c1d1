/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eight threads; what one allocates, its neighbour frees. */
#include <pthread.h>
#include "tests/preload/workers/expect.h"

#define THREADS 8
#define BLOCKS 20000
#define SLOTS 256

static struct tally made = {.name = "make_block"};
static void *slot[THREADS][SLOTS];

struct block {
	size_t size;
};

OWN static struct block *make_block(size_t size)
{
	struct block *b = malloc(size);

	b->size = size;
	tally_add(&made, size);
	return b;
}

static void drop_block(struct block *b)
{
	if (!b)
		return;
	tally_end(&made, b->size);
	free(b);
}

static void *run(void *argument)
{
	size_t self = (size_t)argument;

	for (size_t i = 0; i < BLOCKS; i++) {
		struct block *b = make_block(sizeof(*b) + i % 200);
		void **theirs = &slot[(self + 1) % THREADS][i % SLOTS];

		drop_block(__atomic_exchange_n(theirs, b, __ATOMIC_ACQ_REL));
		drop_block(__atomic_exchange_n(&slot[self][(i * 7) % SLOTS], NULL,
					       __ATOMIC_ACQ_REL));
	}
	return NULL;
}

int main(void)
{
	pthread_t thread[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		MUST(pthread_create(&thread[i], NULL, run, (void *)i) == 0);
	for (size_t i = 0; i < THREADS; i++)
		MUST(pthread_join(thread[i], NULL) == 0);
	tally_print(&made);
	return 0;
}

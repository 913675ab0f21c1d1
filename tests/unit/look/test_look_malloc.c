/* SPDX-License-Identifier: GPL-3.0-or-later */
/* glibc's own heap in a child: its blocks, and what the allocator keeps of them. */
#include "tests/unit/look/looked_at.h"

/* glibc's own heap.  Addresses are noted the other way round, so that notes hold nothing. */
enum { HELD, LOST, ONLY_FROM_FREED, LARGE, IN_LARGE, FROM_OWN_MAP, LARGE_LOST, IN_LARGE_LOST,
       OTHER_ARENA, NOTES };
static uint64_t *notes;
static uint64_t data_words[4];
static const uint64_t sizes[NOTES] = { [LARGE] = 1 << 20, [LARGE_LOST] = 1 << 20 };

static uint64_t size_of(unsigned which) { return sizes[which] ? sizes[which] : 72; }

static __attribute__((noinline)) void take(unsigned which)
{
	notes[which] = ~(uint64_t)malloc(size_of(which));
}

/* The address of `which` into memory, and nowhere else. */
static __attribute__((noinline)) void hold(volatile void *place, unsigned which)
{
	uint64_t inverse = notes[which];

	__asm__ volatile("not %[word]; mov %[word], %[place]; xor %k[word], %k[word]"
			 : [word] "+r"(inverse), [place] "=m"(*(volatile uint64_t *)place)
			 : : "cc", "memory");
}

static __attribute__((noinline)) void hold_in_block(unsigned from, size_t at, unsigned which)
{
	hold((char *)~notes[from] + at, which);
}

static void *take_elsewhere(void *user)
{
	take(OTHER_ARENA);
	scrub();
	return user;
}

/* A block beyond the end that the heap had at the fork: not in an old place, nor in another
 * arena, of which this thread's cache may have some. */
static char *malloc_anew(size_t size, uint64_t top)
{
	char *block;

	do
		block = malloc(size);
	while (block && (uint64_t)block - top > ARENA);
	return block;
}

/* So that blocks come to lie where none was before the fork: what is left of looks on the
 * stacks that were inherited would hold them. */
static void use_up_old_places(uint64_t top)
{
	malloc_anew(72, top);
	for (int i = 0; i < 256; i++)
		if (mmap(NULL, 5 << 18, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			_exit(1);
}

static void part_malloc(void)
{
	const uint64_t top = (uint64_t)sbrk(0);
	pthread_t thread;
	char *own, *freed;

	use_up_old_places(top);

	for (unsigned i = 0; i < OTHER_ARENA; i++)
		if (i != LARGE && i != LARGE_LOST)
			take(i);
	hold(&data_words[0], HELD);
	freed = malloc_anew(256, top);
	hold(freed + 128, ONLY_FROM_FREED);
	free(freed);
	/* The kernel makes one of these mappings, as they stand side by side. */
	take(LARGE);
	own = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	take(LARGE_LOST);
	hold(&data_words[1], LARGE);
	hold_in_block(LARGE, 700000, IN_LARGE);
	hold(own + 4096, FROM_OWN_MAP);
	hold_in_block(LARGE_LOST, 8, IN_LARGE_LOST);
	pthread_create(&thread, NULL, take_elsewhere, NULL);
	pthread_join(thread, NULL);
	hold(&data_words[2], OTHER_ARENA);
}

static int give_noted(void *user, struct graph *graph,
		       struct look_settled *settled)
{
	(void)settled;
	int error = 0;

	(void)user;
	for (unsigned i = 0; !error && i < NOTES; i++)
		error = graph_add(graph, &(struct graph_block){ ~notes[i], size_of(i), i });
	return error;
}

static void test_a_heap_of_glibcs_is_told_from_what_holds_it(void **state)
{
	static const enum graph_state expected[NOTES] = {
		[HELD] = GRAPH_REACHABLE, [LOST] = GRAPH_GARBAGE,
		[ONLY_FROM_FREED] = GRAPH_GARBAGE, [LARGE] = GRAPH_REACHABLE,
		[IN_LARGE] = GRAPH_REACHABLE, [FROM_OWN_MAP] = GRAPH_REACHABLE,
		[LARGE_LOST] = GRAPH_GARBAGE, [IN_LARGE_LOST] = GRAPH_INDIRECT,
		[OTHER_ARENA] = GRAPH_REACHABLE,
	};
	struct look_question question = { .blocks = give_noted };
	struct look_told told;
	struct graph *graph;

	(void)state;
	if (SANITIZED)
		skip();                 /* its malloc is another */
	notes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(notes, MAP_FAILED);
	begin(part_malloc);
	question.pid = child;
	for (int turn = 0; turn < 20; turn++) {
		assert_int_equal(ask(&question, &graph, &told), 0);
		each_block(graph, note, NULL);
		graph_free(graph);
		for (unsigned i = 0; i < NOTES; i++)
			if (states[i] != expected[i])
				fail_msg("turn %d, block %u: %d, expected %d", turn, i, states[i],
					 expected[i]);
	}
	answers();
	end();
	munmap(notes, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_heap_of_glibcs_is_told_from_what_holds_it),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

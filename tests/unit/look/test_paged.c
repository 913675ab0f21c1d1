/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages and arenas: of made memory, and of children that use glibc's malloc and say
 * what they have.  What malloc_trim would give is compared with what it then gives. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/collect/look/look.h"
#include "tests/older.h"
#include "tests/random.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* --- made memory --- */

#define BASE UINT64_C(0x10000000)

struct made_blocks {
	const struct pins_block *of;
	size_t length;
};

static bool next_made(void *user, struct pins_block *block)
{
	struct made_blocks *blocks = user;

	if (!blocks->length)
		return false;
	*block = *blocks->of++;
	blocks->length--;
	return true;
}

static void test_a_page_is_pinned_by_who_has_most_of_little(void **state)
{
	static const struct pins_piece pieces[] = { { BASE, 4 * 4096 }, { BASE + 8 * 4096, 8192 } };
	static const struct pins_block blocks[] = {
		{ BASE + 16, 100, 0 }, { BASE + 200, 300, 1 }, { BASE + 600, 250, 0 },
		{ BASE + 4096, 1023, 2 },               /* just less than a quarter */
		{ BASE + 8192, 1024, 2 },               /* a quarter */
		{ BASE + 3 * 4096, 8, 0 }, { BASE + 3 * 4096 + 8, 8, 1 },
		{ BASE + 4 * 4096, 8, 0 },              /* not in memory */
		{ BASE + 9 * 4096 - 100, 4096 + 150, 1 },       /* two ends, of which one is used */
		{ BASE + 10 * 4096, 100, 3 },           /* of no row */
	};
	struct made_blocks turn = { blocks, sizeof(blocks) / sizeof(*blocks) };
	struct pins pins[3];

	(void)state;
	pins_find(pieces, 2, next_made, &turn, pins, 3);
	assert_int_equal(pins[0].pages, 4096 + 4096);
	assert_int_equal(pins[0].live, 650 + 16);
	assert_int_equal(pins[1].pages, 4096);
	assert_int_equal(pins[1].live, 100);
	assert_int_equal(pins[2].pages, 4096);
	assert_int_equal(pins[2].live, 1023);
}

static void test_no_blocks_and_no_pages(void **state)
{
	static const struct pins_block block = { BASE, 8, 0 };
	struct made_blocks none = { NULL, 0 }, one = { &block, 1 };
	struct pins pins = { 1, 1 };

	(void)state;
	pins_find(NULL, 0, next_made, &none, NULL, 0);
	pins_find(NULL, 0, next_made, &one, &pins, 1);
	assert_int_equal(pins.pages, 0);
}

static unsigned char memory[32768];

static bool read_made(void *user, uint64_t address, void *to, size_t length)
{
	(void)user;
	if (address < BASE || address - BASE > sizeof(memory) ||
	    length > sizeof(memory) - (address - BASE))
		return false;
	memcpy(to, memory + (address - BASE), length);
	return true;
}

static void put(uint64_t address, uint64_t word)
{
	memcpy(memory + (address - BASE), &word, sizeof(word));
}

/* An arena with empty bins at BASE, and its heap behind it. */
static void put_arena(uint64_t heap, uint64_t top)
{
	memset(memory, 0, sizeof(memory));
	for (unsigned n = 0; n < 127; n++) {
		put(BASE + 112 + n * 16, BASE + 96 + n * 16);
		put(BASE + 120 + n * 16, BASE + 96 + n * 16);
	}
	put(BASE + 96, top);
	put(BASE + 2160, BASE);
	put(BASE + 2184, 16384);
	put(BASE + 2192, 16384);
	put(heap + 8, 1025);
	put(heap + 1024 + 8, 2049);
	put(top + 8, (BASE + sizeof(memory) - top) | 1);
}

static const struct pins_piece made_piece = { BASE, sizeof(memory) };

static struct arenas_question made_question(void)
{
	return (struct arenas_question){
		.read = read_made, .libc = { BASE, BASE + 4096 },
		.heap = { BASE + 16384, BASE + sizeof(memory) },
		.pieces = &made_piece, .length = 1,
	};
}

static void test_an_arena_that_is_made(void **state)
{
	struct arenas_question question = made_question();
	struct arenas arenas = { 0 };

	(void)state;
	put_arena(BASE + 16384, BASE + 16384 + 3072);
	assert_int_equal(arenas_find(&arenas, &question), 0);
	assert_int_equal(arenas.length, 1);
	assert_true(arenas.of[0].whole);
	assert_int_equal(arenas.of[0].mapped, 16384);
	assert_int_equal(arenas.of[0].top, 16384 - 3072);
	assert_int_equal(arenas.of[0].free, 0);
	assert_int_equal(arenas.of[0].trim, 12288);     /* 13312 - 33, in pages */
	assert_int_equal(arenas_of(&arenas, BASE + 16384), 0);
	assert_int_equal(arenas_of(&arenas, BASE + 16383), SIZE_MAX);
	arenas_free(&arenas);
	/* The chunk below the top one is free in a fast bin: a part of what is at the top. */
	put_arena(BASE + 16384, BASE + 16384 + 3072);
	put(BASE + 16, BASE + 16384 + 1024);
	put(BASE + 16384 + 1024 + 16, (BASE + 16384 + 1040) >> 12);
	assert_int_equal(arenas_find(&arenas, &question), 0);
	assert_int_equal(arenas.of[0].top, 16384 - 1024);
	arenas_free(&arenas);
}

static void test_no_memory_does_harm(void **state)
{
	struct arenas_question question = made_question();
	unsigned found = 0;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct arenas arenas = { 0 };

		put_arena(BASE + 16384, BASE + 16384 + 3072);
		for (uint64_t i = pick(8); i > 0; i--)
			put(BASE + (pick(2) ? pick(2200 / 8) : pick(sizeof(memory) / 8)) * 8,
			    pick(2) ? BASE + pick(sizeof(memory) / 8) * 8 : pick(UINT64_MAX));
		assert_int_equal(arenas_find(&arenas, &question), 0);
		found += arenas.length > 0;
		arenas_free(&arenas);
	}
	assert_true(found > 200);
}

/* --- children --- */

#define BLOCKS_MOST (1u << 17)

/* What the child says, in memory that both have. */
static struct said {
	struct graph_block blocks[BLOCKS_MOST];
	size_t length;
	uint64_t free_bytes;            /* mallinfo2: fordblks */
	uint64_t mapped;                /* ...arena */
} *said;
static int line[2];
static pid_t child;

static void *take(size_t size, uint32_t trace)
{
	void *block = malloc(size);

	if (!block || said->length == BLOCKS_MOST)
		_exit(1);
	memset(block, 1, size);
	said->blocks[said->length++] = (struct graph_block){ (uintptr_t)block, size, trace };
	return block;
}

static void drop(size_t number)
{
	free((void *)(uintptr_t)said->blocks[number].address);
	said->blocks[number].address = 0;
}

/* The child does `part`, says so, and trims when it is told to. */
static void begin(void (*part)(void))
{
	char word = 'b';

	memset(said, 0, sizeof(*said));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(line[0]);
		part();
		struct mallinfo2 info = mallinfo2();

		said->free_bytes = info.fordblks;
		said->mapped = info.arena;
		while (write(line[1], &word, 1) == 1 && read(line[1], &word, 1) == 1)
			malloc_trim(0);
		_exit(0);
	}
	close(line[1]);
	assert_int_equal(read(line[0], &word, 1), 1);
}

static void end(void)
{
	int status;

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(line[0]);
}

static int give(void *user, struct graph *graph,
		       struct look_settled *settled)
{
	(void)settled;
	int error = 0;

	(void)user;
	for (size_t i = 0; !error && i < said->length; i++)
		if (said->blocks[i].address)
			error = graph_add(graph, &said->blocks[i]);
	return error;
}

static void look(struct paged *paged)
{
	const struct look_question question = { .pid = child, .blocks = give, .paged = paged };
	struct look_told told;
	struct graph *graph;
	int error;

	*paged = (struct paged){ 0 };
	do                              /* a busy machine: see looked_at.h */
		error = look_at(&question, &graph, &told);
	while (error == -ETIMEDOUT);
	assert_int_equal(error, 0);
	graph_free(graph);
}

static uint64_t resident(void)
{
	unsigned long long pages = 0;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)child);
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*u %llu", &pages), 1);
	fclose(file);
	return pages * 4096;
}

/* One block of 32 bytes on each page of 64 MiB: a chunk of 48 and one of 4,048. */
static void part_pins(void)
{
	for (unsigned i = 0; i < 16384; i++) {
		take(32, 1);
		take(4032, 2);
	}
	for (size_t i = 1; i < said->length; i += 2)
		drop(i);
}

static void test_small_blocks_pin_all_pages(void **state)
{
	struct paged paged;

	(void)state;
	if (SANITIZED)
		skip();                 /* its malloc is not glibc's */
	begin(part_pins);
	look(&paged);
	end();
	assert_in_range(paged.pins[1].pages, 16383 * 4096, 16385 * 4096);
	assert_in_range(paged.pins[1].live, 16383 * 32, 16385 * 32);
	assert_int_equal(paged.pins[2].pages, 0);
	assert_int_equal(paged.live[0].blocks, 16384);
	assert_int_equal(paged.live[0].bytes, 16384 * 32);
	paged_free(&paged);
}

static uint64_t sum_free(const struct paged *paged)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < paged->arenas.length; i++) {
		assert_true(paged->arenas.of[i].whole);
		sum += paged->arenas.of[i].free + paged->arenas.of[i].top;
	}
	return sum;
}

/* Runs of blocks of all sizes are freed, some at the top. */
static void part_trim(void)
{
	for (unsigned i = 0; i < 40000; i++)
		take(16 + pick(pick(10) ? 200 : 8000), 1);
	for (size_t i = 0; i < said->length;) {
		size_t to = i + pick(60);

		for (; i < to && i < said->length; i++)
			drop(i);
		i += pick(20);
	}
	for (size_t i = said->length - 3000; i < said->length; i++)
		if (said->blocks[i].address)
			drop(i);
}

static void test_what_malloc_trim_gives_is_what_was_said(void **state)
{
	struct paged paged;
	char word = 't';

	(void)state;
	if (SANITIZED)
		skip();
	begin(part_trim);
	look(&paged);
	assert_int_equal(sum_free(&paged), said->free_bytes);
	uint64_t before = resident(), told = 0, mapped = 0;

	/* The threads of looks before have left this process an arena more. */
	for (size_t i = 0; i < paged.arenas.length; i++) {
		told += paged.arenas.of[i].trim;
		mapped += paged.arenas.of[i].mapped;
	}
	assert_int_equal(mapped, said->mapped);

	assert_int_equal(write(line[0], &word, 1), 1);
	assert_int_equal(read(line[0], &word, 1), 1);
	uint64_t gave = before - resident();

	end();
	print_message("malloc_trim: said %llu, gave %llu\n", (unsigned long long)told,
		      (unsigned long long)gave);
	assert_in_range(told, gave - gave / 20, gave + gave / 20);
	assert_true(gave > 1 << 20);
	paged_free(&paged);
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void *fill_arena(void *user)
{
	uint32_t number = *(uint32_t *)user;

	for (unsigned i = 0; i < 3000; i++) {
		pthread_mutex_lock(&turn);
		take(number == 2 && i < 1050 ? 100000 : 16 + i % 3000, number);
		if (i % 3 == 0)
			drop(said->length - 1);
		pthread_mutex_unlock(&turn);
	}
	return NULL;
}

/* Four threads, four arenas more; one needs two heaps. */
static void part_threads(void)
{
	static uint32_t numbers[4] = { 1, 2, 3, 4 };
	pthread_t threads[4];

	take(100, 0);
	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, fill_arena, &numbers[i]))
			_exit(1);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void test_threads_have_arenas_of_their_own(void **state)
{
	uint64_t blocks = 0, live = 0, mapped = 0;
	struct paged paged;

	(void)state;
	if (SANITIZED)
		skip();
	begin(part_threads);
	look(&paged);
	end();
	assert_in_range(paged.arenas.length, 2, 5);
	assert_int_equal(sum_free(&paged), said->free_bytes);
	for (size_t i = 0; i < paged.arenas.length; i++) {
		const struct arena *arena = &paged.arenas.of[i];

		blocks += paged.live[i].blocks;
		live += paged.live[i].bytes;
		mapped += arena->mapped;
		assert_true(arena->resident <= arena->mapped + 3 * 4096);
		assert_true(paged.live[i].bytes + arena->free + arena->top <= arena->mapped);
	}
	for (size_t i = 0; i < said->length; i++) {
		blocks -= said->blocks[i].address != 0;
		live -= said->blocks[i].address ? said->blocks[i].size : 0;
	}
	assert_int_equal(blocks, 0);
	assert_int_equal(live, 0);
	assert_int_equal(mapped, said->mapped);
	assert_true(paged.arenas.heaps_length > paged.arenas.length);
	paged_free(&paged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_page_is_pinned_by_who_has_most_of_little),
		cmocka_unit_test(test_no_blocks_and_no_pages),
		cmocka_unit_test(test_an_arena_that_is_made),
		cmocka_unit_test(test_no_memory_does_harm),
		cmocka_unit_test(test_small_blocks_pin_all_pages),
		cmocka_unit_test(test_what_malloc_trim_gives_is_what_was_said),
		cmocka_unit_test(test_threads_have_arenas_of_their_own),
	};

	signal(SIGPIPE, SIG_IGN);
	said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return said == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

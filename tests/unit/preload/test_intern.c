/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words and their indexes: each word that was added is found, by whichever thread and however
 * often the slots have moved to a larger set since; few words have few slots. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include "tests/pages.h"
#include "tracer/preload/segment/intern.c"

#define LIMIT (1u << 20)
#define MANY 60000u                     /* beyond level 0 */
#define THREADS 4u
#define EACH 5000u
#define ROUNDS 12u
#define PIECES (LIMIT / PIECE_WORDS)

static struct wire_control control;
static _Atomic(char *) pieces[WIRE_REGIONS][PIECES];
static bool none;                       /* no memory is given any more */

struct wire_control *table_control(void) { return &control; }
_Atomic(char *) *table_pieces(enum wire_region region) { return pieces[region]; }
void table_map_ahead(enum wire_region region, uint64_t end) { (void)region, (void)end; }
void *table_private(uint64_t bytes)
{
	void *at = none ? MAP_FAILED : mmap(NULL, bytes, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return at == MAP_FAILED ? NULL : at;
}
void table_private_find(void *at, uint64_t bytes)
{
	assert_int_equal((uintptr_t)at % 4096, 0);
	if (!none)
		madvise(at, bytes, MADV_POPULATE_WRITE);
}
void table_private_wipe(void *at, uint64_t bytes) { madvise(at, bytes, MADV_DONTNEED); }
void table_private_free(void *at, uint64_t bytes) { munmap(at, bytes); }
int table_wait(enum wire_region region, uint64_t end)
{
	return end > control.limit[region] ? -ENOSPC : 0;
}
void *table_mapped(enum wire_region region, uint64_t offset, uint64_t bytes)
{
	(void)bytes;
	return pieces[region][offset / WIRE_PIECE_BYTES] + offset % WIRE_PIECE_BYTES;
}
void *table_at(enum wire_region region, uint64_t offset, uint64_t bytes)
{
	return table_mapped(region, offset, bytes);
}

/* Both tables, empty; slots that there are stay, as in a forked child. */
static void begin(void)
{
	control.sites = control.traces = 0;
	for (int r = WIRE_SITES; r <= WIRE_TRACES; r++) {
		control.limit[r] = LIMIT * sizeof(uint64_t);
		for (unsigned i = 0; i < PIECES; i++) {
			free(pieces[r][i]);
			pieces[r][i] = calloc(1, WIRE_PIECE_BYTES);
		}
	}
	assert_int_equal(intern_start(), 0);
}

static int start(void **state)
{
	(void)state;
	begin();
	return 0;
}

static void forget(struct intern *t)
{
	munmap((void *)t->space, bytes_before(LEVEL0_SETS));
	for (unsigned i = LEVEL0_SETS; i < SETS; i++)
		if (t->set[i])
			munmap((void *)t->set[i], set_slots(i) * sizeof(uint32_t));
	memset(t, 0, sizeof(*t));
}

static int end(void **state)
{
	(void)state;
	none = false;
	forget(&tables.sites);
	forget(&tables.nodes);
	for (int r = WIRE_SITES; r <= WIRE_TRACES; r++)
		for (unsigned i = 0; i < PIECES; i++) {
			free(pieces[r][i]);
			pieces[r][i] = NULL;
		}
	return 0;
}

/* The i-th of different words: sites as code has them, nodes of which every fourth is a child of
 * one of the first eight and the others of any older one. */
static uint64_t word_of(const struct intern *t, uint32_t i)
{
	if (t == intern_sites())
		return wire_site(1 + i % 3, i / 3 * 13);
	return wire_node(i % 4 ? (uint32_t)(i * UINT64_C(0x9e3779b1) % (i / 2 + 1)) : i / 4 % 8,
			 WIRE_SITE_FIRST + i);
}

static void each_is_found_in(struct intern *t)
{
	static uint32_t index[MANY];
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(intern_find(t, word_of(t, i)), 0);
		index[i] = intern_add(t, word_of(t, i));
		assert_true(index[i] && (i == 0 || index[i] == index[i - 1] + 1));
		assert_int_equal(intern_find(t, word_of(t, i)), index[i]);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(intern_find(t, word_of(t, i)), index[i]);
		assert_true(intern_word(t, index[i]) == word_of(t, i));
	}
}

static void test_each_word_is_found_under_its_index(void **state)
{
	(void)state;
	each_is_found_in(intern_sites());
	each_is_found_in(intern_nodes());
	/* As in a forked child. */
	begin();
	assert_int_equal(intern_find(intern_sites(), word_of(intern_sites(), 1)), 0);
	each_is_found_in(intern_nodes());
}

/* How many pages of level 0 have been touched. */
static uint32_t touched(const struct intern *t)
{
	const uint32_t pages = 1 + 4 + 16 + 64;

	assert_int_equal(bytes_before(LEVEL0_SETS), pages * 4096);
	return (uint32_t)pages_there((const char *)t->space, pages);
}

static void test_few_words_have_few_slots(void **state)
{
	static const struct { uint32_t words, pages; } row[] = {
		{ 700, 1 }, { 3000, 1 + 4 }, { 12000, 1 + 4 + 16 }, { 48000, 1 + 4 + 16 + 64 },
	};
	uint32_t i = 0;
	(void)state;
	for (unsigned n = 0; n < sizeof(row) / sizeof(row[0]); n++) {
		for (; i < row[n].words; i++)
			intern_add(intern_nodes(), word_of(intern_nodes(), i));
		assert_int_equal(touched(intern_nodes()), row[n].pages);
	}
	assert_int_equal(touched(intern_sites()), 1);
}

/* Whether the page with the slots of this parent, in level 1, has been touched. */
static bool is_touched(const struct intern *t, uint32_t parent)
{
	return pages_there((const char *)&t->set[LEVEL0_SETS][parent], 1);
}

/* A chain, in which nobody has looked for a slot yet: the pages where those of its nodes'
 * children will stand have been touched, and no other. */
static void test_slots_are_written_to_before_they_are_read(void **state)
{
	struct intern *t = intern_nodes();
	uint32_t node = intern_add(t, wire_node(0, WIRE_SITE_FIRST));
	(void)state;
	while (node < LEVEL0_WORDS + 3 * PAGE_SLOTS) {
		uint64_t word = wire_node(node, WIRE_SITE_FIRST);
		bool first = node + 1 == LEVEL0_WORDS;          /* opens level 1 */
		node = first ? intern_add(t, word) : intern_first_child(node, word);
		assert_true(node);
	}
	for (uint32_t n = 0; n <= 3; n++)
		assert_true(is_touched(t, LEVEL0_WORDS + n * PAGE_SLOTS));
	assert_false(is_touched(t, node + PAGE_SLOTS));
}

/* As of a program that limits its address space: level 0 needs no more. */
static void test_nothing_is_lost_without_memory(void **state)
{
	struct intern *t = intern_nodes();
	uint32_t i = 0;
	(void)state;
	none = true;
	while (intern_add(t, word_of(t, i)))
		i++;
	assert_int_equal(i, LEVEL0_WORDS - 1);
	for (uint32_t n = 0; n < i; n++)
		assert_true(intern_find(t, word_of(t, n)));
	none = false;
	assert_true(intern_add(t, word_of(t, i)));
	for (uint32_t n = 0; n <= i; n++)
		assert_true(intern_find(t, word_of(t, n)));
}

/* What is mapped ahead is enough for words that are added without a system call. */
static void test_slots_are_there_ahead(void **state)
{
	struct intern *t = intern_nodes();
	(void)state;
	assert_true(intern_insert(t, word_of(t, 0)));
	intern_map_ahead(t, MANY);
	none = true;
	for (uint32_t i = 1; i < MANY; i++)
		assert_true(intern_insert(t, word_of(t, i)));
	for (uint32_t i = 0; i < MANY; i++)
		assert_true(intern_find(t, word_of(t, i)));
}

static uint32_t added[THREADS * EACH];

static void *adds(void *argument)
{
	uint32_t *by = argument, first = (uint32_t)(by - added);
	struct intern *t = intern_nodes();
	for (uint32_t i = 0; i < EACH; i++) {
		by[i] = intern_add(t, word_of(t, first + i));
		/* One that all of them add. */
		if (!intern_add(t, wire_node(1, UINT32_MAX - i)))
			by[i] = 0;
	}
	return NULL;
}

static void test_threads_lose_nothing_while_slots_move(void **state)
{
	struct intern *t = intern_nodes();
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		pthread_t thread[THREADS];
		begin();
		for (unsigned i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&thread[i], NULL, adds, &added[i * EACH]),
					 0);
		for (unsigned i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
		for (uint32_t i = 0; i < THREADS * EACH; i++) {
			assert_true(added[i]);
			assert_int_equal(intern_find(t, word_of(t, i)), added[i]);
		}
		for (uint32_t i = 0; i < EACH; i++)
			assert_true(intern_find(t, wire_node(1, UINT32_MAX - i)));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_word_is_found_under_its_index),
		TEST(test_few_words_have_few_slots),
		TEST(test_slots_are_written_to_before_they_are_read),
		TEST(test_nothing_is_lost_without_memory),
		TEST(test_slots_are_there_ahead),
		TEST(test_threads_lose_nothing_while_slots_move),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

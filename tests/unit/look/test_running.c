/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks at a process that runs: what nothing pointed to in either of two readings is
 * unreachable, and not what moved, came or was freed meanwhile; nobody stops it, and no
 * tracer hinders it.
 */
#include "tests/unit/look/looked_at.h"

#include "tracer/collect/look/running.h"

static struct look_range stirred[2];
static struct look_ranges ranges = { stirred, 0 };
static bool watched;
static unsigned looks;

static void watch(void *user, bool on)
{
	(void)user;
	assert_int_not_equal(watched, on);
	watched = on;
	looks += on;
}

static struct look_told look_running(bool no_pause)
{
	const struct look_question question = {
		.pid = child, .blocks = give_blocks, .moving = &ranges, .running = watch,
		.no_pause = no_pause, .cow = cow_ready(), .held = name_roots };
	struct look_told told;
	struct graph *graph;

	looks = 0;
	assert_int_equal(ask(&question, &graph, &told), 0);
	each_block(graph, note, NULL);
	graph_free(graph);
	assert_false(watched);
	return told;
}

static void part_blocks(void)
{
	put(&data_word, 1);
	point_from_block(1, 2);
	point_from_block(3, 4);
}

static void test_nobody_stops_it(void **state)
{
	(void)state;
	begin(part_blocks);
	struct look_told told = look_running(true);

	assert_int_equal(told.way, LOOK_RUNNING);
	assert_int_equal(looks, 1);
	assert_int_equal(told.pause, 0);
	assert_int_equal(told.unread, 0);
	assert_int_equal(told.threads, 1);
	assert_true(told.copied > 4096);
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[2], GRAPH_REACHABLE);
	assert_int_equal(states[3], GRAPH_GARBAGE);
	assert_int_equal(states[4], GRAPH_INDIRECT);
	assert_string_equal(names[2], "static data_word (test_running.c)");
	answers();
	end();
}

static void test_what_began_or_ended_meanwhile_is_held(void **state)
{
	(void)state;
	begin(part_blocks);
	stirred[0] = (struct look_range){ address_of(3), address_of(3) + 1 };
	/* Nothing began here: a block may be in freed memory that holds. */
	stirred[1] = (struct look_range){ address_of(9) + 8, address_of(9) + 16 };
	ranges.length = 2;
	look_running(true);
	assert_int_equal(states[3], GRAPH_REACHABLE);
	assert_int_equal(states[4], GRAPH_REACHABLE);
	assert_string_equal(names[4], "what changed just then");
	assert_int_equal(states[10], GRAPH_GARBAGE);
	ranges.length = 0;
	look_running(true);
	assert_int_equal(states[3], GRAPH_GARBAGE);
	end();
}

/* Three pages, of which two are gone when they are read again; the last is the tracer's. */
#define PLACE UINT64_C(0x200000000000)

/* As glibc does it (PTR_MANGLE). */
static uint64_t mangled(uint64_t word, uint64_t guard)
{
	word ^= guard;
#ifdef __x86_64__
	word = word << 17 | word >> 47;
#endif
	return word;
}

static void test_a_word_that_changed_holds_what_it_held(void **state)
{
	const struct roots_guard guard = { true, UINT64_C(0x9d3b5c11f07e2a64) };
	static uint64_t before[1536], after[512];
	struct look_range tracers = { PLACE + 8192, PLACE + 12288 };
	struct piece first = { PLACE, 12288, 0, false, false };
	struct piece last = { PLACE, 4096, 0, false, false };
	struct taken taken = {
		.layout = { .pieces = &last, .pieces_length = 1 },
		.copy = { (unsigned char *)after, sizeof(after) },
		.before = { { .pieces = &first, .pieces_length = 1 },
			    { (unsigned char *)before, sizeof(before) },
			    { &tracers, 1, 0 } },
	};
	struct graph *graph = graph_new();

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(graph_add(graph, &(struct graph_block){ address_of(i), BLOCK, i }), 0);
	assert_int_equal(graph_seal(graph), 0);
	before[0] = address_of(1);      /* goes to the next word */
	after[1] = address_of(1);
	before[100] = address_of(2);
	after[100] = address_of(3);
	before[511] = after[511] = address_of(4);
	before[600] = address_of(5);
	before[1100] = address_of(7);
	before[200] = mangled(address_of(6), guard.word);
	assert_int_equal(machine_demangled(before[200], guard.word), address_of(6));
	assert_int_equal(running_tell(graph, &taken, NULL, NULL, &guard), 0);
	assert_int_equal(graph_mark(graph), 0);
	each_block(graph, note, NULL);
	graph_free(graph);
	assert_int_equal(states[0], GRAPH_GARBAGE);
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[2], GRAPH_REACHABLE);
	/* These are in memory as it was read last, which is told of by others. */
	assert_int_equal(states[3], GRAPH_GARBAGE);
	assert_int_equal(states[4], GRAPH_GARBAGE);
	assert_int_equal(states[5], GRAPH_REACHABLE);
	assert_int_equal(states[6], GRAPH_REACHABLE);
	assert_int_equal(states[7], GRAPH_GARBAGE);
}

static pthread_barrier_t ready;

static void *hold_in_register(void *user)
{
	uint64_t half = half_of(6);

	pthread_barrier_wait(&ready);
	__asm__ volatile("add %[half], %[half]; 1: pause; cmpl $0, %[flag]; je 1b;"
			 : [half] "+r"(half) : [flag] "m"(go_on) : "cc", "memory");
	return user;
}

static void part_register(void)
{
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, 2);
	pthread_create(&thread, NULL, hold_in_register, NULL);
	pthread_barrier_wait(&ready);
}

static void test_threads_hold_by_their_registers(void **state)
{
	(void)state;
	begin(part_register);
	do
		assert_int_equal(look_running(true).way, LOOK_RUNNING);
	while (states[6] != GRAPH_REACHABLE);
	assert_int_equal(states[7], GRAPH_GARBAGE);
	answers();
	end();
}

/* gdb holds all of it: its threads stand, but nobody else may ask for their registers. */
static void test_another_tracer_is_no_hindrance(void **state)
{
	int status, talk[2];
	struct look_told told;

	(void)state;
	begin(part_blocks);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk), 0);
	pid_t tracer = fork();

	if (tracer == 0) {
		char word;

		if (ptrace(PTRACE_SEIZE, child, NULL, NULL) != 0 ||
		    ptrace(PTRACE_INTERRUPT, child, NULL, NULL) != 0 ||
		    waitpid(child, &status, __WALL) != child || write(talk[1], "t", 1) != 1)
			_exit(1);
		_exit(read(talk[1], &word, 1) != 1);
	}
	char word;

	assert_int_equal(read(talk[0], &word, 1), 1);
	told = look_running(false);
	assert_int_equal(told.way, LOOK_RUNNING);
	assert_true(told.unread > 0);
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[3], GRAPH_GARBAGE);
	assert_int_equal(states[4], GRAPH_INDIRECT);
	assert_int_equal(write(talk[0], "e", 1), 1);
	assert_int_equal(waitpid(tracer, &status, 0), tracer);
	assert_int_equal(status, 0);
	/* Nobody traces it any more. */
	assert_int_not_equal(look_running(false).way, LOOK_RUNNING);
	answers();
	close(talk[0]);
	close(talk[1]);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_stops_it),
		cmocka_unit_test(test_what_began_or_ended_meanwhile_is_held),
		cmocka_unit_test(test_a_word_that_changed_holds_what_it_held),
		cmocka_unit_test(test_threads_hold_by_their_registers),
		cmocka_unit_test(test_another_tracer_is_no_hindrance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What threads hold by themselves, and a process whose first one has ended. */
#include <sched.h>
#include "tests/unit/look/looked_at.h"

/* Not that its memory could not be read: another thread may serve. */
static void test_a_thread_that_is_gone_is_said_to_be(void **state)
{
	struct layout layout = { 0 };

	(void)state;
	assert_int_equal(layout_read(&layout, getpid(), INT32_MAX), -ESRCH);
	layout_free(&layout);
}

/* Threads that wait with one block each, which nothing else has. */
static pthread_barrier_t ready;

static void *hold_in_tls(void *user)
{
	(void)user;
	put(&thread_word, 1);
	prctl(PR_SET_NAME, "tls");
	scrub();
	pthread_barrier_wait(&ready);
	while (!go_on)
		pause();
	return NULL;
}

static void *hold_in_key(void *user)
{
	pthread_key_t key;

	pthread_key_create(&key, NULL);
	pthread_setspecific(key, (void *)address_of(2));
	prctl(PR_SET_NAME, "key");
	scrub();
	pthread_barrier_wait(&ready);
	while (!go_on)
		pause();
	return user;
}

#define SPIN "1: pause; cmpl $0, %[flag]; je 1b;"

/* The address is made in the register, below the stack pointer, and nowhere else: it
 * comes in halves. */
static void *hold_in_vector(void *user)
{
	uint64_t half = half_of(3);

	prctl(PR_SET_NAME, "vector");
	pthread_barrier_wait(&ready);
	__asm__ volatile("add %[half], %[half]; movq %[half], %%xmm13; xor %k[half], %k[half];" SPIN
			 : [half] "+r"(half) : [flag] "m"(go_on) : "xmm13", "cc", "memory");
	return user;
}

static void *hold_in_red_zone(void *user)
{
	uint64_t half = half_of(4);

	prctl(PR_SET_NAME, "red");
	pthread_barrier_wait(&ready);
	__asm__ volatile("add %[half], %[half]; mov %[half], -120(%%rsp); xor %k[half], %k[half];" SPIN
			 : [half] "+r"(half) : [flag] "m"(go_on) : "cc", "memory");
	return user;
}

static void *hold_below_red_zone(void *user)
{
	uint64_t half = half_of(5);

	pthread_barrier_wait(&ready);
	__asm__ volatile("add %[half], %[half]; mov %[half], -136(%%rsp); xor %k[half], %k[half];" SPIN
			 : [half] "+r"(half) : [flag] "m"(go_on) : "cc", "memory");
	return user;
}

static void *hold_in_register(void *user)
{
	uint64_t half = half_of(6);

	prctl(PR_SET_NAME, "register");
	pthread_barrier_wait(&ready);
	__asm__ volatile("add %[half], %[half];" SPIN
			 : [half] "+r"(half) : [flag] "m"(go_on) : "cc", "memory");
	return user;
}

static void part_threads(void)
{
	static void *(*const holders[])(void *) = {
		hold_in_tls, hold_in_key, hold_in_vector, hold_in_red_zone, hold_below_red_zone,
		hold_in_register,
	};
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, 7);
	for (size_t i = 0; i < 6; i++)
		pthread_create(&thread, NULL, holders[i], NULL);
	pthread_barrier_wait(&ready);
}

static void begins_with(const char *text, const char *beginning)
{
	if (strncmp(text, beginning, strlen(beginning)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", text, beginning);
}

/* The barrier lets a thread go a moment before it has made its address. */
static void test_threads_hold_by_what_they_have_themselves(void **state)
{
	struct look_told told;

	(void)state;
	begin(part_threads);
	do
		told = look();
	while (states[3] != GRAPH_REACHABLE || states[4] != GRAPH_REACHABLE ||
	       states[6] != GRAPH_REACHABLE);
	assert_int_equal(told.threads, 7);
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[2], GRAPH_REACHABLE);
	assert_int_equal(states[5], GRAPH_GARBAGE);
	assert_int_equal(states[7], GRAPH_GARBAGE);
	assert_string_equal(names[1], "thread-local thread_word (test_look_threads.c) of thread tls");
	assert_string_equal(names[2], "TLS of thread key");
	begins_with(names[3], "registers of thread vector in hold_in_vector() test_look_threads.c:");
	begins_with(names[4], "stack of thread red in hold_in_red_zone() test_look_threads.c:");
	begins_with(names[6], "registers of thread register in hold_in_register() test_look_threads.c:");
	answers();
	end();
}

/* A process is in the state of its first thread.  It is not joined: gcc 14's AddressSanitizer
 * knows no such thread. */
static bool first_has_ended(void)
{
	char text[512] = "";
	int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	bool read_it = read(file, text, sizeof(text) - 1) > 0;
	const char *name_end = strrchr(text, ')');

	close(file);
	return read_it && name_end && strncmp(name_end, ") Z", 3) == 0;
}

static void *answer_alone(void *user)
{
	char word;

	(void)user;
	while (!first_has_ended())
		sched_yield();
	put(&data_word, 1);
	say('b');
	while (read(line[1], &word, 1) == 1)
		say(word);
	_exit(0);
}

static void part_first_thread_ends(void)
{
	pthread_t other;

	pthread_create(&other, NULL, answer_alone, NULL);
	pthread_exit(NULL);
}

static void test_a_process_whose_first_thread_has_ended(void **state)
{
	(void)state;
	begin(part_first_thread_ends);
	look();
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[2], GRAPH_GARBAGE);
	answers();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thread_that_is_gone_is_said_to_be),
		cmocka_unit_test(test_threads_hold_by_what_they_have_themselves),
		cmocka_unit_test(test_a_process_whose_first_thread_has_ended),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

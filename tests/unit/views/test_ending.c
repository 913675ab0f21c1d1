/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a run ended, in words, and which ends are worth a word. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>
#include "tests/views/heap_text.h"
#include "views/text/ending.h"

#define MIB UINT64_C(1048576)

static void is(const struct program *program, const char *word, bool unusual, const char *text)
{
	char said[ENDING_MAX];

	ending_text(program, said);
	assert_string_equal(said, text);
	assert_string_equal(ending_word(ending_how(program)), word);
	assert_int_equal(ending_is_unusual(program), unusual);
}

static void test_each_end_has_its_words(void **state)
{
	(void)state;
	is(&(struct program){ .ended = true }, "exit", false, "ended with status 0");
	is(&(struct program){ .ended = true, .exit_status = 3 }, "exit", true, "ended with status 3");
	is(&(struct program){ .ended = true, .signal = 11, .oom_kills = 1 }, "signal", true,
	   "was ended by signal 11 (Segmentation fault)");
	is(&(struct program){ .ended = true, .signal = 9 }, "signal", true,
	   "was ended by signal 9 (Killed)");
	is(&(struct program){ .ended = true, .signal = 9, .oom_kills = 1 }, "oom_kill", true,
	   "was ended by signal 9 (Killed), by the OOM killer");
	is(&(struct program){ .ended = true, .status_unknown = true }, "unknown", true,
	   "ended with an unknown status");
	is(&(struct program){ .seconds = 5 }, "running", false, "is still running, but no longer traced");
	is(&(struct program){ .cut_off = true }, "cut_off", true, 
	   "was still running at the last write (memtop was killed or its disk full, or it is still recording)");
}

static void test_a_ceiling_that_was_near_is_named(void **state)
{
	struct program program = { .ended = true, .ceilings = { .length = 2, .of = {
		{ .kind = CEILING_MACHINE, .bytes = 1000 * MIB, .most = 899 * MIB },
		{ .kind = CEILING_AS, .bytes = 4096 * MIB, .used = MIB, .most = 4000 * MIB } } } };

	(void)state;
	is(&program, "exit", true, "ended with status 0, at 97.7 % of RLIMIT_AS (4096 MiB)");
	program.ceilings.of[1].most = 3000 * MIB;
	is(&program, "exit", false, "ended with status 0");
	program.ceilings.of[0].most = 900 * MIB;
	is(&program, "exit", true, "ended with status 0, at 90.0 % of machine (1000 MiB)");
}

static void test_the_story_names_who_held_most(void **state)
{
	static const char names[] = "f\t/s/w.c\t4\tbuild\t/bin/worker\t1\t\nt\t7\tmain\n";
	static char *argv[] = { "/usr/bin/worker", NULL };
	struct program program = { .argc = 1, .argv = argv, .ended = true, .signal = 6,
				   .seconds = 751 };
	struct heap_text heap;
	struct snapshot *last = heap_text_whole(&heap, names, "b\t0\t1\t2048\t4\t1\t1\n", "exit");
	struct view view = { .by = BY_LINENO, .limit = 1, .counted = true };
	char problem[256], said[ENDING_MAX], small[20];
	struct table *held = table_build(&view, last, NULL, problem);

	(void)state;
	assert_non_null(held);
	ending_story(&program, held, NULL, said, sizeof said);
	assert_string_equal(said, "worker was ended by signal 6 (Aborted), after 00:12:31; "
				  "most memory: 8192 B at w.c:4");
	ending_story(&program, NULL, NULL, said, sizeof said);
	assert_string_equal(said, "worker was ended by signal 6 (Aborted), after 00:12:31");
	ending_story(&program, held, held, small, sizeof small);
	assert_string_equal(small, "worker was ended by");
	table_free(held);
	heap_text_drop(last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_end_has_its_words),
		cmocka_unit_test(test_a_ceiling_that_was_near_is_named),
		cmocka_unit_test(test_the_story_names_who_held_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

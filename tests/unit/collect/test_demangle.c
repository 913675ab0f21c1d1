/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as people write them, and names made to hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/mman.h>
#include "tracer/collect/debug/demangle.h"
#include "tracer/collect/debug/fault.h"
#include "tracer/collect/debug/paths.h"

static void demangles(void **state)
{
	static const struct {
		const char *symbol, *text;
		enum lang lang;
	} cases[] = {
		{ "main", "main", LANG_NONE },
		{ "", "", LANG_NONE },
		{ "_Z", "_Z", LANG_NONE },
		{ "_Zsomething", "_Zsomething", LANG_NONE },
		{ "_Znwm", "operator new(unsigned long)", LANG_CXX },
		{ "_ZN3app3BoxIiE3addEi", "app::Box<int>::add(int)", LANG_CXX },
		/* a template's return type is left out, so that std::* matches */
		{ "_ZSt4moveIRiEONSt16remove_referenceIT_E4typeEOS2_",
		  "std::move<int&>(int&)", LANG_CXX },
		{ "_Z3foov.cold", "foo() [clone .cold]", LANG_CXX },
		{ "_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17h0123456789abcdefE",
		  "alloc::raw_vec::RawVec<T,A>::grow_one", LANG_RUST },
		{ "_ZN4demo4main17h0123456789abcdefE.llvm.123", "demo::main", LANG_RUST },
		{ "_RNvCs4fqI2P2rA04_4demo4main", "demo::main", LANG_RUST },
		{ "_ZN4demo9seventeen3h12E", "demo::seventeen::h12", LANG_CXX },
	};
	char text[256];
	enum lang lang;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = demangle(cases[i].symbol, text, sizeof(text), &lang);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(length, strlen(text));
		assert_int_equal(lang, cases[i].lang);
	}
}

static void bounds_the_output(void **state)
{
	char text[16];

	(void)state;
	assert_int_equal(demangle("_Znwm", text, sizeof(text), NULL), 5);
	assert_string_equal(text, "_Znwm");
	assert_int_equal(demangle("a_very_long_name_indeed", text, sizeof(text), NULL),
			 15);
	assert_string_equal(text, "a_very_long_nam");
}

/* Doubles its output with each S_: without a bound it would take all memory. */
static void survives_a_bomb(void **state)
{
	static char symbol[4096], text[8192];
	size_t length = 0;

	(void)state;
	length += (size_t)sprintf(symbol, "_Z1fP1AS0_");
	for (unsigned i = 0; i < 60; i++)
		length += (size_t)sprintf(symbol + length, "M%s%s", "S_", "S_");
	demangle(symbol, text, sizeof(text), NULL);
	length = (size_t)sprintf(symbol, "_Z1f");
	for (unsigned i = 0; i < 40; i++)
		length += (size_t)sprintf(symbol + length, "N1AI");
	demangle(symbol, text, sizeof(text), NULL);
	assert_true(strlen(text) < sizeof(text));
}

static void deep(void *argument)
{
	static char text[8192];
	demangle(argument, text, sizeof(text), NULL);
}

static void survives_depth(void **state)
{
	static char symbol[32000];

	(void)state;
	memset(symbol, 'P', sizeof(symbol) - 1);
	memcpy(symbol, "_Z1f", 4);
	symbol[sizeof(symbol) - 2] = 'i';
	void *stack = fault_enter();
	fault_run(deep, symbol);
	fault_leave(stack);
}

static volatile int go_on = 1;

static void recurse_for_ever(void *argument)
{
	volatile char page[4096];
	page[0] = *(char *)argument;
	if (go_on)
		recurse_for_ever((void *)(uintptr_t)page);
	page[1] = page[0];
}

static void abort_it(void *argument)
{
	(void)argument;
	abort();
}

static char *no_page;                   /* mapped without access */

static void touch(void *argument)
{
	(void)argument;
	*(volatile char *)no_page = 1;
}

static void nested(void *argument)
{
	assert_int_equal(fault_run(touch, NULL), -EFAULT);
	*(int *)argument = 1;
	touch(NULL);
}

static void nothing(void *argument) { (void)argument; }

/* What libraries can do to themselves ends the call. */
static void fault_run_comes_back(void **state)
{
	no_page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(no_page != MAP_FAILED);
	void *stack = fault_enter();
	int reached = 0;

	(void)state;
	assert_int_equal(fault_run(nothing, NULL), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(fault_run(touch, NULL), -EFAULT);
		assert_int_equal(fault_run(abort_it, NULL), -EFAULT);
		assert_int_equal(fault_run(nested, &reached), -EFAULT);
		assert_int_equal(reached, 1);
	}
	assert_int_equal(fault_run(recurse_for_ever, "x"), -EFAULT);
	fault_leave(stack);
	munmap(no_page, 4096);
}

static void cleans_paths(void **state)
{
	static const struct {
		const char *folder, *file, *path;
	} cases[] = {
		{ "/a/b", "c.c", "/a/b/c.c" },
		{ "/a/b", "../c.c", "/a/c.c" },
		{ "/a/b", "./x/../../c.c", "/a/c.c" },
		{ "/a", "/b//c/./d.c", "/b/c/d.c" },
		{ "/a", "/../../d.c", "/d.c" },
		{ NULL, "a/../b.c", "b.c" },
		{ NULL, "../b.c", "../b.c" },
		{ NULL, "../../x/../b.c", "../../b.c" },
		{ "./csu", "../elf/x.c", "elf/x.c" },
		{ "/", "x", "/x" },
		{ NULL, "", "" },
		{ "/a/", "...", "/a/..." },
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length =
			paths_clean(cases[i].folder, cases[i].file, path, sizeof(path));
		assert_string_equal(path, cases[i].path);
		assert_int_equal(length, strlen(path));
	}
	assert_int_equal(paths_clean("/folder", "file", path, 8), 7);
	assert_string_equal(path, "/folder");
}

static void moves_paths(void **state)
{
	static const char *const maps[] = { "/build/src=/home/me/src",
					    "/build/=/other",
					    "/x=",
					    "noequals",
					    "=/y",
					    NULL };
	char moved[64], small[16];

	(void)state;
	/* Half of a path is another file's. */
	assert_string_equal(paths_map(maps, "/build/src/a.c", small, sizeof(small)),
			    "/build/src/a.c");
	assert_string_equal(paths_map(maps, "/build/src/a.c", moved, sizeof(moved)),
			    "/home/me/src/a.c");
	assert_string_equal(paths_map(maps, "/build/srcs/a.c", moved, sizeof(moved)),
			    "/other/srcs/a.c");
	assert_string_equal(paths_map(maps, "/x/a.c", moved, sizeof(moved)), "/a.c");
	assert_string_equal(paths_map(maps, "/xx/a.c", moved, sizeof(moved)), "/xx/a.c");
	assert_string_equal(paths_map(NULL, "/x/a.c", moved, sizeof(moved)), "/x/a.c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(demangles),
		cmocka_unit_test(bounds_the_output),
		cmocka_unit_test(survives_a_bomb),
		cmocka_unit_test(survives_depth),
		cmocka_unit_test(fault_run_comes_back),
		cmocka_unit_test(cleans_paths),
		cmocka_unit_test(moves_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

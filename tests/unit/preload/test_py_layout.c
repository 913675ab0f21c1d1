/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an interpreter says of itself is taken only if it can be true. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

/* The tracer's files are in no library: it is pure, so here it is. */
#include "tracer/preload/python/py_layout.c"

static uint64_t runtime[128];

static void say(unsigned at, uint64_t value) { runtime[at / 8] = value; }

/* CPython 3.14's own words, from its headers. */
static void say_all(void)
{
	static const uint16_t words[][2] = {
		{24, 60000}, {32, 632},                         /* runtime: size, _finalizing */
		{176, 800}, {208, 72},                          /* thread state */
		{248, 88}, {256, 8}, {264, 0}, {272, 56}, {288, 74},    /* frame */
		{312, 216}, {320, 112}, {328, 120}, {336, 128}, {344, 136}, {352, 68}, {384, 208},
		{400, 16}, {408, 8},                            /* object */
		{416, 416}, {424, 24}, {440, 168},              /* type */
		{592, 40}, {600, 16}, {608, 32},                /* bytes */
		{616, 64}, {624, 32}, {632, 16}, {640, 40},     /* text */
	};
	memset(runtime, 0, sizeof(runtime));
	memcpy(runtime, "xdebugpy", 8);
	say(8, 0x030e0af0);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		say(words[i][0], words[i][1]);
}

static enum wire_python_state look(struct py_layout *l)
{
	return py_layout(0x30e, (uintptr_t)runtime, l);
}

static void test_said(void **state)
{
	struct py_layout l;
	(void)state;
	say_all();
	assert_int_equal(look(&l), WIRE_PYTHON_TRACED);
	assert_int_equal(l.top, 72);
	assert_int_equal(l.owner, 74);
	assert_int_equal(l.code, 0);
	assert_int_equal(l.name, 128);
	assert_int_equal(l.bytecode, 208);
	assert_int_equal(l.traceable, 192);
	assert_int_equal(l.compact, 56);
	assert_int_equal(l.finalizing, 632);
}

/* Each of these alone makes it another interpreter than the version says. */
static void test_strange(void **state)
{
	static const struct {
		unsigned at;
		uint64_t value;
	} wrong[] = {
		{0, 0}, {8, 0x030d00f0}, {208, 800}, {208, 0}, {176, UINT64_MAX}, {256, 88},
		{272, 1 << 17}, {288, 0}, {320, 216}, {336, UINT64_MAX}, {344, 0}, {352, 0},
		{384, 8}, {408, 24}, {440, 176}, {600, 24}, {608, 48}, {624, 40}, {632, 32},
		{640, 8}, {640, 64}, {32, 0},
	};
	struct py_layout l;
	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		say_all();
		say(wrong[i].at, wrong[i].value);
		assert_int_equal(look(&l), WIRE_PYTHON_STRANGE);
	}
}

static void test_refused(void **state)
{
	struct py_layout l;
	(void)state;
	say_all();
	say(16, 1);
	assert_int_equal(look(&l), WIRE_PYTHON_THREADED);
	assert_int_equal(py_layout(0x310, (uintptr_t)runtime, &l), WIRE_PYTHON_UNKNOWN);
	assert_int_equal(py_layout(0x307, (uintptr_t)runtime, &l), WIRE_PYTHON_UNKNOWN);
}

/* To 3.12 it says nothing, and is not asked. */
static void test_table(void **state)
{
	struct py_layout l;
	(void)state;
	assert_int_equal(py_layout(0x308, 8, &l), WIRE_PYTHON_TRACED);
	assert_int_equal(l.shape, PY_FRAME_OBJECTS);
	assert_int_equal(py_layout(0x30c, 8, &l), WIRE_PYTHON_TRACED);
	assert_int_equal(l.bytecode, 192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said),
		cmocka_unit_test(test_strange),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

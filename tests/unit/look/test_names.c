/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names by which objects of Python hold others, in memory made by hand, and such as only an
 * enemy would make.  tests/python/chains.py asks true processes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tests/random.h"
#include "tests/unit/look/failing_malloc.h"
#include "tests/unit/look/made_types.h"
#include "tracer/look/types/names.h"

#define KINDS (MODULE + 9216)           /* types, 1 KiB each */
#define INTERNED 1u
#define TEXTS (HEAP + 24576)

enum kind { OBJECT, A_STR, A_DICT, A_MODULE, A_TUPLE, A_CODE, A_FRAME, KIND_COUNT };

static uint64_t next_text;
static char said[8192];

static void put_kinds(uint64_t flags)
{
	static const char *const names[] = { "app.Session", "str", "dict", "module", "tuple",
					     "code", "frame" };
	static const uint64_t sizes[] = { 32, 48, 48, 56, 24, 128, 376 };
	static const uint64_t more[] = { 0, STR, GC | DICT, GC, GC, 0, GC };

	put_type(TYPE, TYPE, "type", 880, UINT64_C(1) << 31 | GC);
	for (uint64_t k = 0; k < KIND_COUNT; k++)
		put_type(KINDS + k * 1024, TYPE, names[k], sizes[k], k ? more[k] : flags);
	next_text = TEXTS;
	said[0] = '\0';
}

static void again(unsigned version, uint64_t flags)
{
	end(NULL);
	python = version;
	assert_int_equal(begin(NULL), 0);
	put_kinds(flags);
}

static void put_kind(uint64_t at, enum kind kind)
{
	put(at, 1);
	put(at + 8, KINDS + kind * 1024);
}

static uint64_t make_text(const char *text, uint64_t state)
{
	uint64_t at = next_text;

	put_kind(at, A_STR);
	put(at + 16, strlen(text));
	put(at + 32, 1 << 2 | 3 << 5 | state);
	put_text(at + (python >= 0x30c ? 40 : 48), text);
	next_text += 48 + (strlen(text) + 16) / 8 * 8;
	return at;
}

/* A table of keys: from 3.11 on with str alone. */
static void put_keys(uint64_t at, size_t length, const char *form, const uint64_t *values,
		     uint64_t state)
{
	bool old = python < 0x30b;
	uint64_t entry = at + (old ? 40 + 512 : 32 + 256);

	put(at + 8, old ? 256 : 8 | 8 << 8 | 1 << 16);
	put(at + (old ? 32 : 24), length);
	for (size_t i = 0; i < length; i++) {
		char text[400];

		snprintf(text, sizeof(text), form, (int)i);
		entry += old ? 8 : 0;
		put(entry, make_text(text, state));
		put(entry + 8, values ? values[i] : 0);
		entry += 16;
	}
}

static int note_name(void *user, uint64_t value, const char *name)
{
	(void)user;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%x %s\n",
		 (unsigned)(value - HEAP), name);
	return 0;
}

static const struct names_use use = { .named = note_name };

static void test_keys_of_a_dict(void **state)
{
	static const unsigned versions[] = { 0x308, 0x30a, 0x30b, 0x30c, 0x30d };
	const uint64_t values[] = { HEAP + 4096, 0, HEAP + 4160 };

	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		again(versions[i], 0);
		put_kind(HEAP + 16, A_DICT);
		put(HEAP + 16 + 32, HEAP + 8192);
		put_keys(HEAP + 8192, 3, "key %d", values, 0);
		assert_int_equal(names_held(types, HEAP, 64, &use), 0);
		assert_string_equal(said, "1000 \"key 0\"\n1040 \"key 2\"\n");
	}
	again(0, 0);                            /* who knows which CPython it is */
	put_kind(HEAP + 16, A_DICT);
	put(HEAP + 16 + 32, HEAP + 8192);
	assert_false(names_known(types));
	assert_int_equal(names_held(types, HEAP, 64, &use), 0);
	assert_string_equal(said, "");
}

static void test_keys_that_are_data_are_no_names(void **state)
{
	uint64_t values[65];

	(void)state;
	for (size_t i = 0; i < 65; i++)
		values[i] = HEAP + 4096;
	for (int turn = 0; turn < 3; turn++) {
		again(0x30b, 0);
		put_kind(HEAP + 16, A_DICT);
		put(HEAP + 16 + 32, HEAP + 8192);
		put_keys(HEAP + 8192, turn == 0 ? 64 : 65, "user %d", values,
			 turn == 2 ? INTERNED : 0);
		assert_int_equal(names_held(types, HEAP, 64, &use), 0);
		assert_int_equal(said[0] != '\0', turn != 1);
	}
	/* A long key is cut, one with a control character is none. */
	again(0x30b, 0);
	char key[300];

	memset(key, 'k', sizeof(key));
	key[299] = '\0';
	put_kind(HEAP + 16, A_DICT);
	put(HEAP + 16 + 32, HEAP + 8192);
	put_keys(HEAP + 8192, 1, key, values, 0);
	assert_int_equal(names_held(types, HEAP, 64, &use), 0);
	assert_int_equal(strlen(said), strlen("1000 \"\"\n") + 128 + 3);
	assert_non_null(strstr(said, "kkk...\"\n"));
	again(0x30b, 0);
	put_kind(HEAP + 16, A_DICT);
	put(HEAP + 16 + 32, HEAP + 8192);
	put_keys(HEAP + 8192, 1, "a\033b", values, 0);
	assert_int_equal(names_held(types, HEAP, 64, &use), 0);
	assert_string_equal(said, "");
}

/* Values beside the keys of many, in the object or behind it. */
static void test_attributes(void **state)
{
	const struct {
		unsigned version;
		uint64_t flags, values, keys;
	} turns[] = {
		{ 0x30b, DICT_BEFORE, HEAP + 2048, 872 }, { 0x30c, DICT_BEFORE, HEAP + 2048, 880 },
		{ 0x30d, DICT_BEFORE | 1 << 2, HEAP + 32 + 32 + 8, 880 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(turns) / sizeof(*turns); i++) {
		again(turns[i].version, GC | turns[i].flags);
		put_kind(HEAP + 32, OBJECT);
		put(HEAP, turns[i].version == 0x30b ? HEAP + 2048 : 0);
		put(HEAP + 8, turns[i].version == 0x30c ? HEAP + 2048 - 1 : 0);
		put(KINDS + turns[i].keys, HEAP + 8192);
		put(turns[i].values, HEAP + 4096);
		put(turns[i].values + 8, HEAP + 4160);
		if (turns[i].version == 0x30d)
			/* valid, embedded, sizes */
			put(HEAP + 64, UINT64_C(0x01010202));
		put_keys(HEAP + 8192, 2, "attribute%d", NULL, INTERNED);
		assert_int_equal(names_held(types, HEAP, 128, &use), 0);
		assert_string_equal(said, "1000 \"attribute0\"\n1040 \"attribute1\"\n");
		if (turns[i].version != 0x30d)
			continue;
		put(HEAP + 64, 0x010202);       /* they have moved to a dict */
		said[0] = '\0';
		assert_int_equal(names_held(types, HEAP, 128, &use), 0);
		assert_string_equal(said, "");
	}
}

static void test_a_module_has_a_name_and_a_dict(void **state)
{
	char name[NAMES_ROOM];
	uint64_t dict;

	(void)state;
	again(0x30b, 0);
	put_kind(HEAP + 16, A_MODULE);
	put(HEAP + 16 + 16, HEAP + 4096);
	put(HEAP + 16 + 48, make_text("app.web", INTERNED));
	assert_int_equal(names_module(types, HEAP, 72, name, &dict), 1);
	assert_string_equal(name, "app.web");
	assert_int_equal(dict, HEAP + 4096);
	put(HEAP + 16 + 48, HEAP + 64);         /* no str */
	assert_int_equal(names_module(types, HEAP, 72, name, &dict), 0);
	assert_int_equal(names_module(types, TEXTS, 64, name, &dict), 0);
}

#define CODE (HEAP + 6144)
#define NAMES (HEAP + 7168)

static void put_tuple(uint64_t at, const char *first, const char *second)
{
	put_kind(at, A_TUPLE);
	put(at + 16, 2);
	put(at + 24, make_text(first, INTERNED));
	put(at + 32, make_text(second, INTERNED));
}

/* serve(), which has two locals, and to 3.10 two that closures share. */
static void put_code(void)
{
	bool old = python < 0x30b;
	uint64_t length = python == 0x30b ? 76 : 72;
	uint32_t number = old ? 2 : 4, first = 30;

	put_kind(CODE, A_CODE);
	put(CODE + (old ? 112 : 120), make_text("serve", INTERNED));
	put(CODE + (old ? 104 : 112), make_text("/usr/lib/web/app.py", INTERNED));
	put_tuple(NAMES, "items", "none");
	put(CODE + (old ? 72 : 96), NAMES);
	if (old) {
		put_tuple(NAMES + 256, "shared", "other");
		put(CODE + 88, NAMES + 256);
	}
	memcpy(memory + (CODE - MODULE) + (old ? 28 : length), &number, 4);
	memcpy(memory + (CODE - MODULE) + (old ? 40 : length - 4), &first, 4);
}

static void test_locals_of_a_frame_that_runs(void **state)
{
	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		uint64_t frame = HEAP + 16, locals;
		unsigned char runs = turn < 2;

		again(turn < 2 ? 0x309 : 0x30a, 0);
		locals = frame + (turn < 2 ? 360 : 352);
		put_code();
		put_kind(frame, A_FRAME);
		put(frame + 32, CODE);
		put(locals, HEAP + 4096);
		put(locals + 24, HEAP + 4160);
		memory[frame - MODULE + (turn < 2 ? 116 : 108)] = runs;
		assert_int_equal(names_frame(types, HEAP, 448, &use), 0);
		assert_string_equal(said, "1000 items of serve() app.py:30\n"
				    "1040 other of serve() app.py:30\n");
		said[0] = '\0';
		memory[frame - MODULE + (turn < 2 ? 116 : 108)] = !runs;
		assert_int_equal(names_frame(types, HEAP, 448, &use), 0);
		assert_int_equal(names_frame(types, HEAP, 300, &use), 0);
		assert_string_equal(said, "");
	}
}

#define RUNTIME MODULE
#define INTERPRETER (HEAP + 1024)
#define THREAD (HEAP + 2048)
#define CHUNK (HEAP + 3072)

/* One thread that runs serve(), called by itself. */
static void put_runtime(void)
{
	bool cframe = python < 0x30d;
	uint64_t code = python == 0x30b ? 32 : 0, previous = python == 0x30b ? 48 : 8;
	uint64_t chunk = python == 0x30b ? 296 : 232, top = CHUNK + 24 + 128;

	put_code();
	put(RUNTIME, UINT64_C(0x7970677562656478));
	put(RUNTIME + 16, 0);
	if (!cframe) {
		put(RUNTIME + 5 * 8, 40 * 8);
		put(RUNTIME + 8 * 8, 0);
		put(RUNTIME + 9 * 8, 72);
		put(RUNTIME + 21 * 8, 8);
		put(RUNTIME + 23 * 8, 56);
		put(RUNTIME + 26 * 8, chunk);
	}
	put(RUNTIME + (cframe ? 40 : 40 * 8), INTERPRETER);
	put(INTERPRETER + (python == 0x30b ? 16 : 72), THREAD);
	put(THREAD + 56, cframe ? THREAD + 512 : top);
	if (cframe)
		put(THREAD + 512 + (python == 0x30b ? 8 : 0), top);
	put(THREAD + chunk, CHUNK);
	put(THREAD + chunk + 8, CHUNK + 24 + 256);
	put(CHUNK + 8, 512);
	for (uint64_t frame = top;; frame -= 128) {
		put(frame + code, CODE);
		put(frame + 72, HEAP + 4096 + (frame - CHUNK));
		if (frame < CHUNK + 128)
			break;
		put(frame + previous, frame - 128);
	}
}

static int note_stack(void *user, uint64_t start, uint64_t stack_end, uint64_t rest)
{
	(void)user;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%x to %x, left to %x\n",
		 (unsigned)(start - CHUNK), (unsigned)(stack_end - CHUNK), (unsigned)(rest - CHUNK));
	return 0;
}

static void test_locals_of_all_that_runs(void **state)
{
	(void)state;
	for (unsigned version = 0x30b; version <= 0x30d; version++) {
		again(version, 0);
		put_runtime();
		assert_int_equal(names_running(types, RUNTIME, &use), 0);
		assert_string_equal(said, "1098 items of serve() app.py:30\n"
				    "1018 items of serve() app.py:30\n");
		said[0] = '\0';
		assert_int_equal(names_stacks(types, RUNTIME, note_stack, NULL), 0);
		assert_string_equal(said, "18 to 118, left to 200\n");
		said[0] = '\0';
		/* where it ends: nonsense */
		put(THREAD + (version == 0x30b ? 296 : 232) + 8, 0);
		assert_int_equal(names_stacks(types, RUNTIME, note_stack, NULL), 0);
		assert_string_equal(said, "18 to 200, left to 200\n");
		said[0] = '\0';
		assert_int_equal(names_running(types, 0, &use), 0);
		assert_string_equal(said, "");
	}
	put(RUNTIME + 16, 1);                   /* without the GIL */
	assert_int_equal(names_running(types, RUNTIME, &use), 0);
	assert_string_equal(said, "");
}

static unsigned names;

static int count_name(void *user, uint64_t value, const char *name)
{
	(void)user;
	(void)value;
	for (; *name; name++)
		assert_true((unsigned char)*name >= 0x20 && *name != 0x7f);
	names++;
	return 0;
}

static int ask_all(const struct names_use *who)
{
	char name[NAMES_ROOM];
	uint64_t dict;
	int error = names_running(types, RUNTIME, who);

	if (!error)
		error = names_stacks(types, RUNTIME, note_stack, NULL);
	for (uint64_t at = HEAP; !error && at < HEAP + 4096; at += 16) {
		error = names_held(types, at, 448, who);
		if (!error)
			error = names_frame(types, at, 448, who);
		if (!error && names_module(types, at, 448, name, &dict) < 0)
			error = -ENOMEM;
	}
	return error;
}

/* Pointers in circles, numbers that are too large, and ends of memory. */
static void test_no_memory_can_do_harm(void **state)
{
	static const struct names_use who = { .named = count_name };

	(void)state;
	names = 0;
	for (int round = 0; round < 150; round++) {
		uint64_t values[3] = { HEAP + 4096, HEAP, HEAP + 16 };

		again((unsigned)(0x308 + pick(6)),
			GC | DICT_BEFORE | (pick(2) ? 1 << 2 : 0));
		put_runtime();
		put_kind(HEAP + 16, A_DICT);
		put(HEAP + 16 + 32, HEAP + 8192);
		put_keys(HEAP + 8192, 3, "key%d", values, INTERNED);
		put_kind(HEAP + 96, (enum kind)pick(KIND_COUNT));
		put(HEAP + 512 + 32, CODE);
		put_kind(HEAP + 512, A_FRAME);
		for (uint64_t i = pick(40); i > 0; i--)
			put(MODULE + pick(4096) * 8, pick(3) ? MODULE + pick(8192) * 8 :
								 pick(UINT64_MAX));
		for (uint64_t i = pick(20); i > 0; i--)
			put(HEAP + pick(1200) * 8, pick(3) ? MODULE + pick(8192) * 8 :
							       pick(UINT64_MAX));
		assert_int_equal(ask_all(&who), 0);
		said[0] = '\0';
	}
	assert_true(names > 300);
}

static void test_no_memory_is_an_error_and_no_crash(void **state)
{
	int error = -ENOMEM;
	long turn = 0;

	(void)state;
	for (; error; turn++) {
		again(0x30d, GC);
		put_runtime();
		put_kind(HEAP + 16, A_DICT);
		put(HEAP + 16 + 32, HEAP + 8192);
		put_keys(HEAP + 8192, 3, "key%d", (uint64_t[]){ HEAP, HEAP, HEAP }, 0);
		allowed = turn;
		error = ask_all(&use);
		allowed = -1;
		assert_true(!error || error == -ENOMEM);
	}
	assert_true(turn > 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_keys_of_a_dict),
		TEST(test_keys_that_are_data_are_no_names),
		TEST(test_attributes),
		TEST(test_a_module_has_a_name_and_a_dict),
		TEST(test_locals_of_a_frame_that_runs),
		TEST(test_locals_of_all_that_runs),
		TEST(test_no_memory_can_do_harm),
		TEST(test_no_memory_is_an_error_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

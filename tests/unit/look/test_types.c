/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What blocks are, in memory made by hand: layouts as compilers and CPython leave them, and such
 * as only an enemy would.  tests/cli/types.py and tests/python/types.py ask true processes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/random.h"
#include "tests/unit/look/failing_malloc.h"
#include "tests/unit/look/made_types.h"

static struct types_found found;

/* The name of what a block is, "-" for nothing. */
static const char *look(uint64_t address, uint64_t size)
{
	enum types_language language;

	assert_int_equal(types_look(types, address, size, &found), 0);
	return found.type == TYPES_NONE ? "-" : types_name(types, found.type, &language);
}

/* --- C++ --- */

#define CLASS MODULE                    /* type_info of __si_class_type_info, its table */
#define NODE (MODULE + 256)             /* type_info of Node, its table */

/* [0] type_info: vptr, name; [8] table: 0, type_info, functions. */
static void put_class(uint64_t at, uint64_t class, const char *name)
{
	put(at, class + 80);
	put(at + 8, put_text(at + 128, name));
	put(at + 64, 0);
	put(at + 72, at);
	put(at + 80, MODULE + 4096);
}

static void put_classes(void)
{
	put_class(CLASS, CLASS, "N10__cxxabiv120__si_class_type_infoE");
	put_class(NODE, CLASS, "N3app4NodeE");
}

static void test_a_class_is_known_by_its_type_info(void **state)
{
	(void)state;
	put_classes();
	put(HEAP, NODE + 80);
	assert_string_equal(look(HEAP, 24), "N3app4NodeE");
	assert_string_equal(look(HEAP, 8), "N3app4NodeE");
	assert_string_equal(look(HEAP, 7), "-");
	assert_string_equal(look(HEAP + 4, 24), "-");           /* no block begins there */
	put(HEAP, NODE + 88);                                   /* not where a table begins */
	assert_string_equal(look(HEAP, 24), "-");
	put(HEAP, NODE);                                        /* the type_info itself */
	assert_string_equal(look(HEAP, 24), "-");
	assert_int_equal(types_length(types), 2);
}

static void test_names_that_only_their_address_tells_apart_lose_their_mark(void **state)
{
	(void)state;
	put_classes();
	put_class(NODE, CLASS, "*N12_GLOBAL__N_16HiddenE");
	put(HEAP, NODE + 80);
	assert_string_equal(look(HEAP, 24), "N12_GLOBAL__N_16HiddenE");
}

static void test_arrays_have_their_length_in_front(void **state)
{
	(void)state;
	put_classes();
	put(HEAP, 3);
	put(HEAP + 8, NODE + 80);
	assert_string_equal(look(HEAP, 8 + 3 * 16), "A_N3app4NodeE");
	assert_string_equal(look(HEAP, 8 + 3 * 16 + 8), "-");   /* not three of them */
	put(HEAP, 1000);
	assert_string_equal(look(HEAP, 8 + 3 * 16), "-");
	put(HEAP, 0);
	put(HEAP + 8, 2);
	put(HEAP + 16, NODE + 80);                              /* aligned to 16 */
	assert_string_equal(look(HEAP, 16 + 2 * 32), "A_N3app4NodeE");
}

/* Each of these is a class but for one thing. */
static void test_what_is_almost_a_class_is_none(void **state)
{
	(void)state;
	put_classes();
	put(HEAP, NODE + 80);
	put(NODE + 64, UINT64_C(-16));          /* a base inside a larger object */
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_classes();
	put(HEAP, NODE + 80);
	put(NODE + 72, 0);                      /* -fno-rtti */
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_classes();
	put(HEAP, NODE + 80);
	put(NODE + 72, HEAP + 512);             /* type_info in the heap */
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_classes();
	put(HEAP, NODE + 80);
	put(NODE + 8, put_text(HEAP + 512, "N3app4NodeE"));     /* its name there */
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_classes();
	put(HEAP, NODE + 80);
	put_text(NODE + 128, "N3app\033[2J4NodeE");
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_classes();
	put(HEAP, NODE + 80);
	put_text(CLASS + 128, "4Own1");         /* the class of type_info is somebody's own */
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_classes();
	put(HEAP, NODE + 80);
	put(NODE, UINT64_MAX);                  /* no address */
	assert_string_equal(look(HEAP, 24), "-");
	put(HEAP, 8);
	assert_string_equal(look(HEAP, 24), "-");
}

/* --- Python --- */

static void put_types(const char *name, uint64_t size, uint64_t flags)
{
	put_type(TYPE, TYPE, "type", 880, UINT64_C(1) << 31 | GC);
	put_type(KIND, TYPE, name, size, flags);
}

static void put_object(uint64_t at, uint64_t references)
{
	put(at, references);
	put(at + 8, KIND);
}

static void test_an_object_is_where_its_type_says(void **state)
{
	(void)state;
	put_types("float", 24, 0);
	put_object(HEAP, 1);
	assert_string_equal(look(HEAP, 24), "float");
	assert_false(found.tracked);
	assert_string_equal(look(HEAP, 16), "-");               /* no room for one */
	put_object(HEAP, 0);                                    /* kept for reuse */
	assert_string_equal(look(HEAP, 24), "-");
	put_object(HEAP, UINT64_C(1) << 32);
	assert_string_equal(look(HEAP, 24), "-");
	put_object(HEAP, UINT32_MAX);                           /* for ever, from 3.12 on */
	assert_string_equal(look(HEAP, 24), "float");
	put(HEAP + 16, 1);
	put(HEAP + 24, KIND);
	put(HEAP, 0);
	assert_string_equal(look(HEAP, 64), "-");               /* a float has no GC head */
}

static void test_what_the_collector_knows_has_a_head(void **state)
{
	(void)state;
	put_types("deque", 40, GC);
	put_object(HEAP + 16, 2);
	assert_string_equal(look(HEAP, 56), "deque");
	assert_false(found.tracked);
	assert_int_equal(found.links, 0);
	put(HEAP, HEAP + 1024);
	assert_string_equal(look(HEAP, 56), "deque");
	assert_true(found.tracked);
	assert_int_equal(found.links, HEAP);
	assert_string_equal(look(HEAP, 48), "-");
}

static void test_attributes_before_an_object_are_its_values(void **state)
{
	enum types_language language;

	(void)state;
	put_types("Session", 16, GC | DICT_BEFORE);
	put_object(HEAP + 32, 1);
	put(HEAP, HEAP + 1024);                                 /* 3.11 */
	assert_string_equal(look(HEAP, 48), "Session");
	assert_int_equal(found.parts_length, 1);
	assert_int_equal(found.parts[0].address, HEAP + 1024);
	assert_string_equal(types_name(types, found.parts[0].type, &language), "Session (values)");
	assert_int_equal(language, TYPES_PYTHON);
	put(HEAP, 0);
	put(HEAP + 8, HEAP + 2048 - 1);                         /* 3.12 */
	assert_string_equal(look(HEAP, 48), "Session");
	assert_int_equal(found.parts[0].address, HEAP + 2048);
	put(HEAP + 8, 0);
	assert_string_equal(look(HEAP, 48), "Session");
	assert_int_equal(found.parts_length, 0);
}

static void test_the_address_of_an_object_is_no_count_of_references(void **state)
{
	(void)state;
	put_types("codecs.Decoder", 16, GC);
	put_object(HEAP + 512, 3);
	put(HEAP, 0x71e);                       /* the values of a dictionary: an object, ... */
	put_object(HEAP + 16, HEAP + 512);      /* ... and next to it the class */
	assert_string_equal(look(HEAP, 280), "-");
	put_object(HEAP + 16, HEAP + 520);      /* no object is there */
	assert_string_equal(look(HEAP, 280), made_at == LOW ? "codecs.Decoder" : "-");
}

static void test_low_addresses_of_objects_are_no_counts_either(void **state)
{
	end(state);
	made_at = LOW;
	begin(state);
	test_the_address_of_an_object_is_no_count_of_references(state);
	made_at = HIGH;
}

static void test_lists_and_dicts_have_blocks_of_their_own(void **state)
{
	enum types_language language;

	(void)state;
	put_types("mine", 40, GC | LIST);
	put_object(HEAP + 16, 1);
	put(HEAP + 16 + 24, HEAP + 4096);
	assert_string_equal(look(HEAP, 56), "mine");
	assert_int_equal(found.parts_length, 1);
	assert_int_equal(found.parts[0].address, HEAP + 4096);
	assert_string_equal(types_name(types, found.parts[0].type, &language), "list (items)");
	end(state), begin(state);
	put_types("dict", 48, GC | DICT);
	put_object(HEAP + 16, 1);
	put(HEAP + 16 + 32, HEAP + 4096);
	put(HEAP + 16 + 40, HEAP + 5120);
	assert_string_equal(look(HEAP, 64), "dict");
	assert_int_equal(found.parts_length, 2);
	assert_string_equal(types_name(types, found.parts[0].type, &language), "dict (keys)");
	assert_string_equal(types_name(types, found.parts[1].type, &language), "dict (values)");
}

static uint64_t put_str(uint64_t at, unsigned begin, const char *text)
{
	put(at, 1);
	put(at + 16, strlen(text));
	put_text(at + begin, text);
	return at;
}

/* A class made by a class statement has its module in its dict; `old`: as up to 3.10. */
static void put_module(bool old, unsigned begin, const char *module)
{
	uint64_t dict = HEAP + 8192, keys = HEAP + 9216, entry = keys + (old ? 48 : 40);
	uint64_t key = put_str(HEAP + 10240, begin, "__module__");
	uint64_t value = put_str(HEAP + 11264, begin, module), other = put_str(HEAP + 12288, begin, "x");

	put(KIND + 264, dict);
	put(dict + 32, keys);
	put(keys + 8, old ? 8 : 3 | 3 << 8 | 1 << 16);
	put(keys + (old ? 32 : 24), 2);
	for (int i = 0; i < 2; i++) {
		entry += old ? 8 : 0;                           /* the hash */
		put(entry, i ? key : other);
		put(entry + 8, i ? value : 0);
		entry += 16;
	}
}

static void test_classes_are_named_with_their_modules(void **state)
{
	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		end(state), begin(state);
		put_types("Session", 16, HEAP_TYPE);
		put_module(turn == 0, turn == 2 ? 40 : 48, "app.web");  /* 3.8, 3.11, 3.12 */
		put_object(HEAP, 1);
		assert_string_equal(look(HEAP, 16), "app.web.Session");
	}
	end(state), begin(state);
	put_types("Session", 16, HEAP_TYPE);
	put_module(false, 40, "builtins");
	put_object(HEAP, 1);
	assert_string_equal(look(HEAP, 16), "Session");
	end(state), begin(state);
	put_types("_abc.data", 16, HEAP_TYPE);                  /* made in C: named already */
	put_module(false, 40, "app");
	put_object(HEAP, 1);
	assert_string_equal(look(HEAP, 16), "_abc.data");
	end(state), begin(state);
	put_types("Session", 16, HEAP_TYPE);
	put_module(false, 40, "app\nweb");
	put_object(HEAP, 1);
	assert_string_equal(look(HEAP, 16), "Session");
	end(state), begin(state);
	put_types("Session", 16, HEAP_TYPE);
	put_module(false, 40, "app");
	put(HEAP + 9216 + 24, UINT64_MAX);                      /* so many keys there are not */
	put_object(HEAP, 1);
	assert_string_equal(look(HEAP, 16), "Session");
}

static void test_the_type_of_a_type_is_a_type(void **state)
{
	(void)state;
	put_types("float", 24, 0);
	put_object(HEAP, 1);
	put(KIND + 8, KIND);                    /* its own type, but no `type` */
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_types("float", 24, 0), put_object(HEAP, 1);
	put_text(TYPE + 512, "typo");
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_types("float", 24, 0), put_object(HEAP, 1);
	put(TYPE + 168, READY);                 /* the root makes no types */
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_types("float", 24, 0), put_object(HEAP, 1);
	put(KIND + 8, KIND + 2048);             /* two that are each other's */
	put_type(KIND + 2048, KIND, "float", 24, UINT64_C(1) << 31);
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_types("float", 24, 0), put_object(HEAP, 1);
	put(KIND + 24, HEAP + sizeof(memory));  /* no name */
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_types("float\033[31m", 24, 0), put_object(HEAP, 1);
	assert_string_equal(look(HEAP, 24), "-");
	end(state), begin(state), put_types("float", UINT64_C(1) << 40, 0), put_object(HEAP, 1);
	assert_string_equal(look(HEAP, 24), "-");
}

/* --- both --- */

/* True layouts with words of them exchanged for others, pointers mostly. */
static void test_no_memory_can_do_harm(void **state)
{
	unsigned known = 0;

	(void)state;
	for (int round = 0; round < 300; round++) {
		end(state), begin(state), put_classes();
		put_types("Session", 16 + pick(64), (pick(2) ? GC : 0) | (pick(3) ? 0 : DICT_BEFORE) |
			  (pick(2) ? HEAP_TYPE : 0) | (pick(4) ? 0 : LIST | DICT | STR));
		put_module(pick(2), 40 + 8 * (unsigned)pick(2), "app");
		for (int i = 0; i < 40; i++)
			put_object(HEAP + pick(512) * 16, pick(3));
		for (uint64_t i = pick(60); i > 0; i--)
			put(MODULE + pick(sizeof(memory) / 8) * 8,
			    pick(3) ? MODULE + pick(sizeof(memory) / 8) * 8 : pick(UINT64_MAX));
		for (uint64_t at = HEAP; at < MODULE + sizeof(memory); at += 16)
			known += look(at, 8 + pick(256))[0] != '-';
	}
	assert_true(known > 1000);
}

static void test_a_block_that_goes_on_where_nothing_is(void **state)
{
	uint64_t last = MODULE + sizeof(memory) - 32;

	(void)state;
	put_types("float", 24, 0);
	put_object(last, 1);
	assert_string_equal(look(last, 1 << 20), "float");
	assert_string_equal(look(MODULE + sizeof(memory), 64), "-");
	assert_string_equal(look(0, 64), "-");
}

static int ask_all(void)
{
	int error = 0;

	for (uint64_t at = HEAP; !error && at < HEAP + 2048; at += 64)
		error = types_look(types, at, 64, &found);
	return error;
}

static void test_no_memory_is_an_error_and_no_crash(void **state)
{
	int error = -ENOMEM;
	long turn = 0;

	for (; error; turn++) {
		end(state);
		types = NULL;
		allowed = turn;
		error = begin(state) ? -ENOMEM : 0;
		put_classes();
		put_types("Session", 16, GC | DICT_BEFORE);
		put(HEAP, NODE + 80);
		put(HEAP + 64, 1);
		put(HEAP + 72, NODE + 80);
		put_object(HEAP + 128 + 32, 1);
		if (!error)
			error = ask_all();
		allowed = -1;
		assert_true(!error || error == -ENOMEM);
	}
	assert_int_equal(types_length(types), 5);
	assert_true(turn > 6);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_a_class_is_known_by_its_type_info),
		TEST(test_names_that_only_their_address_tells_apart_lose_their_mark),
		TEST(test_arrays_have_their_length_in_front),
		TEST(test_what_is_almost_a_class_is_none),
		TEST(test_an_object_is_where_its_type_says),
		TEST(test_what_the_collector_knows_has_a_head),
		TEST(test_attributes_before_an_object_are_its_values),
		TEST(test_the_address_of_an_object_is_no_count_of_references),
		TEST(test_low_addresses_of_objects_are_no_counts_either),
		TEST(test_lists_and_dicts_have_blocks_of_their_own),
		TEST(test_classes_are_named_with_their_modules),
		TEST(test_the_type_of_a_type_is_a_type),
		TEST(test_no_memory_can_do_harm),
		TEST(test_a_block_that_goes_on_where_nothing_is),
		TEST(test_no_memory_is_an_error_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

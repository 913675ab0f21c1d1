/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances of GLib's types, in memory made by hand: as GLib has its types, and such as only an
 * enemy would.  tests/cli/gobject.sh asks a true process. */
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
	if (found.type == TYPES_NONE)
		return "-";
	const char *name = types_name(types, found.type, &language);

	assert_int_equal(language, TYPES_GOBJECT);
	return name;
}

#define NODES (MODULE + 64)             /* the table of types without a parent */
#define QUARKS (HEAP + 8192)            /* the table of strings */
#define STRINGS (HEAP + 10240)
#define NODE(i) (HEAP + 12288 + (i) * 1024)
#define CLASS(i) (HEAP + 4096 + (i) * 64)

enum { VOID, INTERFACE, PARAM, OBJECT, LABEL, BUTTON, TOGGLE };
static uint64_t before_plugin;          /* bytes: 8, and from GLib 2.84 on 0 */

static void put_name(unsigned i, const char *name)
{
	put(QUARKS + (i + 3) * 8, put_text(STRINGS + i * 64, name));
}

/* Its name, class and instances; children are 512 bytes behind a node, the class's data 256. */
static void put_node(unsigned i, uint64_t type, uint64_t parent, unsigned depth, const char *name)
{
	uint64_t at = NODE(i) + before_plugin;

	put(NODE(i) - 8, 0xf);                                  /* it has classes, instances */
	put(at + 8, (uint64_t)depth << 32);
	put(at + 16, NODE(i) + 512);
	put(at + 32, i + 3);
	put(at + 64, type);
	put(at + 72, parent);
	put_name(i, name);
}

static void put_data(unsigned i, uint64_t type, uint64_t size, uint64_t private)
{
	put(NODE(i) + before_plugin + 24, NODE(i) + 256);
	put(NODE(i) + 256 + 56, CLASS(i));
	put(NODE(i) + 256 + 64, size | private << 16);
	put(CLASS(i), type);
}

/* `depth`: of the parent. */
static void put_child(unsigned parent, unsigned depth, unsigned child)
{
	put(NODE(parent) + before_plugin + 8, (uint64_t)depth << 32 | 1);
	put(NODE(parent) + 512, NODE(child));
}

/* GObject <- GtkLabel (private data) <- GtkButton (more of it) <- GtkToggle (no class so far). */
static void put_types(void)
{
	static const struct {
		unsigned i, id;
		const char *name;
	} of[] = { { VOID, 1, "void" }, { INTERFACE, 2, "GInterface" }, { PARAM, 19, "GParam" },
		   { OBJECT, 20, "GObject" } };

	for (unsigned k = 0; k < 4; k++) {
		put(NODES + of[k].id * 8, NODE(of[k].i));
		put_node(of[k].i, of[k].id * 4, 0, 0, of[k].name);
	}
	put(NODE(VOID) - 8, 0);
	put(MODULE + 4096 + 128, QUARKS);
	put_data(OBJECT, 80, 24, 0);
	put_node(LABEL, NODE(LABEL), 80, 1, "GtkLabel");
	put_data(LABEL, NODE(LABEL), 48, 32);
	put_node(BUTTON, NODE(BUTTON), NODE(LABEL), 2, "GtkButton");
	put_data(BUTTON, NODE(BUTTON), 64, 160);
	put_node(TOGGLE, NODE(TOGGLE), NODE(BUTTON), 3, "GtkToggle");
	put_child(OBJECT, 0, LABEL);
	put_child(LABEL, 1, BUTTON);
	put_child(BUTTON, 2, TOGGLE);
}

/* An instance of each class. */
static void put_instances(void)
{
	put(HEAP, CLASS(OBJECT));
	put(HEAP + 512 + 32, CLASS(LABEL));
	put(HEAP + 1024 + 160, CLASS(BUTTON));
}

static void again(void **state)
{
	end(state), begin(state);
	put_types();
	put_instances();
}

/* Whether anything is known; the tables are looked for once only. */
static void nothing_is_known(void)
{
	assert_string_equal(look(HEAP, 24), "-");
	assert_string_equal(look(HEAP + 512, 80), "-");
	assert_string_equal(look(HEAP + 1024, 224), "-");
	assert_int_equal(types_length(types), 1);
}

static void only_label_is_not_known(void)
{
	assert_string_equal(look(HEAP, 24), "GObject");
	assert_string_equal(look(HEAP + 512, 80), "-");
}

static void test_an_instance_is_known_by_its_class(void **state)
{
	again(state);
	assert_string_equal(look(HEAP, 24), "GObject");
	assert_int_equal(found.before, 0);
	assert_string_equal(look(HEAP + 512, 80), "GtkLabel");
	assert_int_equal(found.before, 32);
	assert_false(found.tracked);
	assert_int_equal(found.parts_length, 0);
	assert_string_equal(look(HEAP + 1024, 224), "GtkButton");
	assert_int_equal(found.before, 160);
	assert_int_equal(types_length(types), 4);
}

static void test_a_node_has_no_count_of_references_from_2_84_on(void **state)
{
	before_plugin = 0;
	test_an_instance_is_known_by_its_class(state);
	before_plugin = 8;
}

static void test_a_block_is_as_large_as_its_instance(void **state)
{
	again(state);
	assert_string_equal(look(HEAP + 512, 88), "-");         /* one of g_slice's, perhaps */
	assert_string_equal(look(HEAP + 512, 72), "-");
	assert_string_equal(look(HEAP + 504, 80), "-");         /* the class is elsewhere */
	put(HEAP + 512 + 32, CLASS(OBJECT));                    /* while it is made */
	assert_string_equal(look(HEAP + 512, 80), "-");
	put(HEAP + 512 + 32, 0);                                /* and when it has been freed */
	assert_string_equal(look(HEAP + 512, 80), "-");
	assert_string_equal(look(MODULE + sizeof(memory) - 16, 24), "-");
	assert_string_equal(look(UINT64_MAX - 15, 224), "-");
}

static void test_tables_that_are_not_proven_name_nothing(void **state)
{
	again(state), put(NODES, 8);
	nothing_is_known();
	again(state), put(NODES + 8, 0);
	nothing_is_known();
	again(state), put(NODES + 12 * 8, NODE(PARAM));         /* twice */
	nothing_is_known();
	again(state), put(NODES + 20 * 8, NODE(LABEL));
	nothing_is_known();
	again(state), put(NODE(VOID) + 8 + 72, 80);             /* a parent */
	nothing_is_known();
	again(state), put(QUARKS, put_text(STRINGS + 1024, "none"));
	nothing_is_known();
	again(state), put_name(OBJECT, "GObjecT");
	nothing_is_known();
	again(state), put(QUARKS + (PARAM + 3) * 8, UINT64_MAX);
	nothing_is_known();
	again(state), put(MODULE + 4096 + 128, QUARKS + 8);
	nothing_is_known();
	again(state), put(MODULE + 4096 + 128, 0);
	nothing_is_known();
	again(state), put(NODE(OBJECT) - 8, 0xd);               /* no instances */
	nothing_is_known();
}

static void test_a_table_may_be_anywhere_in_the_data(void **state)
{
	again(state);
	memmove(memory + 4096 - 256 * 8, memory + 64, 256 * 8);
	memset(memory, 0, 2048);
	put(MODULE + 4096 + 128, 0);
	put(MODULE + 8192 - 8, QUARKS);
	assert_string_equal(look(HEAP, 24), "GObject");
}

/* Each of these is a type but for one thing. */
static void test_what_is_almost_a_type_is_none(void **state)
{
	again(state), put(NODE(LABEL) + 8 + 64, NODE(BUTTON));  /* another's address */
	only_label_is_not_known();
	again(state), put(NODE(LABEL) + 8 + 72, 76);            /* another's child */
	only_label_is_not_known();
	again(state), put(NODE(LABEL) + 8 + 8, UINT64_C(2) << 32);      /* depth */
	only_label_is_not_known();
	again(state), put(CLASS(LABEL), 80);                    /* the class of another */
	only_label_is_not_known();
	again(state), put(NODE(LABEL) + 256 + 56, 0);           /* no class */
	only_label_is_not_known();
	again(state), put(NODE(LABEL) + 256 + 64, 4 | 76 << 16);        /* no room for it */
	only_label_is_not_known();
	again(state), put(NODE(LABEL) + 8 + 24, UINT64_MAX - 7);        /* no data */
	only_label_is_not_known();
	again(state), put_name(LABEL, "Gtk\033[2J");
	only_label_is_not_known();
	again(state), put_name(LABEL, "2Gtk");
	only_label_is_not_known();
	again(state), put_name(LABEL, "Gt");
	only_label_is_not_known();
	again(state), put(NODE(LABEL) + 8 + 32, UINT32_MAX);    /* no quark */
	only_label_is_not_known();
	again(state), put_name(LABEL, "__main__+My-Label");     /* Python's are called so */
	assert_string_equal(look(HEAP + 512, 80), "__main__+My-Label");
}

static void test_types_that_are_their_own_children_come_to_an_end(void **state)
{
	again(state);
	put(NODE(LABEL) + 512, NODE(LABEL));
	put(NODE(LABEL) + 512 + 8, NODE(OBJECT));
	put(NODE(LABEL) + 512 + 16, NODE(BUTTON));
	put(NODE(LABEL) + 512 + 24, NODE(BUTTON));              /* twice */
	put(NODE(LABEL) + 8 + 8, UINT64_C(1) << 32 | 4);
	assert_string_equal(look(HEAP + 1024, 224), "GtkButton");
	again(state);
	put(NODE(BUTTON) + 8 + 8, UINT64_C(2) << 32 | UINT32_MAX);      /* children without end */
	assert_string_equal(look(HEAP + 1024, 224), "GtkButton");
	again(state);
	put(NODE(OBJECT) + 8 + 16, UINT64_MAX - 7);
	only_label_is_not_known();
}

/* True types with words of them exchanged for others, pointers mostly. */
static void test_no_memory_can_do_harm(void **state)
{
	unsigned known = 0, not_known = 0;

	for (int round = 0; round < 2000; round++) {
		again(state);
		for (uint64_t i = pick(4); i > 0; i--) {
			uint64_t at = pick(8) ? HEAP + 4096 + pick(16384) / 8 * 8 :
						MODULE + pick(8192) / 8 * 8;

			put(at, pick(3) ? MODULE + pick(sizeof(memory) / 8) * 8 : pick(UINT64_MAX));
		}
		known += look(HEAP + 1024, 224)[0] != '-';
		not_known += look(HEAP + 512, 80)[0] == '-';
	}
	assert_true(known > 100);
	assert_true(not_known > 10);
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
		put_types();
		put_instances();
		for (int i = 0; i < 2 && !error; i++)
			error = types_look(types, HEAP + 512, 80, &found);
		allowed = -1;
		assert_true(!error || error == -ENOMEM);
	}
	assert_string_equal(look(HEAP + 512, 80), "GtkLabel");
	assert_true(turn > 6);
}

int main(void)
{
	before_plugin = 8;
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_an_instance_is_known_by_its_class),
		TEST(test_a_node_has_no_count_of_references_from_2_84_on),
		TEST(test_a_block_is_as_large_as_its_instance),
		TEST(test_tables_that_are_not_proven_name_nothing),
		TEST(test_a_table_may_be_anywhere_in_the_data),
		TEST(test_what_is_almost_a_type_is_none),
		TEST(test_types_that_are_their_own_children_come_to_an_end),
		TEST(test_no_memory_can_do_harm),
		TEST(test_no_memory_is_an_error_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of what alone keeps what alive, as it is written. */
#include "tests/unit/views/held_fixture.h"
#include "views/export/formats.h"
#include "views/text/text.h"

/* What is written of the tree of holders; `old`: of a diff. */
static char *write_tree(struct snapshot *now, struct snapshot *old, size_t limit,
			int (*write)(const struct table *table, struct sink *sink))
{
	const struct view view = { .by = BY_TRACEBACK, .nested = true, .limit = limit };
	char problem[256], *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	struct sink sink = { .write = keep, .user = file };
	struct table *table = table_build(&view, now, old, problem);

	assert_non_null(table);
	assert_int_equal(write(table, &sink), 0);
	fclose(file);
	table_free(table);
	return text;
}

static int write_json(const struct table *table, struct sink *sink)
{
	struct program program = { .pid = 7 };
	const struct provenance origin = { .file = "", .program = &program };

	return export_json(table, &origin, table->diff ? &origin : NULL, sink);
}

static int write_text(const struct table *table, struct sink *sink)
{
	return text_table(table, NULL, NULL, sink);
}

static void has_part(char *text, const char *from, const char *want)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	if (strncmp(at, want, strlen(want)) != 0)
		fail_msg("this is written:\n%s\nwanted:\n%s", at, want);
	free(text);
}

static void test_the_tree_of_holders_as_text(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");

	(void)state;
	has_part(write_tree(now, NULL, 0, write_text), "memory by",
		 "memory by holder, as a tree, at now (00:00:00)\n"
		 "a row counts with all that it alone keeps alive, which stands beneath it\n"
		 "allocator wrappers are skipped\n"
		 "\n"
		 "retained     %  blocks    own  what alone keeps it alive\n"
		 "   360 B  80.0       8    0 B  static cache (a.c)\n"
		 "   360 B  80.0       8   20 B    inflate\n"
		 "   340 B  75.6       7   40 B      walk main.c:20\n"
		 "   300 B  66.7       3  300 B        walk main.c:20\n"
		 "    90 B  20.0       7    0 B  stack of thread main\n"
		 "    90 B  20.0       7   60 B    list (walk main.c:20)\n"
		 "    30 B   6.7       1   30 B      inflate\n"
		 "\n"
		 "total: ");
	has_part(write_tree(now, NULL, 3, write_text), ", 3 rows",
		 ", 3 rows at most\n"
		 "a row counts with all that it alone keeps alive, which stands beneath it\n"
		 "allocator wrappers are skipped\n"
		 "\n"
		 "retained     %  blocks   own  what alone keeps it alive\n"
		 "   360 B  80.0       8   0 B  static cache (a.c)\n"
		 "   360 B  80.0       8  20 B    inflate\n"
		 "   340 B  75.6       7  40 B      walk main.c:20  (1 more beneath)\n"
		 "(1 more row)\n"
		 "\n");
	heap_text_drop(now);
}

static void test_the_tree_of_holders_as_json_and_csv(void **state)
{
	struct snapshot *now = looked_now("static \"cache\" (a.c)");

	(void)state;
	has_part(write_tree(now, NULL, 0, write_json), ", \"by\": \"holder\"",
		 ", \"by\": \"holder\", \"cumulative\": false, \"filter\": []");
	has_part(write_tree(now, NULL, 6, write_json), ", \"hidden\": 0,\n",
		 ", \"hidden\": 0,\n"
		 " \"tree\": [\n"
		 "  {\"key\": \"static \\\"cache\\\" (a.c)\", \"size\": 360, \"count\": 8, \"own_size\": 0, "
		 "\"own_count\": 0, \"hidden\": 0, \"children\": [\n"
		 "   {\"key\": \"inflate\", \"size\": 360, \"count\": 8, \"own_size\": 20, "
		 "\"own_count\": 1, \"hidden\": 0, \"children\": [\n"
		 "    {\"key\": \"walk main.c:20\", \"size\": 340, \"count\": 7, \"own_size\": 40, "
		 "\"own_count\": 4, \"hidden\": 0, \"children\": [\n"
		 "     {\"key\": \"walk main.c:20\", \"size\": 300, \"count\": 3, \"own_size\": 300, "
		 "\"own_count\": 3, \"hidden\": 0, \"children\": []}]}]}]},\n"
		 "  {\"key\": \"stack of thread main\", \"size\": 90, \"count\": 7, \"own_size\": 0, "
		 "\"own_count\": 0, \"hidden\": 0, \"children\": [\n"
		 "   {\"key\": \"list (walk main.c:20)\", \"size\": 90, \"count\": 7, \"own_size\": 60, "
		 "\"own_count\": 6, \"hidden\": 1, \"children\": []}]}\n"
		 " ]}\n");
	has_part(write_tree(now, NULL, 5, export_csv), "key,",
		 "key,size,count,own_size,own_count,depth,hidden\n"
		 "\"static \"\"cache\"\" (a.c)\",360,8,0,0,0,0\n"
		 "inflate,360,8,20,1,1,0\n"
		 "walk main.c:20,340,7,40,4,2,0\n"
		 "walk main.c:20,300,3,300,3,3,0\n"
		 "stack of thread main,90,7,0,0,0,1\n");
	heap_text_drop(now);
}

/* What has changed most comes first, also where it is gone; the same name is the same row. */
static void test_two_trees_of_holders_are_compared(void **state)
{
	struct snapshot *old = looked_now("static cache (a.c)");
	struct snapshot *now = looked_now("static cache (a.c)");
	struct look_tree *tree = &now->look->held->dominators;
	char *text;

	(void)state;
	tree->of[4].bytes = 301;
	tree->of[6].kind = LOOK_NODE_ROOT;      /* its blocks are held otherwise now */
	tree->of[6].parent = 0;
	tree->of[6].id = 1;
	look_tree_sum(tree);
	has_part(write_tree(now, old, 0, write_text), "retained",
		 "retained  size diff  blocks  count diff  what alone keeps it alive\n"
		 "   361 B       +1 B       8          +0  static cache (a.c)\n"
		 "   361 B       +1 B       8          +0    inflate\n"
		 "   341 B       +1 B       7          +0      walk main.c:20\n"
		 "   301 B       +1 B       3          +0        walk main.c:20\n"
		 "    90 B       +0 B       7          +0  stack of thread main\n"
		 "     0 B      -90 B       0          -7    list (walk main.c:20)\n"
		 "     0 B      -30 B       0          -1      inflate\n"
		 "    30 B      +30 B       1          +1    inflate\n");
	has_part(write_tree(now, old, 2, export_csv), "key,",
		 "key,size,count,own_size,own_count,size_diff,count_diff,old_size,depth,hidden\n"
		 "stack of thread main,90,7,60,6,0,0,90,0,1\n"
		 "list (walk main.c:20),0,0,0,0,-90,-7,90,1,1\n");
	text = write_tree(now, old, 1, write_json);
	has_part(text, ", \"hidden\": 1,\n",
		 ", \"hidden\": 1,\n \"tree\": [\n"
		 "  {\"key\": \"stack of thread main\", \"size\": 90, \"count\": 7, \"own_size\": 60, "
		 "\"own_count\": 6, \"size_diff\": 0, \"count_diff\": 0, \"old_size\": 90, "
		 "\"hidden\": 2, \"children\": []}\n ]}\n");
	heap_text_drop(now);
	heap_text_drop(old);
}

/* As of a list that is built by recursion: each block has a stack of its own, all of one
 * line, and none comes again. */
static void test_a_list_of_ever_new_stacks_is_a_stair(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct look_types *types = now->look->types;
	struct look_tree *tree = &now->look->held->dominators;
	const char *line = "walk main.c:20\n";
	char *text, *at;
	size_t rows = 0;

	(void)state;
	for (uint32_t i = 0; i < 250000; i++) {
		const struct look_node node = {
			.kind = LOOK_NODE_PART, .id = (uint32_t)types->parts_length,
			.parent = i ? (uint32_t)tree->length - 1 : 3,
		};

		look_types_part(types, 0, 1000 + i)->type = LOOK_NO_TYPE;
		look_tree_add(tree, &node);
	}
	look_tree_sum(tree);
	text = write_tree(now, NULL, 0, write_text);
	for (at = text; (at = strstr(at, line)); at += strlen(line))
		rows++;
	assert_in_range(rows, 1000, 1024);
	free(text);
	heap_text_drop(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_list_of_ever_new_stacks_is_a_stair),
		cmocka_unit_test(test_the_tree_of_holders_as_text),
		cmocka_unit_test(test_the_tree_of_holders_as_json_and_csv),
		cmocka_unit_test(test_two_trees_of_holders_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

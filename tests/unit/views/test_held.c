/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who holds a row: chains of steps, the heaviest first, what reads alike as one. */
#include "tests/unit/views/held_fixture.h"
#include "views/export/formats.h"
#include "views/held/examples.h"
#include "views/held/held.h"
#include "views/held/keeper.h"
#include "views/held/laid.h"
#include "views/text/text.h"

/* The chains of a row, one a line. */
static void row_is(const struct table *table, size_t at, size_t most, const char *want)
{
	struct held_index *index = held_index_new(table);
	struct held held = { 0 };
	char text[4096] = "", line[1024];

	assert_true(held_find(&held, index, table_row(table, at), most));
	for (size_t i = 0; i < held.length; i++) {
		held_text(&held.of[i], line, sizeof(line));
		strcat(strcat(text, line), "\n");
	}
	assert_string_equal(text, want);
	held_free(&held);
	held_index_free(index);
}

static bool is_heavy_row(void *user, const struct laid_row *row, uint64_t whole)
{
	return !user || row->bytes * 2 > whole;
}

/* Rows with their depths, sizes and what they keep, one a line. */
static void laid_is(const struct table *table, void *heavy, size_t most, const char *want)
{
	struct laid *laid = laid_new(table, is_heavy_row, heavy, most);
	char text[1024] = "", line[256];

	assert_non_null(laid);
	assert_int_equal(laid->bytes, 450);
	for (size_t i = 0; i < laid->length; i++) {
		const struct laid_row *row = &laid->rows[i];

		snprintf(line, sizeof(line), "%*s%s%s %d %d %d\n", (int)row->depth, "",
			 row->parent ? row->open ? "-" : "+" : "", row->name, (int)row->bytes,
			 (int)row->blocks, (int)row->own_bytes);
		strcat(text, line);
	}
	assert_string_equal(text, want);
	laid_free(laid);
}

static void test_chains_go_from_roots_to_where_the_row_is_first_met(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct table *table = build(&(struct view){ .by = BY_LINENO }, now);

	(void)state;
	assert_true(held_known(table));
	row_is(table, 0, 9,
	       "static cache (a.c) -> 20 B (inflate) -> this row, chain of 3: 340 B in 7 blocks\n"
	       "stack of thread main -> this row: 60 B in 6 blocks\n");
	row_is(table, 1, 9,
	       "stack of thread main -> list (walk main.c:20) -> this row: 30 B in 1 block\n"
	       "static cache (a.c) -> this row: 20 B in 1 block\n");
	row_is(table, 1, 1,
	       "stack of thread main -> list (walk main.c:20) -> this row: 30 B in 1 block\n");
	table_free(table);
	heap_text_drop(now);
}

static void test_rows_of_types_and_stacks_have_chains_of_their_own(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct table *table = build(&(struct view){ .by = BY_TYPE }, now);

	(void)state;
	assert_string_equal(table_row(table, 1)->key, "list");
	row_is(table, 1, 9, "stack of thread main -> this row: 60 B in 6 blocks\n");
	table_free(table);
	table = build(&(struct view){ .by = BY_TRACEBACK }, now);
	row_is(table, 1, 9, "static cache (a.c) -> 20 B (inflate) -> 4 blocks (walk main.c:20), "
			    "chain of 3 -> this row: 300 B in 3 blocks\n");
	table_free(table);
	heap_text_drop(now);
}

/* What Python's programs call it; siblings are one chain, whatever their names. */
static void test_blocks_are_called_by_their_names(void **state)
{
	struct snapshot *now = looked_now("module app");
	struct look_held *held = now->look->held;
	struct table *table;

	(void)state;
	held->ways.of[2].name = look_types_name(held->names, "module app");
	held->ways.of[3].name = look_types_name(held->names, "\"CAC\033HE\"");
	held->ways.of[6].name = look_types_name(held->names, "\"recent\"");
	table = build(&(struct view){ .by = BY_TRACEBACK }, now);
	row_is(table, 1, 9, "module app -> \"CAC\\x1bHE\" 4 blocks, chain of 3 -> this row: 300 B in 3 "
			    "blocks\n");
	row_is(table, 2, 9, "stack of thread main -> \"recent\" list -> this row: 30 B in 1 block\n"
			    "module app -> this row: 20 B in 1 block\n");
	held->ways.of[7].parent = 1;
	held->ways.of[7].name = held->ways.of[6].name;
	row_is(table, 2, 9, "module app -> this row: 50 B in 2 blocks\n");
	table_free(table);
	heap_text_drop(now);
}

/* A variable and its member are one step; where a row hangs from several, none is named. */
static void test_members_belong_to_their_variables(void **state)
{
	struct snapshot *now = looked_now("server (redis)");
	struct look_held *held = now->look->held;
	struct table *table;

	(void)state;
	held->ways.of[2].name = look_types_name(held->names, ".db[3].di\033ct");
	held->ways.of[6].name = look_types_name(held->names, ".local");
	held->dominators.of[2].name = held->ways.of[2].name;
	held->dominators.of[6].name = held->ways.of[6].name;
	table = build(&(struct view){ .by = BY_TRACEBACK }, now);
	row_is(table, 1, 9, "server.db[3].di\\x1bct (redis) -> 20 B (inflate) -> 4 blocks (walk "
			    "main.c:20), chain of 3 -> this row: 300 B in 3 blocks\n");
	/* What has no file in brackets has its member behind it. */
	row_is(table, 2, 9, "stack of thread main.local -> list (walk main.c:20) -> this row: 30 B "
			    "in 1 block\n"
			    "server.db[3].di\\x1bct (redis) -> this row: 20 B in 1 block\n");
	laid_is(table, now, 100, "-server (redis) 360 8 0\n"
				 " -.db[3].di\\x1bct inflate 360 8 20\n"
				 "  -walk main.c:20 340 7 40\n"
				 "   walk main.c:20 300 3 300\n"
				 "+stack of thread main 90 7 0\n");
	held->ways.of[7].parent = 1;
	held->ways.of[7].name = held->ways.of[6].name;
	row_is(table, 2, 9, "server (redis) -> this row: 50 B in 2 blocks\n");
	held->ways.of[7].name = held->ways.of[2].name;
	row_is(table, 2, 9, "server.db[3].di\\x1bct (redis) -> this row: 50 B in 2 blocks\n");
	table_free(table);
	heap_text_drop(now);
}

/* "list (items)" below a list is the list's own. */
static void test_what_an_object_has_beside_itself_is_no_step(void **state)
{
	struct snapshot *now = looked_now("module app");
	struct look_types *types = now->look->types;
	struct table *table;

	(void)state;
	types->parts[3].type = look_types_name(types, "app.Mine");
	types->parts[0].type = look_types_name(types, "list (items)");
	table = build(&(struct view){ .by = BY_TRACEBACK }, now);
	row_is(table, 1, 9, "module app -> app.Mine (inflate) -> this row: 300 B in 3 blocks\n");
	types->parts[3].type = LOOK_NO_TYPE;
	row_is(table, 1, 9, "module app -> 20 B (inflate) -> list (items) (walk main.c:20), chain of 3 -> "
			    "this row: 300 B in 3 blocks\n");
	table_free(table);
	heap_text_drop(now);
}

static void test_steps_that_read_alike_are_one(void **state)
{
	struct snapshot *now = looked_now("stack of thread main");
	struct table *table = build(&(struct view){ .by = BY_LINENO }, now);

	(void)state;
	/* The way through the library's block is another one; those right from the stack are not. */
	row_is(table, 1, 9,
	       "stack of thread main -> list (walk main.c:20) -> this row: 30 B in 1 block\n"
	       "stack of thread main -> this row: 20 B in 1 block\n");
	now->look->held->ways.of[7].parent = 5;
	row_is(table, 1, 9, "stack of thread main -> this row: 50 B in 2 blocks\n");
	table_free(table);
	heap_text_drop(now);
}

/* Two processes, each with a table of its own size below the variable of the same name. */
static void test_what_several_hold_alike_is_one_chain(void **state)
{
	static const char text[] = "b\t0\t1\t100\t10\t2\t1\n"
				   "b\t0\t2\t300\t3\t2\t1\n"
				   "b\t0\t1\t50\t1\t4\t1\n"
				   "b\t0\t2\t70\t1\t4\t1\n";
	static const struct look_node of[] = {
		{ .kind = LOOK_NODE_ALL },
		{ .kind = LOOK_NODE_ROOT, .id = 0 },
		{ .parent = 1, .kind = LOOK_NODE_PART, .id = 2, .longest = 1, .blocks = 1, .bytes = 50 },
		{ .parent = 2, .kind = LOOK_NODE_PART, .id = 0, .longest = 1, .blocks = 10, .bytes = 100 },
		{ .parent = 1, .kind = LOOK_NODE_PART, .id = 3, .longest = 1, .blocks = 1, .bytes = 70 },
		{ .parent = 4, .kind = LOOK_NODE_PART, .id = 1, .longest = 2, .blocks = 3, .bytes = 300 },
	};
	static const uint64_t sizes[] = { 100, 300, 50, 70 }, counts[] = { 10, 3, 1, 1 };
	struct snapshot *now = take(text, "now");

	(void)state;
	assert_int_equal(now->rows_length, 4);
	now->look = snapshot_look_new(4);
	now->look->types = look_types_new();
	for (uint32_t i = 0; i < 4; i++) {
		struct look_part *part = look_types_part(now->look->types, i, LOOK_NO_TYPE);

		part->size = sizes[i];
		part->count = counts[i];
	}
	struct look_held *held = now->look->held = look_held_new();

	look_held_root(held, "static cache (a.c)");
	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++)
		look_tree_add(&held->ways, &of[i]);
	look_tree_sum(&held->ways);
	struct table *table = build(&(struct view){ .by = BY_LINENO }, now);

	row_is(table, 0, 9, "static cache (a.c) -> 2 blocks (inflate) -> this row, chain of 2: 400 B "
			    "in 13 blocks\n");
	/* Under another name it is another thing. */
	held->ways.of[4].name = look_types_name(held->names, "\"b\"");
	row_is(table, 0, 9, "static cache (a.c) -> \"b\" 70 B -> this row, chain of 2: 300 B in 3 blocks\n"
			    "static cache (a.c) -> 50 B (inflate) -> this row: 100 B in 10 blocks\n");
	table_free(table);
	heap_text_drop(now);
}

static void test_foreign_names_are_made_safe_and_long_chains_give_way(void **state)
{
	struct snapshot *now = looked_now("a\033[31m\nb");
	struct table *table = build(&(struct view){ .by = BY_LINENO }, now);
	struct held_index *index = held_index_new(table);
	struct held held = { 0 };
	char text[64];

	(void)state;
	assert_true(held_find(&held, index, table_row(table, 1), 9));
	assert_null(strchr(held.of[1].steps[0], '\033'));
	assert_null(strchr(held.of[1].steps[0], '\n'));
	assert_true(held_text(&held.of[0], text, sizeof(text)) < sizeof(text));
	assert_string_equal(text, "stack of thread main -> ... -> this row: 30 B in 1 block");
	held_free(&held);
	held_index_free(index);
	table_free(table);
	heap_text_drop(now);
}

static void test_where_rows_share_blocks_nobody_says_who_holds_them(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct table *table = build(&(struct view){ .by = BY_LINENO, .cumulative = true }, now);

	(void)state;
	assert_false(held_known(table));
	table_free(table);
	table = build(&(struct view){ .by = BY_TREE }, now);
	assert_false(held_known(table));
	table_free(table);
	heap_text_drop(now);
}

/* What each row retains is all that hangs from where it is first met. */
static void test_what_rows_retain_and_who_alone_holds_what(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct table *table = build(&(struct view){ .by = BY_LINENO }, now);
	const struct column *retained = column_get(COLUMN_RETAINED);
	char text[256], problem[256];

	(void)state;
	assert_true(column_shown(retained, table));
	assert_int_equal(table_row(table, 0)->retained, 340 + 90);
	assert_int_equal(table_row(table, 1)->retained, 360 + 30);
	table_free(table);
	table = build(&(struct view){ .by = BY_LINENO, .cumulative = true }, now);
	assert_false(column_shown(retained, table));
	table_free(table);
	table = build(&(struct view){ .by = BY_HOLDER }, now);
	print(table, text, sizeof(text));
	assert_string_equal(text, "static cache (a.c) 360 8\nstack of thread main 90 7\n");
	assert_false(column_shown(column_get(COLUMN_UNREACHABLE), table));
	assert_false(column_shown(column_get(COLUMN_TOTAL), table));
	struct table *drilled = table_drill(table, table_row(table, 1), problem);

	assert_int_equal(drilled->sum.size, 90);
	assert_false(column_shown(column_get(COLUMN_UNREACHABLE), drilled));
	table_free(drilled);
	table_free(table);
	/* A look that was not asked for it. */
	now->look->held->dominators.length = 0;
	assert_null(table_build(&(struct view){ .by = BY_HOLDER }, now, NULL, problem));
	assert_non_null(strstr(problem, "holders are known only at moments"));
	table = build(&(struct view){ .by = BY_LINENO, .sort = COLUMN_RETAINED }, now);
	assert_false(column_shown(retained, table));
	assert_int_equal(table->view.sort, COLUMN_DEFAULT);
	table_free(table);
	heap_text_drop(now);
}

/* What hangs from no root, and from none alone. */
static void test_holders_that_are_no_roots(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	char text[256];

	(void)state;
	now->look->held->dominators.of[1].kind = LOOK_NODE_NOBODY;
	now->look->held->dominators.of[6].parent = 0;
	struct table *table = build(&(struct view){ .by = BY_HOLDER }, now);

	print(table, text, sizeof(text));
	assert_string_equal(text, "nobody 360 8\nseveral roots 90 7\n");
	table_free(table);
	now->look->held->dominators.of[5].kind = LOOK_NODE_SHARED;
	now->look->held->dominators.of[6].parent = 5;
	table = build(&(struct view){ .by = BY_HOLDER }, now);
	print(table, text, sizeof(text));
	assert_string_equal(text, "nobody 360 8\nstack of thread main and other roots 90 7\n");
	table_free(table);
	heap_text_drop(now);
}

static void test_the_tree_of_holders_is_laid_open_and_what_reads_alike_is_one(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct table *table = build(&(struct view){ .by = BY_TRACEBACK }, now);

	(void)state;
	assert_true(laid_known(table));
	laid_is(table, NULL, 100, "-static cache (a.c) 360 8 0\n"
				  " -inflate 360 8 20\n"
				  "  -walk main.c:20 340 7 40\n"
				  "   walk main.c:20 300 3 300\n"
				  "-stack of thread main 90 7 0\n"
				  " -list (walk main.c:20) 90 7 60\n"
				  "  inflate 30 1 30\n");
	laid_is(table, now, 100, "-static cache (a.c) 360 8 0\n"
				 " -inflate 360 8 20\n"
				 "  -walk main.c:20 340 7 40\n"
				 "   walk main.c:20 300 3 300\n"
				 "+stack of thread main 90 7 0\n");
	laid_is(table, NULL, 2, "-static cache (a.c) 360 8 0\n -inflate 360 8 20\n");
	/* Two roots of one name are one row, and so is what they hold. */
	now->look->held->dominators.of[5].id = 0;
	now->look->held->dominators.of[6].id = 0;
	now->look->types->parts[0].type = 1;
	laid_is(table, NULL, 100, "-static cache (a.c) 450 15 0\n"
				  " -inflate 360 8 20\n"
				  "  -list (walk main.c:20) 340 7 40\n"
				  "   walk main.c:20 300 3 300\n"
				  " -list (walk main.c:20) 90 7 60\n"
				  "  inflate 30 1 30\n");
	now->look->held->dominators.length = 0;
	assert_false(laid_known(table));
	table_free(table);
	heap_text_drop(now);
}

static void keeper_is(const struct table *table, size_t at, bool row, const char *name,
		      uint64_t others)
{
	struct keeper keeper;

	assert_true(keeper_find(table, table_row(table, at), &keeper));
	assert_int_equal(keeper.row, row);
	assert_string_equal(keeper.name, name);
	assert_int_equal(keeper.others, others);
}

/* Lines with one keeper have one cause: a row, or a root with what other rows hang from it. */
static void test_what_alone_keeps_a_row_alive_is_named(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct table *table = build(&(struct view){ .by = BY_LINENO }, now);
	struct look_node *dominators = now->look->held->dominators.of;
	struct keeper keeper;

	(void)state;
	assert_string_equal(table_row(table, 1)->key, "/lib/libz.so!inflate");
	/* Of 400 bytes 340 hang from the other row, and of its 50 bytes 20 from a root. */
	assert_false(keeper_find(table, table_row(table, 0), &keeper));
	assert_false(keeper_find(table, table_row(table, 1), &keeper));
	dominators[6].bytes = 10;
	keeper_is(table, 0, true, "inflate", 0);
	dominators[7].bytes = 1;
	keeper_is(table, 1, false, "static cache (a.c)", 360 - 21);
	dominators[1].kind = LOOK_NODE_NOBODY;
	assert_false(keeper_find(table, table_row(table, 1), &keeper));
	keeper_is(table, 0, true, "inflate", 0);
	now->look->held->dominators.length = 0;
	assert_false(keeper_find(table, table_row(table, 0), &keeper));
	table_free(table);
	heap_text_drop(now);
}

/* What nobody holds is named before all else, and types have examples of their own. */
static void test_rows_name_some_of_their_blocks(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct table *table = build(&(struct view){ .by = BY_LINENO }, now);
	struct examples *all = examples_new(table, NULL);
	struct examples *one = examples_new(table, table_row(table, 1));
	char text[160], little[64];

	(void)state;
	assert_int_equal(examples_text(all, table_row(table, 0), text, sizeof(text)), 134);
	assert_string_equal(text, "for example at 0x3000 (10 B, nobody holds it), 0x4000 (99 B, "
				  "garbage alone holds it), 0x1000 (1024 B, held inside only), "
				  "0x2000 (10 B)");
	assert_int_equal(examples_text(all, table_row(table, 0), little, sizeof(little)), 45);
	assert_string_equal(examples_state(examples_at(all, table_row(table, 0), 3)->state), "held");
	assert_null(examples_at(all, table_row(table, 0), 4));
	assert_null(examples_at(all, table_row(table, 1), 0));
	assert_int_equal(examples_text(one, table_row(table, 1), text, sizeof(text)), 0);
	examples_free(all);
	examples_free(one);
	table_free(table);
	table = build(&(struct view){ .by = BY_TYPE }, now);
	all = examples_new(table, NULL);
	assert_int_equal(examples_at(all, table_row(table, 1), 1)->address, 0x1000);
	assert_null(examples_at(all, table_row(table, 1), 2));
	examples_free(all);
	table_free(table);
	table = build(&(struct view){ .by = BY_TREE }, now);
	all = examples_new(table, NULL);
	assert_null(examples_at(all, table_row(table, 0), 0));
	examples_free(all);
	table_free(table);
	heap_text_drop(now);
}

static void test_json_and_text_say_it(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct view view = { .by = BY_TRACEBACK, .limit = 2 };
	struct table *table = build(&view, now);
	struct program program = { .pid = 7 };
	struct provenance origin = { .file = "", .program = &program };
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	struct sink sink = { .write = keep, .user = file };

	(void)state;
	assert_int_equal(export_json(table, &origin, NULL, &sink), 0);
	assert_int_equal(text_table(table, NULL, NULL, &sink), 0);
	assert_int_equal(export_csv(table, &sink), 0);
	fclose(file);
	assert_non_null(strstr(text, "\"held_by\": [{\"chain\": [\"static cache (a.c)\", \"20 B (inflate)\", "
				     "\"4 blocks (walk main.c:20), chain of 3\"], \"size\": 300, "
				     "\"count\": 3, \"longest\": 1}], \"chains\": 1, "
				     "\"examples\": [{\"address\": \"0x4000\", \"size\": 99, "
				     "\"state\": \"indirect\"}]}"));
	assert_non_null(strstr(text, "    held by: static cache (a.c) -> 20 B (inflate) -> 4 blocks "
				     "(walk main.c:20), chain of 3 -> this row: 300 B in 3 blocks\n"));
	assert_non_null(strstr(text, ",cut,held_by,chains,file,line,function,module\n"));
	assert_non_null(strstr(text, ",\"static cache (a.c) -> 20 B (inflate) -> 4 blocks (walk "
				     "main.c:20), chain of 3 -> this row: 300 B in 3 blocks\",1,"));
	free(text);
	table_free(table);
	heap_text_drop(now);
}

static void test_the_first_block_of_a_list_is_one_of_the_list(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct look_held *held = now->look->held;

	(void)state;
	held->ways.of[2].id = 0;
	held->ways.of[2].name = look_types_name(held->names, ".first");
	struct table *table = build(&(struct view){ .by = BY_TRACEBACK }, now);

	row_is(table, 1, 9, "static cache.first (a.c) -> 5 blocks (walk main.c:20), chain of 3 -> "
			    "this row: 300 B in 3 blocks\n");
	held->ways.of[3].longest = 4;
	row_is(table, 1, 9, "static cache.first (a.c) -> 5 blocks (walk main.c:20), chain of 5 -> "
			    "this row: 300 B in 3 blocks\n");
	table_free(table);
	heap_text_drop(now);
}

/* Two callers of one line fill it in turn, so that stacks alternate from node to node. */
static void test_a_list_that_two_callers_fill_is_one_row(void **state)
{
	struct snapshot *now = looked_now("static cache (a.c)");
	struct look_tree *tree = &now->look->held->dominators;

	(void)state;
	tree->of[2].id = tree->of[4].id = 0;
	tree->of[2].name = look_types_name(now->look->held->names, ".first");
	tree->of[3].id = 2;
	tree->of[7].parent = 4;
	look_tree_sum(tree);
	struct table *table = build(&(struct view){ .by = BY_TRACEBACK }, now);

	laid_is(table, NULL, 100, "-static cache (a.c) 390 9 0\n"
				  " -.first walk main.c:20 390 9 360\n"
				  "  inflate 30 1 30\n"
				  "-stack of thread main 60 6 0\n"
				  " list (walk main.c:20) 60 6 60\n");
	table_free(table);
	heap_text_drop(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains_go_from_roots_to_where_the_row_is_first_met),
		cmocka_unit_test(test_rows_of_types_and_stacks_have_chains_of_their_own),
		cmocka_unit_test(test_blocks_are_called_by_their_names),
		cmocka_unit_test(test_members_belong_to_their_variables),
		cmocka_unit_test(test_what_an_object_has_beside_itself_is_no_step),
		cmocka_unit_test(test_steps_that_read_alike_are_one),
		cmocka_unit_test(test_what_several_hold_alike_is_one_chain),
		cmocka_unit_test(test_foreign_names_are_made_safe_and_long_chains_give_way),
		cmocka_unit_test(test_where_rows_share_blocks_nobody_says_who_holds_them),
		cmocka_unit_test(test_what_rows_retain_and_who_alone_holds_what),
		cmocka_unit_test(test_holders_that_are_no_roots),
		cmocka_unit_test(test_the_tree_of_holders_is_laid_open_and_what_reads_alike_is_one),
		cmocka_unit_test(test_the_first_block_of_a_list_is_one_of_the_list),
		cmocka_unit_test(test_a_list_that_two_callers_fill_is_one_row),
		cmocka_unit_test(test_what_alone_keeps_a_row_alive_is_named),
		cmocka_unit_test(test_rows_name_some_of_their_blocks),
		cmocka_unit_test(test_json_and_text_say_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

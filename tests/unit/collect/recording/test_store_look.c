/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a look found, in a recording: as it was, none in an older file, and no damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/collect/recording/one_snapshot.h"
#include "tracer/collect/holders/holders.h"
#include "tracer/heap/tally/look_arenas.h"
#include "tracer/heap/tally/look_held.h"

/* Of the fixture's five rows the second and the fifth have unreachable blocks. */
static const struct look_figures found[5] = {
	[1] = { 8, 1, 0, 0, 0, 0, 0, 0, 0 },
	[4] = { 2, 1, 3, 1, 2, 5, 1, 8192, 20 },
};

/* A variable holds a list, and that a session; a block without a type is lost. */
static void make_held(struct snapshot *s)
{
	const struct look_node nodes[] = {
		{ .kind = LOOK_NODE_ALL },
		{ .kind = LOOK_NODE_ROOT, .id = 1 },
		{ .parent = 1, .kind = LOOK_NODE_PART, .id = 0, .longest = 2, .blocks = 2, .bytes = 1 },
		{ .parent = 2, .kind = LOOK_NODE_PART, .id = 1, .longest = 1, .blocks = 2, .bytes = 2 },
		{ .kind = LOOK_NODE_NOBODY },
		{ .parent = 4, .kind = LOOK_NODE_PART, .id = 2, .longest = 1, .blocks = 1 },
	};

	s->look->held = look_held_new();
	look_held_root(s->look->held, "static other (a.c)");
	look_held_root(s->look->held, "static cache (a.c)");
	s->look->held->mappers[1] = s->rows[2].trace;
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		look_tree_add(&s->look->held->ways, &nodes[i]);
		if (i != 5)
			look_tree_add(&s->look->held->dominators, &nodes[i]);
	}
	s->look->held->ways.of[3].name = look_types_name(s->look->held->names, "\"CACHE\"");
	look_tree_sum(&s->look->held->ways);
	look_held_example(s->look->held, &(struct look_example){ 0, LOOK_INSIDE, 0x5000, 1 });
	look_held_example(s->look->held, &(struct look_example){ 0, LOOK_HELD, 0x4000, 1 });
	look_held_example(s->look->held, &(struct look_example){ 2, LOOK_GARBAGE, 0x7ffff0, 0 });
}

static const struct look_arena main_arena = {
	.mapped = 135168, .resident = 8192, .live = 3, .large = 1, .free = 4096, .top = 100000,
	.trim = 4096, .whole = true,
};

/* The first row lies in both arenas, the second in none. */
static void make_arenas(struct snapshot *s)
{
	struct look_types *blocks;

	s->look->arenas = look_arenas_new();
	*look_arenas_add(s->look->arenas, "main arena") = main_arena;
	look_arenas_add(s->look->arenas, "arena 0x7f0000000030")->whole = false;
	blocks = s->look->arenas->blocks;
	for (uint32_t arena = 1; arena < 3; arena++)
		look_types_part(blocks, 0, arena)->count = arena;
	look_types_part(blocks, 1, LOOK_NO_ARENA)->size = 1;
}

static void put_blocks(struct snapshot *s, size_t row, uint64_t blocks)
{
	struct row_figures figures = *s->rows[row].figures;

	figures.now.count = figures.now.allocations = blocks;
	rows_put(s, row, figures);
}

static struct snapshot *make_snapshot(struct run *run)
{
	struct snapshot *s = run_snapshot(run, MOMENT_NAMED, 3, "look", 50);

	for (size_t i = 0; i < s->rows_length; i++)
		put_blocks(s, i, 3);
	s->look = snapshot_look_new(s->rows_length);
	s->look->pause = 12500000;
	s->look->copied = 4096;
	s->look->unread = 512;
	memcpy(s->look->rows, found, sizeof(found));
	s->look->types = look_types_new();
	for (uint32_t row = 0; row < 2; row++) {
		struct look_part *part = look_types_part(s->look->types, row,
			look_types_name(s->look->types, row ? "app.Session" : "list"));

		part->size = s->rows[row].figures->now.size;
		part->count = 2;
		part->look = found[row];
		part->look.pins = 0;
	}
	look_types_part(s->look->types, 1, LOOK_NO_TYPE)->count = 1;
	make_held(s);
	make_arenas(s);
	return s;
}

static void record(struct run *run) { record_made(run, make_snapshot(run)); }

static void test_what_was_found_comes_back_with_its_rows(void **state)
{
	struct run run;
	struct error error;
	struct snapshot *s, *was;
	unsigned seen = 0;

	(void)state;
	run_begin(&run);
	record(&run);
	was = make_snapshot(&run);
	s = read_back(&run, "look", &error);
	assert_non_null(s);
	assert_non_null(s->look);
	assert_int_equal(s->look->pause, 12500000);
	assert_int_equal(s->look->copied, 4096);
	assert_int_equal(s->look->unread, 512);
	for (size_t i = 0; i < s->rows_length; i++)
		for (size_t k = 0; k < was->rows_length; k++)
			if (s->rows[i].figures->now.size == was->rows[k].figures->now.size) {
				assert_memory_equal(&s->look->rows[i], &found[k], sizeof(*found));
				seen |= 1u << k;
			}
	assert_int_equal(seen, 31);
	snapshot_release(s);
	snapshot_release(was);
	run_end(&run);
}

static void test_types_come_back_with_their_parts(void **state)
{
	struct run run;
	struct error error;
	struct snapshot *s, *was;
	unsigned seen = 0;

	(void)state;
	run_begin(&run);
	record(&run);
	was = make_snapshot(&run);
	s = read_back(&run, "look", &error);
	assert_non_null(s);
	assert_int_equal(s->look->types->names_length, 3);
	assert_int_equal(s->look->types->parts_length, 3);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++) {
			const struct look_part *a = &s->look->types->parts[i];
			const struct look_part *b = &was->look->types->parts[k];

			if (strcmp(s->look->types->names[a->type], was->look->types->names[b->type]))
				continue;
			assert_int_equal(a->size, b->size);
			assert_int_equal(a->count, b->count);
			assert_memory_equal(&a->look, &b->look, sizeof(a->look));
			assert_int_equal(s->rows[a->row].figures->now.size,
					 was->rows[b->row].figures->now.size);
			seen |= 1u << k;
		}
	assert_int_equal(seen, 7);
	snapshot_release(s);
	snapshot_release(was);
	run_end(&run);
}

static void expect_part(const struct snapshot *s, const struct look_node *node, const char *type,
			uint64_t blocks)
{
	const struct look_types *types = s->look->types;

	assert_int_equal(node->kind, LOOK_NODE_PART);
	assert_string_equal(types->names[types->parts[node->id].type], type);
	assert_int_equal(node->blocks, blocks);
}

static void test_who_holds_what_comes_back(void **state)
{
	struct run run;
	struct error error;

	(void)state;
	run_begin(&run);
	record(&run);
	struct snapshot *s = read_back(&run, "look", &error);
	const struct look_held *held = s->look->held;

	assert_non_null(held);
	assert_int_equal(held->roots_length, 2);
	assert_string_equal(held->roots[held->ways.of[1].id], "static cache (a.c)");
	assert_int_equal(held->mappers[0].v, 0);
	assert_int_not_equal(held->mappers[1].v, 0);
	assert_int_equal(held->ways.length, 6);
	assert_int_equal(held->dominators.length, 5);
	expect_part(s, &held->ways.of[2], "list", 2);
	expect_part(s, &held->ways.of[3], "app.Session", 2);
	expect_part(s, &held->ways.of[5], "-", 1);
	assert_int_equal(held->ways.of[2].longest, 2);
	assert_int_equal(held->ways.of[2].name, 0);
	assert_string_equal(held->names->names[held->ways.of[3].name], "\"CACHE\"");
	assert_int_equal(held->dominators.of[3].name, 0);
	assert_int_equal(held->ways.of[0].all_blocks, 5);
	assert_int_equal(held->ways.of[1].all_bytes, 3);
	snapshot_release(s);
	/* Nor had older files names. */
	change_file(&run, "DROP TABLE look_name; DROP TABLE look_mapper");
	s = read_back(&run, "look", &error);
	assert_int_equal(s->look->held->mappers[1].v, 0);
	assert_int_equal(s->look->held->ways.of[3].name, 0);
	snapshot_release(s);
	/* A file of before that was known has all the rest. */
	change_file(&run, "PRAGMA user_version = 5; DROP TABLE look_root; DROP TABLE look_node");
	s = read_back(&run, "look", &error);
	assert_non_null(s->look->types);
	assert_null(s->look->held);
	snapshot_release(s);
	run_end(&run);
}

/* One dict of the first part holds more blocks of the second, each by a name of its own,
 * than there are nodes: the rest is counted in the node of the dict. */
#define NO_ROOM 30000u

static struct snapshot *make_full(struct run *run)
{
	struct snapshot *s = make_snapshot(run);
	struct look_held *held = s->look->held;
	struct look_node node = { .parent = 2, .kind = LOOK_NODE_PART, .id = 1, .longest = 1,
				  .blocks = 1 };

	held->ways.length = 3;
	held->ways.of[2].blocks += NO_ROOM;
	while (held->ways.length < HOLDERS_WAYS)
		look_tree_add(&held->ways, &node);
	s->look->types->parts[1].count = HOLDERS_WAYS - 3 + NO_ROOM;
	put_blocks(s, 1, s->look->types->parts[1].count);
	look_tree_sum(&held->ways);
	return s;
}

static void expect_example(const struct snapshot *s, size_t at, const char *type,
			   enum look_state state, uint64_t address, uint64_t size)
{
	const struct look_example *example = &s->look->held->examples[at];
	const struct look_types *types = s->look->types;

	assert_string_equal(types->names[types->parts[example->part].type], type);
	assert_int_equal(example->state, state);
	assert_int_equal(example->address, address);
	assert_int_equal(example->size, size);
}

static void test_examples_come_back(void **state)
{
	struct run run;
	struct error error;

	(void)state;
	run_begin(&run);
	record(&run);
	struct snapshot *s = read_back(&run, "look", &error);

	assert_int_equal(s->look->held->examples_length, 3);
	expect_example(s, 0, "-", LOOK_GARBAGE, 0x7ffff0, 0);
	expect_example(s, 1, "list", LOOK_INSIDE, 0x5000, 1);
	expect_example(s, 2, "list", LOOK_HELD, 0x4000, 1);
	snapshot_release(s);
	/* Older files have none. */
	change_file(&run, "DROP TABLE look_example");
	s = read_back(&run, "look", &error);
	assert_int_equal(s->look->held->examples_length, 0);
	snapshot_release(s);
	run_end(&run);
}

static void test_a_tree_without_room_for_more_nodes_is_no_damage(void **state)
{
	struct run run;
	struct error error;

	(void)state;
	run_begin(&run);
	struct snapshot *was = make_full(&run);

	record_snapshot(&run, was);
	struct snapshot *s = read_back(&run, "look", &error);

	assert_non_null(s);
	const struct look_tree *ways = &s->look->held->ways;

	assert_int_equal(ways->length, HOLDERS_WAYS);
	expect_part(s, &ways->of[2], "list", 2 + NO_ROOM);
	assert_true(ways->of[2].blocks > s->look->types->parts[ways->of[2].id].count);
	expect_part(s, &ways->of[HOLDERS_WAYS - 1], "app.Session", 1);
	assert_int_equal(ways->of[0].all_blocks, was->look->held->ways.of[0].all_blocks);
	snapshot_release(s);
	snapshot_release(was);
	/* More blocks than there are can't be. */
	change_file(&run, "UPDATE look_node SET blocks = 95537 WHERE node = 2");
	assert_null(read_back(&run, "look", &error));
	run_end(&run);
}

static void test_arenas_come_back(void **state)
{
	struct run run;
	struct error error;

	(void)state;
	run_begin(&run);
	record(&run);
	struct snapshot *s = read_back(&run, "look", &error);
	const struct look_arenas *arenas = s->look->arenas;

	assert_non_null(arenas);
	assert_int_equal(arenas->blocks->names_length, 3);
	assert_string_equal(arenas->blocks->names[0], "no arena");
	assert_string_equal(arenas->blocks->names[1], "main arena");
	assert_memory_equal(&arenas->of[1], &main_arena, sizeof(main_arena));
	assert_false(arenas->of[2].whole);
	assert_int_equal(arenas->blocks->parts_length, 3);
	assert_int_equal(arenas->blocks->parts[0].type, LOOK_NO_ARENA);
	assert_int_equal(arenas->blocks->parts[0].size, 1);
	assert_int_equal(arenas->blocks->parts[1].count, 1);
	assert_int_equal(arenas->blocks->parts[2].count, 2);
	snapshot_release(s);
	/* A file of before they were kept has all the rest. */
	change_file(&run, "DROP TABLE look_arena; DROP TABLE look_arena_part");
	s = read_back(&run, "look", &error);
	assert_non_null(s->look->held);
	assert_null(s->look->arenas);
	snapshot_release(s);
	run_end(&run);
}

static void test_an_older_file_tells_no_cycles(void **state)
{
	struct error error;
	struct run run;

	(void)state;
	if (sqlite3_libversion_number() < 3035000)
		skip();                 /* it can't drop a column */
	run_begin(&run);
	record(&run);
	change_file(&run, "ALTER TABLE look_stat DROP COLUMN cycles");
	struct snapshot *s = read_back(&run, "look", &error);
	assert_int_equal(s->look->rows[4].indirect, found[4].indirect);
	assert_int_equal(s->look->rows[4].cycles, 0);
	snapshot_release(s);
	run_end(&run);
}

static void test_an_older_file_has_none(void **state)
{
	struct run run;
	struct error error;
	struct snapshot *s;

	(void)state;
	run_begin(&run);
	record(&run);
	change_file(&run, "PRAGMA user_version = 4; DROP TABLE look; DROP TABLE look_stat;"
		     " DROP TABLE look_type; DROP TABLE look_part; DROP TABLE look_root;"
		     " DROP TABLE look_node; DROP TABLE look_name; DROP TABLE look_arena; DROP TABLE look_arena_part");
	s = read_back(&run, "look", &error);
	assert_non_null(s);
	assert_null(s->look);
	snapshot_release(s);
	run_end(&run);
}

static void test_what_cannot_be_is_damage(void **state)
{
	static const char *const wrong[] = {
		"UPDATE look SET pause = -1", "UPDATE look SET pause = 1e300",
		"UPDATE look SET copied = -1", "UPDATE look SET unread = 'text'",
		"UPDATE look_stat SET garbage = -1", "UPDATE look_stat SET garbage_blocks = 4",
		"UPDATE look_stat SET indirect = 1 << 62", "UPDATE look_stat SET inside = x'01'",
		"UPDATE look_stat SET inside_blocks = 3 WHERE garbage = 2",
		"UPDATE look_stat SET pins = -1", "UPDATE look_stat SET pinning = 'text'",
		"UPDATE look_part SET size = -1", "UPDATE look_part SET count = 1 << 40",
		"UPDATE look_part SET type = 7 WHERE type = 2", "UPDATE look_type SET name = 'list'",
		"UPDATE look_type SET type = 9 WHERE type = 1",
		"UPDATE look_root SET root = 2 WHERE root = 1", "DELETE FROM look_root WHERE root > 0",
		"UPDATE look_node SET tree = 2 WHERE tree = 1", "DELETE FROM look_node WHERE node = 1",
		"UPDATE look_node SET parent = 3 WHERE node = 3", "UPDATE look_node SET parent = -1",
		"UPDATE look_node SET kind = 5 WHERE node = 4", "UPDATE look_node SET kind = 0",
		"UPDATE look_node SET id = 3 WHERE kind = 3", "UPDATE look_node SET id = 2 WHERE kind = 1",
		"UPDATE look_node SET blocks = 7 WHERE kind = 3", "UPDATE look_node SET bytes = -1",
		"UPDATE look_node SET longest = 1 << 33", "UPDATE look_node SET parent = 2 WHERE node = 4",
		"UPDATE look_name SET node = 1", "UPDATE look_name SET node = 77",
		"UPDATE look_name SET tree = 2", "UPDATE look_name SET name = ''",
		"UPDATE look_mapper SET root = 2", "UPDATE look_mapper SET trace = 77777",
		"UPDATE look_example SET part = 3 WHERE part = 1", "UPDATE look_example SET state = 4",
		"UPDATE look_example SET address = 0", "UPDATE look_example SET size = 1 << 40",
		"UPDATE look_example SET part = 0", "UPDATE look_example SET part = -1 WHERE part = 0",
		"UPDATE look_arena SET free = 40000 WHERE arena = 1",
		"UPDATE look_arena SET top = 135169 WHERE arena = 1",
		"UPDATE look_arena SET arena = 5 WHERE arena = 1", "UPDATE look_arena SET trim = -1",
		"UPDATE look_arena SET name = 'main arena'", "UPDATE look_arena SET whole = 2",
		"UPDATE look_arena SET name = x'00' WHERE arena = 2",
		"UPDATE look_arena_part SET count = 4 WHERE arena = 2",
		"UPDATE look_arena_part SET arena = 3 WHERE arena = 2",
		"UPDATE look_arena_part SET size = 1 << 40", "UPDATE look_arena_part SET trace = 77777",
		"UPDATE look_stat SET cycles = -1", "UPDATE look_stat SET cycles = 4 WHERE garbage = 2",
		"UPDATE look_stat SET domain = 7", "UPDATE look_stat SET trace = 77777",
	};

	(void)state;
	each_is_damage(record, "look", wrong, sizeof(wrong) / sizeof(wrong[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_found_comes_back_with_its_rows),
		cmocka_unit_test(test_types_come_back_with_their_parts),
		cmocka_unit_test(test_who_holds_what_comes_back),
		cmocka_unit_test(test_examples_come_back),
		cmocka_unit_test(test_a_tree_without_room_for_more_nodes_is_no_damage),
		cmocka_unit_test(test_arenas_come_back),
		cmocka_unit_test(test_an_older_file_has_none),
		cmocka_unit_test(test_an_older_file_tells_no_cycles),
		cmocka_unit_test(test_what_cannot_be_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

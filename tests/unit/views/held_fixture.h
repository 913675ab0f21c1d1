/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_VIEWS_HELD_FIXTURE_H
#define TESTS_UNIT_VIEWS_HELD_FIXTURE_H
/* A look for holders at five rows, and tables of it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"
#include "tracer/heap/tally/look_held.h"

/* Two rows of one line, and one of a library. */
static const char looked[] =
	"b\t0\t1\t100\t10\t2\t1\n"
	"b\t0\t2\t300\t3\t2\n"
	"b\t0\t1\t50\t2\t4\t1\n";

static const struct look_node nodes[] = {
	{ .kind = LOOK_NODE_ALL },
	{ .kind = LOOK_NODE_ROOT, .id = 0 },
	{ .parent = 1, .kind = LOOK_NODE_PART, .id = 3, .longest = 1, .blocks = 1, .bytes = 20 },
	{ .parent = 2, .kind = LOOK_NODE_PART, .id = 0, .longest = 3, .blocks = 4, .bytes = 40 },
	{ .parent = 3, .kind = LOOK_NODE_PART, .id = 2, .longest = 1, .blocks = 3, .bytes = 300 },
	{ .kind = LOOK_NODE_ROOT, .id = 1 },
	{ .parent = 5, .kind = LOOK_NODE_PART, .id = 1, .longest = 1, .blocks = 6, .bytes = 60 },
	{ .parent = 6, .kind = LOOK_NODE_PART, .id = 3, .longest = 1, .blocks = 1, .bytes = 30 },
};

static inline struct snapshot *looked_now(const char *first_root)
{
	static const uint32_t rows[] = { 0, 0, 1, 2 };
	static const uint64_t sizes[] = { 40, 60, 300, 50 }, counts[] = { 4, 6, 3, 2 };
	struct snapshot *snapshot = take(looked, "now");

	assert_int_equal(snapshot->rows_length, 3);
	snapshot->look = snapshot_look_new(3);
	snapshot->look->types = look_types_new();
	for (uint32_t i = 0; i < 4; i++) {
		struct look_part *part = look_types_part(snapshot->look->types, rows[i], i == 1 ?
			look_types_name(snapshot->look->types, "list") : LOOK_NO_TYPE);

		part->size = sizes[i];
		part->count = counts[i];
	}
	snapshot->look->held = look_held_new();
	look_held_root(snapshot->look->held, first_root);
	look_held_root(snapshot->look->held, "stack of thread main");
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		look_tree_add(&snapshot->look->held->ways, &nodes[i]);
		look_tree_add(&snapshot->look->held->dominators, &nodes[i]);
	}
	look_tree_sum(&snapshot->look->held->ways);
	look_tree_sum(&snapshot->look->held->dominators);
	look_held_example(snapshot->look->held, &(struct look_example){ 0, LOOK_HELD, 0x2000, 10 });
	look_held_example(snapshot->look->held, &(struct look_example){ 1, LOOK_GARBAGE, 0x3000, 10 });
	look_held_example(snapshot->look->held, &(struct look_example){ 1, LOOK_INSIDE, 0x1000, 1024 });
	look_held_example(snapshot->look->held, &(struct look_example){ 2, LOOK_INDIRECT, 0x4000, 99 });
	return snapshot;
}

static inline struct table *build(const struct view *view, struct snapshot *now)
{
	char problem[256];
	struct table *table = table_build(view, now, NULL, problem);

	assert_non_null(table);
	return table;
}

static inline int keep(void *user, const char *bytes, size_t length)
{
	return fwrite(bytes, 1, length, user) == length ? 0 : -1;
}

#endif

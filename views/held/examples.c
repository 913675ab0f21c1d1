/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/held/examples.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "tracer/ground/bisect.h"
#include "views/format/format.h"
#include "views/table/table_parts.h"

#define NAMED 4u                        /* in a sentence, at most */

/* One of a row's group. */
struct of_group {
	uint32_t group;
	const struct look_example *example;
};

struct examples {
	const struct table *table;
	size_t length;
	struct of_group of[];           /* by group, state and address */
};

static int examples_order(const void *left, const void *right)
{
	const struct of_group *a = left, *b = right;
	const struct look_example *x = a->example, *y = b->example;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (x->state != y->state)
		return x->state < y->state ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static uint32_t example_group(const struct table *table, const struct row *row)
{
	return table_parts(table)->order[row->index] + 1;
}

struct examples *examples_new(const struct table *table, const struct row *only)
{
	const uint32_t *groups = table_parts(table)->part_groups;
	const struct look_held *held = groups ? table->now->look->held : NULL;
	size_t length = held ? held->examples_length : 0;
	struct examples *examples = malloc(sizeof(*examples) + length * sizeof(*examples->of));

	if (!examples)
		return NULL;
	*examples = (struct examples){ .table = table };
	for (size_t i = 0; i < length; i++) {
		uint32_t group = groups[held->examples[i].part];

		if (group && (!only || group == example_group(table, only)))
			examples->of[examples->length++] =
				(struct of_group){ group, &held->examples[i] };
	}
	if (examples->length)
		qsort(examples->of, examples->length, sizeof(*examples->of), examples_order);
	return examples;
}

void examples_free(struct examples *examples) { free(examples); }

const struct look_example *examples_at(const struct examples *examples, const struct row *row,
				       size_t i)
{
	uint32_t group = examples->length ? example_group(examples->table, row) : 0;
	size_t low;

	BISECT(low, examples->length, examples->of[low].group < group);
	low += i;
	return i < LOOK_EXAMPLES && low < examples->length && examples->of[low].group == group ?
		       examples->of[low].example : NULL;
}

const char *examples_state(enum look_state state)
{
	static const char *const words[LOOK_STATES] = {
		[LOOK_GARBAGE] = "garbage", [LOOK_INDIRECT] = "indirect",
		[LOOK_INSIDE] = "inside", [LOOK_HELD] = "held",
	};

	return words[state];
}

static const char *in_words(enum look_state state)
{
	static const char *const words[LOOK_STATES] = {
		[LOOK_GARBAGE] = ", nobody holds it", [LOOK_INDIRECT] = ", garbage alone holds it",
		[LOOK_INSIDE] = ", held inside only", [LOOK_HELD] = "",
	};

	return words[state];
}

size_t examples_text(const struct examples *examples, const struct row *row, char *text,
		     size_t size)
{
	const struct look_example *example;
	size_t at = 0;

	*text = '\0';
	for (size_t i = 0; i < NAMED && (example = examples_at(examples, row, i)); i++) {
		char one[128], bytes[FORMAT_MAX];

		format_size((double)example->size, false, bytes);
		int length = snprintf(one, sizeof(one), "%s 0x%" PRIx64 " (%s%s)",
				      i ? "," : "for example at", example->address, bytes,
				      in_words(example->state));

		if (at + (size_t)length >= size)
			break;
		at += (size_t)snprintf(text + at, size - at, "%s", one);
	}
	return at;
}

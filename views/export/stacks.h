/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_STACKS_H
#define VIEWS_EXPORT_STACKS_H
/*
 * The stacks of a table by traceback with a number for each distinct frame, and texts
 * with a number for each: the basis of formats that have tables of their own.
 */
#include <stdbool.h>
#include "tracer/ground/finder.h"
#include "views/table/table.h"

struct stack {
	struct figures now;             /* the figures of its row */
	uint64_t peak;
	struct look_figures look;
	size_t first;                   /* place of its newest frame in `numbers` */
	size_t depth;
};

struct stacks {
	struct row_frame *frames;
	size_t frames_length, frames_room;
	struct finder finder;
	uint32_t *numbers;              /* frames of all stacks, newest first */
	size_t numbers_length, numbers_room;
	struct stack *items;            /* in the order of the table */
	size_t length;
};

/* Borrows the table.  False: out of memory.  stacks_free must be called either way. */
bool stacks_read(struct stacks *stacks, const struct table *table);
void stacks_free(struct stacks *stacks);
/* The frame of a stack, 0 the oldest. */
static inline uint32_t stacks_oldest(const struct stacks *stacks, const struct stack *stack,
				     size_t depth)
{
	return stacks->numbers[stack->first + stack->depth - 1 - depth];
}

/* A frame's function, or what is known instead: "libx.so+0x10"; with `place` also where
 * it is: "build (worker.c:12)", "strdup (libc.so.6)".  Safe to print; the caller frees
 * it.  NULL: out of memory. */
char *stacks_name(const struct row_frame *frame, bool place);
/* The result of stacks_name with place, for all frames.  NULL: out of memory. */
char **stacks_names(const struct stacks *stacks);
void stacks_names_free(char **names, size_t length);

/* Distinct texts in the order in which they were added; number 0 is "". */
struct texts {
	char **list;
	size_t length, room;
	struct finder finder;
};
/* False: out of memory.  texts_free must be called either way. */
bool texts_init(struct texts *texts);
void texts_free(struct texts *texts);
/* The number of a text, which is copied if it is new.  If out of memory, sets *failed. */
uint32_t texts_number(struct texts *texts, const char *text, bool *failed);

#endif

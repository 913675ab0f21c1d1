/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --max-unreachable: what nobody held when each process ended, according to its last look
 * (share/doc/HEAP.md).  Each process is judged separately, or with --tree the sum of all.
 */
#include <inttypes.h>
#include <stdio.h>
#include "tracer/ground/array.h"
#include "tui/check/check_court.h"

/* The process with the most unreachable bytes so far. */
struct lost {
	uint64_t most, sum;             /* bytes */
	size_t process;
	struct snapshot *found;         /* NULL: nothing was unreachable in it */
	unsigned seen, unseen;          /* processes with a look, and without */
	const char *why;                /* the first reason why a look is missing; "":
					 * none */
	struct verdict_over *over;      /* by process: each with unreachable blocks */
	size_t over_length, over_room;
};

/* How much of what was found counts for the limit, or all of it where nothing is left
 * out. */
static uint64_t count_lost(struct court *court, const struct limit *limit,
			   struct snapshot *found, uint64_t all)
{
	uint64_t bytes = all;

	if (!found || !check_is_filtered(court->options, limit))
		return bytes;
	struct table *table = court_lines(court, limit, found, COLUMN_UNREACHABLE, LINES);

	if (table)
		bytes = look_unreachable(&table->look);
	else
		court_doubt(court->verdict, "out of memory while unreachable blocks were counted");
	table_free(table);
	return bytes;
}

static void note_over(struct court *court, size_t process, uint64_t bytes,
		      struct lost *lost)
{
	if (!bytes)
		return;
	if (!array_grow(&lost->over, &lost->over_room, lost->over_length + 1,
			sizeof(*lost->over))) {
		court_doubt(court->verdict, "out of memory while processes were judged");
		return;
	}
	lost->over[lost->over_length++] = (struct verdict_over){
		&court->verdict->program->processes[process], bytes };
}

static void take_process(struct court *court, const struct limit *limit, size_t process,
			 struct lost *lost)
{
	uint64_t all[2], bytes;
	struct snapshot *found;
	const char *why;

	if (!session_last_look(court->session, process, all, &found, &why)) {
		lost->unseen++;
		lost->why = *lost->why ? lost->why : why;
		return;
	}
	lost->seen++;
	bytes = count_lost(court, limit, found, all[0]);
	figure_add(&lost->sum, bytes);
	note_over(court, process, bytes, lost);
	if (bytes > lost->most) {
		snapshot_release(lost->found);
		lost->found = found;
		lost->most = bytes;
		lost->process = process;
	} else {
		snapshot_release(found);
	}
}

/* A table of the lines with the most unreachable bytes, without lines that have none. */
static struct table *lost_lines(struct court *court, const struct limit *limit,
				struct snapshot *found)
{
	struct table *lines = court_shown(court, limit, found, COLUMN_UNREACHABLE);

	while (lines && lines->length &&
	       !look_unreachable_blocks(&table_row(lines, lines->length - 1)->look))
		lines->length--;
	return lines;
}

/* Lists all such processes but the one whose lines are shown.  The verdict owns the
 * list. */
static void tell_others(const struct court *court, struct lost *lost,
			struct verdict_limit *of)
{
	bool tree = court->options->check.tree;

	for (size_t i = 0; of->broken && i < lost->over_length; i++) {
		const struct verdict_over *over = &lost->over[i];

		if (over->process != &court->verdict->program->processes[lost->process] &&
		    (tree || limit_broken(of->limit, over->value)))
			lost->over[of->over_length++] = *over;
	}
	of->over = lost->over;
}

static void doubt_unseen(const struct court *court, const struct lost *lost)
{
	char text[320];

	snprintf(text, sizeof text, "%u process%s ended without a look at the heap%s%s",
		 lost->unseen, lost->unseen == 1 ? "" : "es", *lost->why ? ": " : "", lost->why);
	court_doubt(court->verdict, text);
}

void court_judge_unreachable(struct court *court, const struct limit *limit)
{
	const struct program *program = court->verdict->program;
	struct verdict_limit *of = &court->verdict->limits[court->verdict->length];
	struct lost lost = { .why = "" };

	take_process(court, limit, 0, &lost);
	for (size_t i = 1; i < program->processes_length; i++)
		if (program->processes[i].traced)
			take_process(court, limit, i, &lost);
	*of = (struct verdict_limit){
		.limit = limit, .value = court->options->check.tree ? lost.sum : lost.most,
		.judged = lost.seen, .unjudged = lost.unseen,
	};
	of->broken = limit_broken(limit, of->value);
	snprintf(of->moment, sizeof of->moment, "look");
	snprintf(of->name, sizeof of->name, "--max-unreachable=%s", limit->text);
	if (of->broken && lost.found)
		of->lines = lost_lines(court, limit, lost.found);
	if (lost.process && !court->options->check.tree)
		of->process = &program->processes[lost.process];
	tell_others(court, &lost, of);
	if (lost.unseen)
		doubt_unseen(court, &lost);
	snapshot_release(lost.found);
	court->verdict->length++;
	court->verdict->broken += of->broken;
}

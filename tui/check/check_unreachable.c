/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --max-unreachable: what nobody held when each process ended, according to its last look
 * (share/doc/HEAP.md).  Each process is judged separately, or with --tree the sum of all.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tui/check/check_court.h"

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

/* Notes a process that exceeds the limit, or adds to the sum.  False: its name is not needed. */
static bool note_over(struct court *court, const struct limit *limit, size_t process,
		      uint64_t bytes, struct lost *lost)
{
	if (!bytes || (!court->options->check.tree && !limit_broken(limit, bytes)))
		return false;
	if (lost->over_length == OVER_MAX) {
		lost->others++;
		return false;
	}
	if (!array_grow(&lost->over, &lost->over_room, lost->over_length + 1,
			sizeof(*lost->over))) {
		court_doubt(court->verdict, "out of memory while processes were judged");
		return false;
	}
	lost->over[lost->over_length++] = (struct lost_in){ process, bytes };
	return true;
}

bool court_take_unreachable(struct court *court, const struct limit *limit, size_t process,
			    struct lost *lost)
{
	uint64_t all[2], bytes;
	struct snapshot *found;
	const char *why;

	if (!session_last_look(court->session, process, all, &found, &why)) {
		lost->unseen++;
		if (!*lost->why)
			snprintf(lost->why, sizeof lost->why, "%s", why);
		return false;
	}
	lost->seen++;
	bytes = count_lost(court, limit, found, all[0]);
	figure_add(&lost->sum, bytes);
	if (bytes > lost->most || (bytes && bytes == lost->most && process == 0)) {
		snapshot_release(lost->found);
		lost->found = found;
		lost->most = bytes;
		lost->process = process;
	} else {
		snapshot_release(found);
	}
	return note_over(court, limit, process, bytes, lost);
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

static int by_place(const void *a, const void *b)
{
	size_t one = ((const struct lost_in *)a)->process, other = ((const struct lost_in *)b)->process;

	return one < other ? -1 : one > other;
}

/* Lists all such processes but the one whose lines are shown.  The verdict owns the
 * list. */
static void tell_others(const struct court *court, struct lost *lost, struct verdict_limit *of)
{
	const struct process *processes = court->verdict->program->processes;

	of->over = calloc(lost->over_length + 1, sizeof(*of->over));
	if (!of->over)
		return;
	if (lost->over)
		qsort(lost->over, lost->over_length, sizeof(*lost->over), by_place);
	for (size_t i = 0; i < lost->over_length; i++)
		if (lost->over[i].process != lost->process)
			of->over[of->over_length++] = (struct verdict_over){
				&processes[lost->over[i].process], lost->over[i].bytes };
	of->over_others = lost->others && of->over_length == lost->over_length ? lost->others - 1 :
										  lost->others;
}

static void doubt_unseen(const struct court *court, const struct lost *lost)
{
	char text[400];

	snprintf(text, sizeof text, "%u process%s ended without a look at the heap%s%s",
		 lost->unseen, lost->unseen == 1 ? "" : "es", *lost->why ? ": " : "", lost->why);
	court_doubt(court->verdict, text);
}

void court_judge_unreachable(struct court *court, const struct limit *limit, struct lost *lost)
{
	struct verdict_limit *of = &court->verdict->limits[court->verdict->length];
	bool tree = court->options->check.tree;

	*of = (struct verdict_limit){
		.limit = limit, .value = tree ? lost->sum : lost->most,
		.judged = lost->seen, .unjudged = lost->unseen,
	};
	of->broken = limit_broken(limit, of->value);
	snprintf(of->moment, sizeof of->moment, "look");
	snprintf(of->name, sizeof of->name, "--max-unreachable=%s", limit->text);
	if (of->broken && lost->found)
		of->lines = lost_lines(court, limit, lost->found);
	if (lost->process && !tree)
		of->process = &court->verdict->program->processes[lost->process];
	if (of->broken)
		tell_others(court, lost, of);
	if (lost->unseen)
		doubt_unseen(court, lost);
	court->verdict->length++;
	court->verdict->broken += of->broken;
}

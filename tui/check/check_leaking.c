/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --no-leaking: the lines whose verdict is `leaking` (share/doc/GROWTH.md).  Curves are of
 * one process, so each is judged by itself, with --tree too.  What was too short for
 * verdicts raises a doubt only if nothing else could be judged: a run has many a child that
 * is over at once.
 */
#include <stdio.h>
#include "tui/check/check_court.h"

/* What was found so far in all processes. */
struct leaks {
	uint64_t lines, undecided;
	unsigned judged, unjudged;      /* processes */
	double worst;                   /* bytes a minute of the first of `table` */
	struct table *table;            /* of the process with the worst line */
	size_t process;
	char moment[64];
};

/* The rows of a word; the table is in the order of growth, which is that of words first. */
static size_t count_word(const struct table *table, enum growth_word word)
{
	size_t n = 0;

	for (size_t i = 0; i < table->length; i++) {
		const struct growth_verdict *growth = table_row(table, i)->growth;

		if (!growth || growth->word < word)
			break;
		n += growth->word == word;
	}
	return n;
}

static void leaks_take(struct leaks *leaks, struct table *table, size_t process,
		       const char *moment)
{
	size_t lines = count_word(table, GROWTH_LEAKING);
	double worst = lines ? table_row(table, 0)->growth->bytes : 0;

	leaks->lines += lines;
	leaks->undecided += count_word(table, GROWTH_UNDECIDED);
	table->length = lines < LINES ? lines : LINES;
	if (lines && (!leaks->table || worst > leaks->worst)) {
		table_free(leaks->table);
		leaks->table = table;
		leaks->worst = worst;
		leaks->process = process;
		snprintf(leaks->moment, sizeof leaks->moment, "%s", moment);
	} else {
		table_free(table);
	}
}

/* Looks at one process.  A process that ended long ago may be known no more. */
static void leaks_look(struct court *court, const struct limit *limit, size_t process,
		       struct leaks *leaks)
{
	struct snapshot *moment;
	struct table *table;
	const char *name;

	court_choose_one(court, process);
	moment = court_moment(court, LIMIT_LEAKING, &name);
	if (!moment) {
		court_doubt(court->verdict, "the verdicts of a process are not known any more");
		return;
	}
	if (!moment->growth || !growth_judges(&moment->growth->axis)) {
		leaks->unjudged++;
	} else {
		leaks->judged++;
		table = court_lines(court, limit, moment, COLUMN_GROWTH, 0);
		if (table)
			leaks_take(leaks, table, process, name);
		else
			court_doubt(court->verdict, "out of memory while growth was judged");
	}
	snapshot_release(moment);
}

void court_judge_leaking(struct court *court, const struct limit *limit)
{
	const struct program *program = court->verdict->program;
	struct verdict_limit *of = &court->verdict->limits[court->verdict->length];
	struct leaks leaks = { .moment = "exit" };

	leaks_look(court, limit, 0, &leaks);
	for (size_t i = 1; i < program->processes_length; i++)
		if (program->processes[i].traced)
			leaks_look(court, limit, i, &leaks);
	*of = (struct verdict_limit){
		.limit = limit, .value = leaks.lines, .broken = leaks.lines, .lines = leaks.table,
		.judged = leaks.judged, .unjudged = leaks.unjudged,
		.undecided = leaks.undecided,
	};
	snprintf(of->moment, sizeof of->moment, "%s", leaks.moment);
	snprintf(of->name, sizeof of->name, "--no-leaking%s%s", limit->filter ? "=" : "",
		 limit->text);
	if (leaks.process)
		of->process = &program->processes[leaks.process];
	if (!leaks.judged)
		court_doubt(court->verdict,
			    "--no-leaking: the run was too short for a verdict, which takes 12 "
			    "seconds with events and 200 events after the warm-up");
	court->verdict->length++;
	court->verdict->broken += of->broken;
}

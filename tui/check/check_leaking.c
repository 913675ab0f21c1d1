/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --no-leaking: the lines whose verdict is `leaking` (share/doc/GROWTH.md).  Each process
 * is judged separately, with --tree too; a line that leaks in several processes counts as
 * one line.  Processes that ended too soon for verdicts raise a doubt only if no other
 * process could be judged, since many runs have short-lived children.
 */
#include <stdio.h>
#include "tracer/heap/sum.h"
#include "tui/check/check_court.h"

/* How many rows have a verdict.  The table is sorted by growth, and so by verdicts
 * first. */
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

static void leaks_take(struct leaks *leaks, size_t process, struct snapshot *moment,
		       const char *name)
{
	if (!leaks->judged++ || process == 0)
		snprintf(leaks->moment, sizeof leaks->moment, "%s", name);
	if (!leaks->sum)
		leaks->sum = sum_new(moment->catalog);
	leaks->failed |= !leaks->sum || !sum_add(leaks->sum, moment, true);
}

/* The worst line may be one of any process whose curves are in the sum. */
bool court_take_leaking(struct court *court, size_t process, struct leaks *leaks)
{
	const char *name;
	struct snapshot *moment = court_moment(court, LIMIT_LEAKING, &name);
	bool judges = moment && moment->growth && growth_judges(&moment->growth->axis);

	if (!moment)
		court_doubt(court->verdict, "the verdicts of a process are no longer known");
	else if (!judges)
		leaks->unjudged++;
	else
		leaks_take(leaks, process, moment, name);
	snapshot_release(moment);
	return judges;
}

/* Whether verdicts are missing because there were curves of more processes than there is
 * room for. */
static bool has_lost(const struct snapshot *snapshot)
{
	for (const struct snapshot_growth *of = snapshot->growth; of; of = of->next)
		if (of->lost)
			return true;
	return false;
}

/* A table of the lines of all processes together, with those that leak first.  NULL: none
 * was judged. */
static struct table *leaks_table(struct court *court, const struct limit *limit,
				 const struct leaks *leaks)
{
	struct snapshot *all = leaks->sum ? sum_snapshot(leaks->sum) : NULL;
	struct table *table = NULL;

	if (all)
		table = court_lines(court, limit, all, COLUMN_GROWTH, 0);

	if (leaks->failed || (leaks->sum && !table))
		court_doubt(court->verdict, "out of memory while growth was judged");
	else if (all && has_lost(all))
		court_doubt(court->verdict,
			    "--no-leaking: not all processes were judged, they have too many "
			    "stacks");
	snapshot_release(all);
	return table;
}

/* The process that the worst line belongs to; NULL: the first process. */
static const struct process *first_leaker(const struct program *program,
					  const struct growth_verdict *growth)
{
	return growth->process > 1 && growth->process <= program->processes_length ?
		       &program->processes[growth->process - 1] : NULL;
}

void court_judge_leaking(struct court *court, const struct limit *limit,
			 const struct leaks *leaks)
{
	const struct program *program = court->verdict->program;
	struct verdict_limit *of = &court->verdict->limits[court->verdict->length];
	struct table *table = leaks_table(court, limit, leaks);
	size_t lines = table ? count_word(table, GROWTH_LEAKING) : 0;

	*of = (struct verdict_limit){
		.limit = limit, .value = lines, .broken = lines, .judged = leaks->judged,
		.unjudged = leaks->unjudged,
		.undecided = table ? count_word(table, GROWTH_UNDECIDED) : 0,
	};
	if (lines) {
		of->lines = table;
		of->process = first_leaker(program, table_row(table, 0)->growth);
		table->length = lines < LINES ? lines : LINES;
	} else {
		table_free(table);
	}
	snprintf(of->moment, sizeof of->moment, "%s", leaks->judged ? leaks->moment : "exit");
	snprintf(of->name, sizeof of->name, "--no-leaking%s%s", limit->filter ? "=" : "",
		 limit->text);
	if (!leaks->judged)
		court_doubt(court->verdict,
			    "--no-leaking: the run was too short for a verdict, which takes 12 "
			    "seconds with events and 200 events after the warm-up");
	court->verdict->length++;
	court->verdict->broken += of->broken;
}

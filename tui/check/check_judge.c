/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compares figures with limits.  Each figure belongs to a moment: the peak to the peak,
 * all others to the end, which for Python is before the interpreter is finalized.  Each
 * process is judged separately, so the process with the highest figure counts; with
 * --tree it is the sum of all processes.  Those that end are judged while the run goes on,
 * some at a time; then all but the highest may be counted together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/heap/sum.h"
#include "tui/check/check_court.h"
#include "views/text/loss.h"

void court_doubt(struct verdict *verdict, const char *why)
{
	size_t length = strlen(verdict->doubt);

	if (strstr(verdict->doubt, why))
		return;
	snprintf(verdict->doubt + length, sizeof verdict->doubt - length, "%s%s",
		 length ? "; " : "", why);
}

static void name_frames(struct court *court)
{
	if (!court->named)
		cmd_name_frames(court->session, court->options->session.symbol_time);
	court->named = true;
}

static struct table *build_lines(struct court *court, const struct limit *limit,
				 struct filter *shown, struct snapshot *moment,
				 enum column_id sort, size_t most)
{
	struct filter_list filters = { 0 };
	struct view view = { .by = BY_LINENO, .filters = &filters, .sort = sort,
			     .limit = most, .counted = !limit->filter,
			     .mine = &court->options->mine, .any_filters = true };
	char problem[256];

	name_frames(court);
	check_filters(court->options, limit, &filters);
	if (shown)
		filters.filters[filters.length++] = shown;
	return table_build(&view, moment, NULL, problem);
}

struct table *court_lines(struct court *court, const struct limit *limit,
			  struct snapshot *moment, enum column_id sort, size_t most)
{
	return build_lines(court, limit, NULL, moment, sort, most);
}

struct table *court_shown(struct court *court, const struct limit *limit,
			  struct snapshot *moment, enum column_id sort)
{
	return build_lines(court, limit, court->shown, moment, sort, LINES);
}

/* Chooses whose figures count: with --tree, those of all processes together. */
static void choose_whole(struct court *court)
{
	struct error error;

	session_choose(court->session, court->options->check.tree ? "all" : "main", &error);
}

struct snapshot *court_moment(struct court *court, enum limit_figure figure, const char **name)
{
	struct snapshot *moment = NULL;
	struct error error;

	*name = figure == LIMIT_PEAK ? "peak" : "exit";
	if (limit_at_exit(figure)) {
		moment = session_moment(court->session, "finalize", &error);
		if (moment)
			*name = "finalize";
	}
	if (!moment)
		moment = session_moment(court->session, *name, &error);
	if (!moment && figure != LIMIT_PEAK)    /* tracing was stopped, and the program
						 * goes on */
		moment = session_now(court->session);
	return moment;
}

static struct figures all_of(const struct totals *totals, enum limit_figure figure)
{
	return (struct figures){
		.size = figure == LIMIT_PEAK ? totals->peak_ever : totals->current,
		.count = totals->blocks,
		.allocations = totals->allocations,
		.total = totals->total,
	};
}

/* Computes the sums of what a limit keeps of a moment. */
static bool sums_of(struct court *court, const struct limit *limit, struct snapshot *moment,
		    struct figures *sums)
{
	struct table *table;

	*sums = all_of(&moment->totals, limit->figure);
	if (!check_is_filtered(court->options, limit))
		return true;
	table = court_lines(court, limit, moment, COLUMN_DEFAULT, LINES);
	if (table)
		*sums = table->sum;
	table_free(table);
	return table;
}

static void check_judge_drop(struct finding *finding)
{
	snapshot_release(finding->moment);
	*finding = (struct finding){ 0 };
}

/* Looks at a process that was chosen, or at all together.  False: the figure can't be known. */
static bool check_judge_look(struct court *court, const struct limit *limit,
			     size_t process, struct finding *highest)
{
	struct finding now = { .found = true, .process = process };
	struct figures sums = { 0 };
	struct totals totals;
	bool known;

	now.moment = court_moment(court, limit->figure, &now.name);
	if (now.moment) {
		known = sums_of(court, limit, now.moment, &sums);
	} else {
		/* Only the sums are left of the older ones among many ended processes. */
		known = !check_is_filtered(court->options, limit) &&
			session_process_totals(court->session, (uint32_t)process + 1,
					       &totals);
		sums = known ? all_of(&totals, limit->figure) : sums;
	}
	now.value = limit_value(limit->figure, &sums);
	/* Of equals the first process counts, though it is judged last. */
	if (known && (!highest->found || now.value > highest->value ||
		      (now.value == highest->value && process == 0))) {
		check_judge_drop(highest);
		*highest = now;
	} else {
		check_judge_drop(&now);
	}
	return known;
}

/* Takes the evidence of one process for all limits.  True: it has to keep its place. */
static bool check_judge_take(struct court *court, size_t process)
{
	const struct limit_list *limits = &court->options->limits;
	bool stays = false;

	session_choose_place(court->session, process);
	for (size_t i = 0; i < limits->length; i++) {
		const struct limit *limit = &limits->limits[i];
		struct evidence *evidence = &court->evidence[i];

		if (limit->figure == LIMIT_LEAKING)
			stays |= court_take_leaking(court, process, &evidence->leaks);
		else if (limit->figure == LIMIT_UNREACHABLE)
			stays |= court_take_unreachable(court, limit, process, &evidence->lost);
		else if (!court->options->check.tree && check_parts_find(court->parts, limit) < 0 &&
			 !check_judge_look(court, limit, process, &evidence->highest))
			evidence->unknown = true;
	}
	return stays;
}

/* --- processes that have ended --- */

/* Whether the verdict would name that process if the run ended now. */
static bool is_worst(const struct court *court, size_t process)
{
	for (size_t i = 0; i < court->options->limits.length; i++) {
		const struct evidence *evidence = &court->evidence[i];

		if ((evidence->highest.found && evidence->highest.process == process) ||
		    (evidence->lost.most && evidence->lost.process == process))
			return true;
	}
	return false;
}

/* Lets those be counted with others that nobody asks for any more. */
static void fold_judged(struct court *court)
{
	size_t kept = 0;

	for (size_t i = 0; i < court->kept_length; i++) {
		size_t process = court->kept[i];

		if (is_worst(court, process) ||
		    !session_fold(court->session, (uint32_t)process + 1))
			court->kept[kept++] = process;
	}
	court->kept_length = kept;
}

static void check_judge_hear(struct court *court, bool all)
{
	uint32_t process;

	court->named = false;
	while ((process = session_to_judge(court->session, all))) {
		if (check_judge_take(court, process - 1) ||
		    !array_grow(&court->kept, &court->kept_room, court->kept_length + 1,
				sizeof(*court->kept)))
			continue;
		court->kept[court->kept_length++] = process - 1;
	}
}

void court_hear(struct court *court)
{
	check_judge_hear(court, false);
	fold_judged(court);
}

struct court *court_new(struct verdict *verdict, struct session *session,
			const struct options *options, const struct check_parts *parts)
{
	struct court *court = calloc(1, sizeof(*court));

	if (court) {
		court->verdict = verdict;
		court->session = session;
		court->options = options;
		court->parts = parts;
	}
	return court;
}

void court_free(struct court *court)
{
	for (size_t i = 0; court && i < LIMITS_MAX; i++) {
		struct evidence *evidence = &court->evidence[i];

		check_judge_drop(&evidence->highest);
		sum_free(evidence->leaks.sum);
		snapshot_release(evidence->lost.found);
		free(evidence->lost.over);
	}
	if (court)
		free(court->kept);
	free(court);
}

/* --- at the end --- */

/* Looks at the peak of what a filter keeps, which the reader has followed
 * (check_parts.c). */
static bool look_at_part(struct court *court, unsigned part, struct finding *highest)
{
	uint64_t sum;

	highest->moment = session_part_peak(court->session, part, &highest->process, &sum);
	if (!highest->moment)
		return false;
	highest->found = true;
	highest->name = "peak";
	highest->value = court->options->check.tree ? sum : highest->moment->totals.peak_ever;
	return true;
}

static void check_judge_judge(struct court *court, const struct limit *limit,
			      struct evidence *evidence)
{
	static const enum column_id sort[LIMIT_FIGURES] = {
		[LIMIT_EXIT_BLOCKS] = COLUMN_COUNT,
		[LIMIT_TOTAL] = COLUMN_TOTAL,
		[LIMIT_ALLOCS] = COLUMN_ALLOCATIONS,
	};
	struct verdict_limit *of = &court->verdict->limits[court->verdict->length];
	int part = check_parts_find(court->parts, limit);
	struct finding *highest = &evidence->highest;

	if (part >= 0)
		evidence->unknown = !look_at_part(court, (unsigned)part, highest);
	else if (court->options->check.tree)
		evidence->unknown = !check_judge_look(court, limit, 0, highest);
	if (evidence->unknown)
		court_doubt(court->verdict, "the figures of a process are no longer known");
	if (!highest->found)
		return;
	*of = (struct verdict_limit){ .limit = limit, .value = highest->value };
	snprintf(of->moment, sizeof of->moment, "%s", highest->name);
	of->broken = limit_broken(limit, of->value);
	if (!court->options->check.tree && highest->process)
		of->process = &court->verdict->program->processes[highest->process];
	if (limit->filter)
		snprintf(of->name, sizeof of->name, "%s", limit->text);
	else
		snprintf(of->name, sizeof of->name, "--max-%s=%s",
			 limit_figure_name(limit->figure), limit->text);
	if (of->broken && highest->moment)
		of->lines = court_shown(court, limit, highest->moment, sort[limit->figure]);
	court->verdict->length++;
	court->verdict->broken += of->broken;
}

/* Counts the processes of which figures are missing, in whole or in part.  A program that
 * the first process became by exec raises a doubt of its own. */
static unsigned count_unfollowed(const struct program *program, unsigned untraced)
{
	unsigned became = 0;

	for (size_t i = 1; i < program->processes_length; i++)
		became += program->processes[i].reason && program->processes[i].pid == program->pid;
	return untraced > became ? untraced - became : 0;
}

/* Finds reasons why figures may be less than what the program used. */
static void look_for_unseen(struct court *court, const struct session_status *status)
{
	char text[256];

	if (*court->verdict->program->unseen) {
		snprintf(text, sizeof text, "%s was opened past memtop (dlmopen, RTLD_DEEPBIND)",
			 court->verdict->program->unseen);
		court_doubt(court->verdict, text);
	}
	if (!status->totals.unknown_frees)
		return;
	snprintf(text, sizeof text, "%llu block%s freed whose allocation was not seen, by %s",
		 (unsigned long long)status->totals.unknown_frees,
		 status->totals.unknown_frees == 1 ? " was" : "s were", status->unknown_by);
	court_doubt(court->verdict, text);
}

static void look_for_doubts(struct court *court, const struct session_status *status)
{
	const struct options *options = court->options;
	unsigned untraced = count_unfollowed(court->verdict->program, status->untraced);
	char text[2 * LOSS_MAX], lost[LOSS_MAX];

	if (status->totals.lost) {
		loss_text(&status->totals, lost);
		snprintf(text, sizeof text, "memtop %s%s%s%s", lost,
			 *loss_bound(&status->totals) ? ": " : "", loss_bound(&status->totals),
			 session_program(court->session)->filtered ?
				 "; a seccomp filter was set" : "");
		court_doubt(court->verdict, text);
	}
	if (untraced && options->session.follow == FOLLOW_ALL &&
	    (options->limits.length || options->check.baseline)) {
		snprintf(text, sizeof text, "%u process%s could not be traced", untraced,
			 untraced == 1 ? "" : "es");
		court_doubt(court->verdict, text);
	}
	if (check_parts_failed(court->parts))
		court_doubt(court->verdict, "out of memory while stacks were told apart");
	look_for_unseen(court, status);
	if (status->left)
		court_doubt(court->verdict, "the program became one that can't be traced");
	if (status->stopped)
		court_doubt(court->verdict, "tracing was stopped before the end");
}

static void tell_suppressed(struct court *court)
{
	const struct suppressions *list = court->options->check.suppressions;

	for (size_t i = 0; list && i < list->length; i++) {
		struct verdict_suppressed *of = &court->verdict->suppressed[i];
		size_t process;
		struct snapshot *part =
			session_part_peak(court->session,
					  check_parts_suppression(court->parts, i), &process,
					  &of->peak);

		of->name = list->of[i].name;
		of->reason = list->of[i].reason;
		of->used = part && part->rows_length;
		court->verdict->suppressed_length++;
		snapshot_release(part);
	}
}

static void judge_limits(struct court *court)
{
	const struct limit_list *limits = &court->options->limits;

	for (size_t i = 0; i < limits->length; i++) {
		const struct limit *limit = &limits->limits[i];
		struct evidence *evidence = &court->evidence[i];

		if (limit->figure == LIMIT_LEAKING)
			court_judge_leaking(court, limit, &evidence->leaks);
		else if (limit->figure == LIMIT_UNREACHABLE)
			court_judge_unreachable(court, limit, &evidence->lost);
		else
			check_judge_judge(court, limit, evidence);
	}
}

void check_judge(struct court *court, struct limit growth[2])
{
	const struct options *options = court->options;
	struct verdict *verdict = court->verdict;
	struct session_status status;
	struct error error;
	struct filter_error wrong;
	const char *name;

	choose_whole(court);
	verdict->end = court_moment(court, LIMIT_TOTAL, &name);
	if (!verdict->end) {
		court_doubt(verdict, "out of memory");
		return;
	}
	if (options->filters_length)
		court->shown = filter_parse(options->filters[0], &wrong);
	check_judge_hear(court, true);
	check_judge_take(court, 0);
	choose_whole(court);
	judge_limits(court);
	filter_free(court->shown);
	court->shown = NULL;
	choose_whole(court);
	if (options->check.baseline)
		name_frames(court);
	if (options->check.baseline && check_baseline(verdict, court->session, options, growth))
		court_doubt(verdict, "the baseline could not be compared");
	tell_suppressed(court);
	session_choose(court->session, "all", &error);
	session_status(court->session, &status);
	verdict->unresolved = status.unresolved;
	look_for_doubts(court, &status);
}

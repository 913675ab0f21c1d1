/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two lines on standard error with which a run ends, after recording without a screen
 * or after the screens: how it ended with its totals, and the lines that held the most.
 */
#include <stdio.h>
#include "tui/commands/cmd.h"
#include "views/format/format.h"
#include "views/text/ending.h"
#include "views/text/loss.h"

#define HELD_ROWS 3

void cmd_say_totals(const struct program *program, const struct totals *totals, bool left,
		    const char *output)
{
	char ending[ENDING_MAX], current[FORMAT_MAX], peak[FORMAT_MAX], blocks[FORMAT_MAX];
	char name[256], path[512], lost[LOSS_MAX];
	size_t others = 0;

	/* What the first process became by exec does not count as another one. */
	for (size_t i = 1; i < program->processes_length; i++)
		others += program->processes[i].pid && program->processes[i].pid != program->pid;
	ending_text(program, ending);
	format_size((double)totals->current, false, current);
	format_size((double)totals->peak_ever, false, peak);
	format_count(totals->blocks, blocks);
	format_safe(program->argc ? program->argv[0] : "?", name, sizeof name);
	format_safe(output ? output : "", path, sizeof path);
	const char *about = program->sample ? "~" : "";
	fprintf(stderr, "memtop: %s %s: current %s%s in %s%s block%s, peak %s%s", name, ending,
		about, current, about, blocks, format_s(totals->blocks), about, peak);
	if (totals->mapped) {
		format_size((double)totals->mapped, false, current);
		fprintf(stderr, ", plus %s mapped", current);
	}
	if (program->sample) {
		format_size((double)program->sample, false, current);
		fprintf(stderr, ", estimates (sampled every %s)", current);
	}
	if (totals->lost) {
		loss_text(totals, lost);
		fprintf(stderr, ", %s%s%s", lost, *loss_bound(totals) ? ": " : "",
			loss_bound(totals));
	}
	cut_list(totals->cut, name, sizeof name);
	if (totals->truncated)
		fprintf(stderr, ", %llu stack%s cut (%s)", (unsigned long long)totals->truncated,
			format_s(totals->truncated), name);
	if (others)
		fprintf(stderr, ", with %zu other process%s", others, others == 1 ? "" : "es");
	if (left)
		fprintf(stderr, ", until it became a program that can't be traced");
	if (output)
		fprintf(stderr, "; see memtop report %s", path);
	fputc('\n', stderr);
}

static void write_held_row(FILE *to, const struct row *row)
{
	char size[FORMAT_MAX], count[FORMAT_MAX], key[512];

	format_size((double)row->now.size, false, size);
	format_count(row->now.count, count);
	format_safe(row->key, key, sizeof key);
	fprintf(to, " %s in %s block%s at %s", size, count, format_s(row->now.count), key);
}

/* Shows the lines at the moment when memory was highest, since after a clean end nothing
 * is left. */
void cmd_write_held(FILE *to, struct session *session, const struct options *options)
{
	struct filter_list filters = { 0 };
	struct filter_error wrong;
	struct error error;
	struct view view = { .by = BY_LINENO, .filters = &filters, .limit = HELD_ROWS,
			     .mine = &options->mine,
			     .counted = true };
	struct snapshot *peak = session_moment(session, "peak", &error);
	struct table *table;

	if (options->filters_length)
		filters.filters[0] = filter_parse(options->filters[0], &wrong);
	filters.length = filters.filters[0] ? 1 : 0;
	table = peak ? table_build(&view, peak, NULL, error.text) : NULL;
	if (table && table->length && table_row(table, 0)->now.size) {
		fprintf(to, "memtop: most memory at the peak:");
		for (size_t i = 0; i < table->length && table_row(table, i)->now.size; i++) {
			fputs(i ? "," : "", to);
			write_held_row(to, table_row(table, i));
		}
		fputc('\n', to);
	} else {
		fprintf(to, "memtop: nothing%s was held at the peak\n",
			filters.length ? " that the filter keeps" : "");
	}
	if (table)
		table_free(table);
	snapshot_release(peak);
	if (filters.length)
		filter_free(filters.filters[0]);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prints the requested view of one moment, or of two: what report and diff have in
 * common.  The formats are a table; the figures come from views/.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tui/commands/cmd.h"
#include "tui/term/links.h"
#include "views/text/builds.h"
#include "views/text/ending.h"
#include "views/text/others.h"
#include "views/text/text.h"

#define TERMINAL_ROWS 20                /* default --limit on a terminal */

struct page {
	const struct table *table;
	const struct cmd_moment *now, *old;     /* old is NULL for a report */
	struct sink *sink;
};

static int write_stdout(void *user, const char *bytes, size_t length)
{
	(void)user;
	return fwrite(bytes, 1, length, stdout) == length ? 0 : -EIO;
}

/* Reads a source line from the newer recording, or else from the older one. */
static int cmd_view_source(void *user, const char *path, unsigned line, char *text,
			   size_t size)
{
	const struct page *page = user;
	int length = recording_source(page->now->recording, path, line, text, size);

	if (length < 0 && page->old)
		length = recording_source(page->old->recording, path, line, text, size);
	return length;
}

/* Two builds have no process in common, so for their diff only who holds more is
 * reported. */
static struct heavier heavier(const struct page *page)
{
	const struct snapshot *old = page->old ? page->old->snapshot : NULL;
	bool same_run = page->table->view.same_run;

	return recording_heavier(page->now->recording, page->now->snapshot,
				 same_run ? old : NULL);
}

/* Moments of two recordings may have the same names. */
static void put_recording(struct out *out, const char *role, const struct cmd_moment *moment)
{
	const struct program *program = recording_program(moment->recording);

	out_text(out, role);
	out_safe(out, moment->path);
	for (int i = 0; i < program->argc; i++) {
		out_text(out, i ? " " : " of ");
		out_safe(out, program->argv[i]);
	}
}

static int print_text(const struct page *page)
{
	const struct program *program = recording_program(page->now->recording);
	struct heavier more = heavier(page);
	struct out out = { .sink = page->sink };

	if (!page->old && ending_is_unusual(program)) {
		char end[ENDING_MAX];

		ending_story(program, NULL, NULL, end, sizeof end);
		out_safe(&out, end);
		if (program->cut_off && program->seconds > page->now->snapshot->time + 1)
			out_text(&out, "; the history reaches to there: FILE@-0s shows it");
		out_text(&out, "\n");
		out_end(&out);
	}
	if (page->old && !page->table->view.same_run) {
		put_recording(&out, "new: ", page->now);
		put_recording(&out, "; old: ", page->old);
		out_text(&out, "\n");
		text_builds(&out, page->table);
		out_end(&out);
	}
	if (text_table(page->table, cmd_view_source, (void *)page, page->sink))
		return -1;
	heavier_text(&out, program, &more, "", more.grew ? "grew by" : "holds");
	if (program->filtered)
		out_text(&out, "a seccomp filter was set: code that was loaded since then cuts "
			       "stacks, and processes that began since then are not followed\n");
	unfollowed_text(&out, program, UNFOLLOWED_SHOWN, "");
	return out_end(&out);
}

static int print_tracemalloc(const struct page *page)
{
	return text_tracemalloc(page->table, cmd_view_source, (void *)page, page->sink);
}

static int print_csv(const struct page *page)
{
	return export_csv(page->table, page->sink);
}

static struct provenance provenance_of(const struct cmd_moment *moment)
{
	return (struct provenance){ moment->path, recording_program(moment->recording), { 0 }, { 0 } };
}

static int print_json(const struct page *page)
{
	struct provenance now = provenance_of(page->now), old;

	now.heavier = heavier(page);
	recording_extent(page->now->recording, &now.history);
	if (!page->old)
		return export_json(page->table, &now, NULL, page->sink);
	old = provenance_of(page->old);
	return export_json(page->table, &now, &old, page->sink);
}

static int (*const formats[])(const struct page *page) = {
	[REPORT_TEXT] = print_text,
	[REPORT_JSON] = print_json,
	[REPORT_CSV] = print_csv,
	[REPORT_TRACEMALLOC] = print_tracemalloc
};

/* The texts were checked when the command line was read, so only memory can be
 * missing. */
static int parse_filters(const struct options *options, struct filter_list *list)
{
	struct filter_error wrong;

	for (size_t i = 0; i < options->filters_length; i++) {
		struct filter *filter = filter_parse(options->filters[i], &wrong);

		if (!filter)
			return -ENOMEM;
		list->filters[list->length++] = filter;
	}
	return 0;
}

static const char *why_no_growth(const struct table *table)
{
	return table->diff		? "verdicts are for one moment, not for a diff"
	       : table->now->growth	? "cumulative tables and trees have no verdicts"
					: "this moment has none: the last one of a run has, and "
					  "snapshots (@exit, @1)";
}

/* Refuses a column that the view or the moment does not have, since it would sort
 * nothing. */
static bool has_column(const struct table *table, enum column_id id, struct error *error)
{
	const struct column *column = column_get(id);

	if (column && column->needs == NEEDS_LOOK && !table->now->look) {
		snprintf(error->text, sizeof error->text, "--sort=%s: no look was taken at this "
			 "moment: name one that has a look (memtop ctl PID heap or --heap-at "
			 "takes one)", column->name);
		return false;
	}
	if (column && column->needs == NEEDS_RETAINED && !column_shown(column, table)) {
		snprintf(error->text, sizeof error->text, "--sort=%s: only moments with a look for "
			 "holders have it (memtop ctl PID held takes one), and not in cumulative "
			 "tables and trees", column->name);
		return false;
	}
	if (column && table->now->look && table->now->look->type_of_row && !column_of_types(column)) {
		snprintf(error->text, sizeof error->text, "--sort=%s: it is not known for the blocks "
			 "of one type, holder or arena", column->name);
		return false;
	}
	if (column && column->needs == NEEDS_TYPES && !column_shown(column, table)) {
		snprintf(error->text, sizeof error->text, "--sort=type: only moments with a look have it, "
			 "and not in cumulative tables, trees and by type");
		return false;
	}
	if (column && !column_known(column, table)) {
		snprintf(error->text, sizeof error->text, table->now->kind == MOMENT_TICK ?
			 "--sort=%s: a moment of the history does not have it; name a snapshot, or "
			 "sort by another column" :
			 "--sort=%s: this moment does not have it: an older memtop recorded it",
			 column->name);
		return false;
	}
	if (!column || column_shown(column, table))
		return true;
	snprintf(error->text, sizeof error->text, "--sort=%s: %s", column->name,
		 column->needs == NEEDS_GROWTH ? why_no_growth(table) :
		 column->needs == NEEDS_RATE ?
		 "bytes per second need a diff of two moments of one run" :
		 column->needs == NEEDS_TREE ? "this is a column of --by=tree" :
		 "this is a column of sampled runs, and this one is exact");
	return false;
}

int cmd_view_build(const struct view *asked, const struct options *options,
		   const struct cmd_moment *now, const struct cmd_moment *old,
		   struct cmd_view *built)
{
	struct error error = { .status = STATUS_USAGE };
	struct view view = *asked;

	*built = (struct cmd_view){ 0 };
	view.filters = &built->filters;
	if (!parse_filters(options, &built->filters))
		built->table = table_build(&view, now->snapshot, old ? old->snapshot : NULL,
					   error.text);
	if (built->table && has_column(built->table, asked->sort, &error))
		return 0;
	if (!error.text[0] || !strcmp(error.text, "out of memory"))
		error = (struct error){ STATUS_FAILED, "out of memory" };
	return message_fail(&error);
}

void cmd_view_free(struct cmd_view *built)
{
	table_free(built->table);
	while (built->filters.length)
		filter_free(built->filters.filters[--built->filters.length]);
}

/* Whether places are written as links: by default only in text for people, on a terminal
 * that supports them. */
static bool wants_links(const struct options *options)
{
	bool asked = options->hyperlink == HYPERLINK_AUTO ? isatty(STDOUT_FILENO) && links_known()
							  : options->hyperlink == HYPERLINK_ALWAYS;

	return asked && options->format == REPORT_TEXT;
}

static int print_table(const struct options *options, struct page *page)
{
	struct sink sink = { .write = write_stdout,
			     .link = wants_links(options) ? links_uri : NULL };

	page->sink = &sink;
	formats[options->format](page);         /* its error is stdout's, which says more */
	return cmd_flush();
}

int cmd_print_view(const struct options *options, const struct cmd_moment *now,
		   const struct cmd_moment *old)
{
	struct page page = { .now = now, .old = old };
	struct view view = options->view;
	struct cmd_view built;
	int status;

	if (!options->limit_given)
		view.limit = isatty(STDOUT_FILENO) ? TERMINAL_ROWS : 0;
	status = cmd_view_build(&view, options, now, old, &built);
	page.table = built.table;
	if (!status)
		status = print_table(options, &page);
	cmd_view_free(&built);
	return status;
}

static void list_keys(void)
{
	for (int by = 0; by < VIEW_KEYS; by++) {
		const struct view_key_info *key = view_key_get((enum view_key)by);

		printf("%-12s %s\n", key->name, key->title[0]);
	}
}

int cmd_list(const struct options *options)
{
	if (options->list == LIST_KEYS)
		list_keys();
	for (int id = COLUMN_DEFAULT + 1; id < COLUMNS && options->list == LIST_COLUMNS; id++) {
		const struct column *column = column_get((enum column_id)id);

		if (options->verb == VERB_DIFF ||
		    (column->needs != NEEDS_DIFF && column->needs != NEEDS_RATE))
			printf("%-18s %s\n", column->name, column->help);
	}
	return cmd_flush();
}

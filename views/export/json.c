/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report's and diff's JSON: the keys and their order are a contract.  A diff is the
 * report on its new side, with "old", "new" and the differences added.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "tracer/heap/catalog/earlier.h"
#include "views/table/cuts.h"
#include "views/export/export.h"
#include "views/export/json_parts.h"
#include "views/export/json_text.h"
#include "views/filter/filter_run.h"
#include "views/table/tree.h"
#include "views/text/ending.h"

static void json_put_number(struct out *out, const char *key, uint64_t number)
{
	out_format(out, ", \"%s\": %" PRIu64, key, number);
}

static void put_argv(struct out *out, char *const *argv, int argc)
{
	if (!argv) {
		out_text(out, "null");
		return;
	}
	out_text(out, "[");
	for (int i = 0; i < argc; i++) {
		out_text(out, i ? ", " : "");
		json_string(out, argv[i]);
	}
	out_text(out, "]");
}

void json_program(struct out *out, const struct program *program)
{
	out_text(out, ", \"program\": {\"argv\": ");
	put_argv(out, program->argv, program->argc);
	out_format(out, ", \"pid\": %" PRId32 ", \"exit_status\": ", program->pid);
	if (program->ended && !program->signal && !program->status_unknown)
		out_format(out, "%d", program->exit_status);
	else
		out_text(out, "null");
	out_text(out, ", \"signal\": ");
	if (program->ended && program->signal)
		out_format(out, "%d", program->signal);
	else
		out_text(out, "null");
	out_text(out, "}");
}

/* Whose figures these are: "main", "all", or a pid. */
static void json_put_process(struct out *out, const struct program *program,
			     uint32_t process)
{
	if (process > 1 && process <= program->processes_length)
		out_format(out, ", \"process\": %" PRId32, program->processes[process - 1].pid);
	else if (process == 0 && program->processes_length > 1)
		out_text(out, ", \"process\": \"all\"");
	else
		out_text(out, ", \"process\": \"main\"");
}

static void put_processes(struct out *out, const struct program *program)
{
	const char *comma = "";

	out_text(out, ", \"processes\": [");
	for (size_t i = 0; i < program->processes_length; i++) {
		const struct process *process = &program->processes[i];

		if (process->vacant)
			continue;
		out_format(out, "%s{\"pid\": %" PRId32 ", \"ppid\": %" PRId32 ", \"argv\": ",
			   comma, process->pid, process->ppid);
		put_argv(out, process->argv, process->argc);
		if (process->others)
			json_put_number(out, "folded", process->others + UINT64_C(1));
		out_text(out, "}");
		comma = ", ";
	}
	out_text(out, "]");
}

void json_unfollowed(struct out *out, const struct program *program)
{
	const char *comma = "";

	out_text(out, ", \"unfollowed\": [");
	for (size_t i = 0; i < program->processes_length; i++) {
		const struct process *process = &program->processes[i];

		if (!process->reason)
			continue;
		out_format(out, "%s{\"pid\": ", comma);
		if (process->pid)
			out_format(out, "%" PRId32, process->pid);
		else
			out_text(out, "null");
		out_format(out, ", \"ppid\": %" PRId32 ", \"program\": ", process->ppid);
		json_string(out, process->argv && process->argc ? process->argv[0] : NULL);
		out_text(out, ", \"reason\": ");
		json_string(out, process->reason);
		out_text(out, "}");
		comma = ", ";
	}
	out_text(out, "]");
}

static void put_heavier(struct out *out, const struct program *program,
			const struct heavier *heavier)
{
	out_text(out, ", \"holds_more\": ");
	if (!heavier->process || heavier->process > program->processes_length) {
		out_text(out, "null");
		return;
	}
	const struct process *process = &program->processes[heavier->process - 1];

	out_format(out, "{\"pid\": %" PRId32 ", \"program\": ", process->pid);
	json_string(out, process->argv && process->argc ? process->argv[0] : NULL);
	json_put_number(out, heavier->grew ? "size_diff" : "size", heavier->bytes);
	out_text(out, "}");
}

static void json_put_history(struct out *out, const struct history_extent *history)
{
	out_text(out, ", \"history\": ");
	if (!history->ticks) {
		out_text(out, "null");
		return;
	}
	out_format(out, "{\"ticks\": %" PRIu64, history->ticks);
	json_put_number(out, "bytes", history->bytes);
	out_text(out, ", \"begins\": ");
	json_double(out, history->begins);
	out_text(out, ", \"ends\": ");
	json_double(out, history->ends);
	for (unsigned i = 0; i < HISTORY_BANDS; i++) {
		out_text(out, i ? ", " : ", \"steps\": [");
		if (history->step[i] > 0)
			json_double(out, history->step[i]);
		else
			out_text(out, "null");
	}
	out_text(out, "]}");
}

/* Writes a ceiling, with the times at which it will be reached; they are null where
 * nothing can be said. */
static void put_limit(struct out *out, const struct ceiling *ceiling)
{
	out_text(out, "{\"kind\": ");
	json_string(out, ceiling_name(ceiling->kind));
	out_text(out, ", \"pid\": ");
	if (ceiling->pid)
		out_format(out, "%" PRId32, ceiling->pid);
	else
		out_text(out, "null");
	json_put_number(out, "bytes", ceiling->bytes);
	json_put_number(out, "used", ceiling->used);
	json_put_number(out, "most", ceiling->most);
	bool known = ceiling->latest > 0;
	out_text(out, ", \"earliest\": ");
	if (known)
		json_double(out, ceiling->earliest);
	else
		out_text(out, "null");
	out_text(out, ", \"latest\": ");
	if (known)
		json_double(out, ceiling->latest);
	else
		out_text(out, "null");
	out_text(out, "}");
}

static void put_limits(struct out *out, const struct ceilings *ceilings)
{
	out_text(out, ", \"limits\": [");
	for (size_t i = 0; i < ceilings->length; i++) {
		out_text(out, i ? ", " : "");
		put_limit(out, &ceilings->of[i]);
	}
	out_text(out, "]");
}

/* Writes how and when the run ended; `limit` is the ceiling that it was near. */
static void put_end(struct out *out, const struct program *program)
{
	const struct ceiling *ceiling = ending_ceiling(program);

	out_text(out, ", \"end\": {\"how\": ");
	json_string(out, ending_word(ending_how(program)));
	out_text(out, ", \"time\": ");
	json_double(out, program->seconds);
	json_put_number(out, "oom_kills", program->oom_kills);
	out_text(out, ", \"limit\": ");
	json_string(out, ceiling ? ceiling_name(ceiling->kind) : NULL);
	out_text(out, "}");
}

static void json_put_moment(struct out *out, const struct snapshot *snapshot)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", snapshot->number);
	out_text(out, ", \"moment\": {\"name\": ");
	json_string(out, *snapshot->name || snapshot->kind != MOMENT_NAMED ? snapshot->name
									    : number);
	out_text(out, ", \"time\": ");
	json_double(out, snapshot->time);
	out_text(out, "}");
}

/* Marks estimates from samples as such, with the standard error of `current`. */
void json_traced(struct out *out, const struct snapshot *snapshot)
{
	const struct totals *totals = &snapshot->totals;

	out_format(out, ", \"traced\": {\"current\": %" PRIu64, totals->current);
	json_put_number(out, "peak", totals->peak);
	json_put_number(out, "peak_ever", totals->peak_ever);
	json_put_number(out, "blocks", totals->blocks);
	json_put_number(out, "allocations", totals->allocations);
	json_put_number(out, "frees", totals->frees);
	json_put_number(out, "total", totals->total);
	json_put_number(out, "temporary", totals->temporary);
	if (snapshot->sample) {
		out_text(out, ", \"error\": ");
		json_double(out, snapshot_error(snapshot));
	}
	out_text(out, "}");
	if (snapshot->sample)
		json_put_number(out, "sample", snapshot->sample);
}

void json_loss(struct out *out, const struct totals *totals, uint64_t unresolved)
{
	json_put_number(out, "lost", totals->lost);
	json_put_number(out, "lost_allocations", totals->lost_allocations);
	json_put_number(out, "lost_frees", totals->lost_frees);
	json_put_number(out, "unended", totals->unended);
	json_put_number(out, "truncated", totals->truncated);
	json_put_number(out, "unresolved", unresolved);
	for (unsigned i = 1; i < CUTS; i++)
		out_format(out, "%s\"%s\": %" PRIu64, i == 1 ? ", \"cut\": {" : ", ",
			   cut_word((enum cut)i), totals->cut[i]);
	out_text(out, "}");
}

void json_unseen(struct out *out, const struct program *program, const struct snapshot *snapshot)
{
	static const struct unknown_frees none;
	uint64_t before;
	bool attached = earlier_is(snapshot->catalog, &before);
	const struct unknown_frees *frees = attached ? &none : &snapshot->unknown;

	if (!attached)
		out_text(out, ", \"before_attach\": null");
	else if (before == UINT64_MAX)
		out_text(out, ", \"before_attach\": {\"bytes\": null");
	else
		out_format(out, ", \"before_attach\": {\"bytes\": %" PRIu64, before);
	if (attached) {
		json_put_number(out, "frees", snapshot->totals.unknown_frees);
		out_text(out, "}");
	}
	json_put_number(out, "unknown_frees",
			attached ? 0 : snapshot->totals.unknown_frees);
	out_text(out, ", \"unknown_free_modules\": [");
	for (uint32_t i = 0; i < frees->length; i++) {
		struct module module = catalog_module(snapshot->catalog, frees->of[i].module);

		out_text(out, i ? ", {\"module\": " : "{\"module\": ");
		json_name(out, catalog_text(snapshot->catalog, module.name));
		json_put_number(out, "count", frees->of[i].count);
		out_text(out, "}");
	}
	out_text(out, "]");
	out_text(out, ", \"unseen_library\": ");
	json_name(out, program->unseen);
}

/* Writes how many bytes of the view are on cut stacks. */
static void put_cut_bytes(struct out *out, const struct table *table)
{
	struct figures sum = cuts_sum(table);

	json_put_number(out, "cut_bytes", sum.size);
	json_put_number(out, "cut_total", sum.total);
}

/* Writes the origin of one side of a diff. */
static void put_side(struct out *out, const char *key, const struct provenance *origin,
		     const struct snapshot *snapshot, uint64_t unresolved)
{
	out_format(out, ", \"%s\": {\"file\": ", key);
	json_string(out, origin->file);
	json_put_moment(out, snapshot);
	json_program(out, origin->program);
	json_traced(out, snapshot);
	json_loss(out, &snapshot->totals, unresolved);
	json_unseen(out, origin->program, snapshot);
	out_text(out, "}");
}

static void json_mine(struct out *out, const struct mine *mine)
{
	const char *folder = NULL;

	out_text(out, ", \"mine\": [");
	while ((folder = mine_next(mine, folder))) {
		out_text(out, folder == mine->folders ? "" : ", ");
		json_string(out, folder);
	}
	out_text(out, "]");
}

static void put_view(struct out *out, const struct table *table)
{
	const struct view *view = &table->view;

	out_format(out, ", \"by\": \"%s\", \"cumulative\": %s, \"filter\": [",
		   view->nested ? "holder" : view_key_name(view->by),
		   view->cumulative || view->by == BY_TREE ? "true" : "false");
	for (size_t i = 0; view->filters && i < view->filters->length; i++) {
		out_text(out, i ? ", " : "");
		json_string(out, filter_text(view->filters->filters[i]));
	}
	out_text(out, "]");
	/* These keys are written only where they differ from the default. */
	if (view->raw)
		out_text(out, ", \"raw\": true");
	if (view->inverted && view->by == BY_TREE)
		out_text(out, ", \"inverted\": true");
	if (view->compat)
		out_text(out, ", \"tracemalloc_compat\": true");
	if (table_mine(table, false))
		json_mine(out, table_mine(table, false));
}

static void json_put_frame(struct out *out, const struct row_frame *frame)
{
	out_text(out, "{\"file\": ");
	json_name(out, frame->file);
	out_format(out, ", \"line\": %u, \"function\": ", frame->line);
	json_name(out, frame->function);
	out_text(out, ", \"module\": ");
	json_name(out, frame->module);
	out_text(out, ", \"lang\": ");
	json_name(out, filter_lang_name(frame->lang));
	out_text(out, "}");
}

static void put_traceback(struct out *out, const struct table *table, const struct row *row)
{
	size_t n = row->frames_length;
	struct row_frame *frames = malloc((n + 1) * sizeof(*frames));

	out_text(out, ", \"traceback\": [");
	for (n = frames ? table_frames(table, row, frames, n) : 0; n; n--) {
		json_put_frame(out, &frames[n - 1]);
		out_text(out, n > 1 ? ", " : "");
	}
	out_text(out, "]");
	free(frames);
}

static void json_put_figures(struct out *out, const struct table *table,
			     const struct row *row)
{
	char figure[40];

	for (int id = COLUMN_DEFAULT + 1; id < COLUMNS; id++) {
		const struct column *column = column_get((enum column_id)id);

		if (column->type && column_shown(column, table)) {
			out_text(out, ", \"type\": ");
			json_string(out, row_type_name(&row->type));
		}
		if (!column->data || !column_shown(column, table))
			continue;
		figure[0] = '\0';
		if (column_known(column, table))
			column->data(row, figure, sizeof(figure));
		out_format(out, ", \"%s\": %s", column->name, *figure ? figure : "null");
	}
}

static void put_seconds(struct out *out, const char *key, double seconds)
{
	out_format(out, ", \"%s\": ", key);
	if (seconds < 0)
		out_text(out, "null");
	else
		json_double(out, seconds);
}

/* Writes how the look at the heap went that belongs to the moment. */
static void put_look(struct out *out, const struct snapshot_look *look)
{
	out_text(out, ", \"look\": {\"pause\": ");
	json_double(out, (double)look->pause / 1e9);
	out_format(out, ", \"copied\": %" PRIu64 ", \"unread\": %" PRIu64, look->copied,
		   look->unread);
	if (look->arenas)
		json_arenas(out, look->arenas);
	out_text(out, "}");
}

/* Writes what is known about a row's growth besides the figure. */
static void put_growth(struct out *out, const struct row *row)
{
	struct growth_verdict verdict;

	row_verdict(row, &verdict);
	out_text(out, ", \"growth_blocks\": ");
	json_double(out, verdict.blocks);
	out_text(out, ", \"verdict\": ");
	json_string(out, growth_word(verdict.word));
	out_text(out, ", \"reason\": ");
	json_string(out, verdict.reason);
	put_seconds(out, "since", verdict.since);
	put_seconds(out, "last_grew", verdict.last_grew);
	out_text(out, ", \"freed\": ");
	json_double(out, row_freed(row));
	out_text(out, ", \"generations\": [");
	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		out_format(out, "%s%.0f", i ? ", " : "", verdict.generations[i]);
	out_text(out, "], \"run\": [");
	for (unsigned i = 0; i < GROWTH_RUN; i++)
		out_format(out, "%s%.0f", i ? ", " : "", (double)verdict.run[i]);
	out_text(out, "]");
}

/* Writes everything of a row but the closing brace. */
void json_row(struct out *out, const struct table *table, const struct row *row)
{
	char domain[16];

	out_text(out, "{\"key\": ");
	json_string(out, row->key);
	json_put_figures(out, table, row);
	if (column_shown(column_get(COLUMN_GROWTH), table))
		put_growth(out, row);
	if (table->view.by == BY_THREAD) {
		out_format(out, ", \"thread\": {\"tid\": %" PRId32 ", \"name\": ", row->tid);
		json_string(out, row->thread_name);
		out_text(out, "}");
	}
	if (table->view.by == BY_DOMAIN) {
		out_text(out, ", \"domain\": ");
		json_string(out, filter_domain_name(row->domain, domain));
	}
	put_traceback(out, table, row);
	out_text(out, ", \"cut\": ");
	json_name(out, cut_word(cuts_why(table, row)));
}

static void put_statistics(struct out *out, const struct table *table)
{
	bool known = held_known(table);
	struct held_index *index = known ? held_index_new(table) : NULL;
	struct examples *examples = known ? examples_new(table, NULL) : NULL;
	struct row row;

	if (known && (!index || !examples))
		out->error = -ENOMEM;
	out_text(out, ",\n \"statistics\": [");
	for (size_t i = 0; i < table->length && !out->error; i++) {
		out_text(out, i ? ",\n  " : "\n  ");
		table_read(table, i, &row);
		json_row(out, table, &row);
		if (known) {
			json_held(out, index, &row);
			json_examples(out, examples, &row);
		}
		out_text(out, "}");
	}
	held_index_free(index);
	examples_free(examples);
	out_text(out, table->length ? "\n ]}\n" : "]}\n");
}

/* Writes the rows of a tree inside their parents: before each row, those rows are closed
 * that are not its parents. */
static void put_tree(struct out *out, const struct table *table)
{
	struct tree_walk walk = tree_walk(table, NULL, NULL);
	unsigned depth = 0;
	struct row row;

	out_text(out, ",\n \"tree\": [");
	while (!out->error && tree_walk_next(&walk, &row)) {
		for (bool sibling = row.depth <= depth; depth >= row.depth; depth--)
			out_text(out, depth == row.depth && sibling ? "]}," : "]}");
		out_text(out, "\n");
		out_fill(out, ' ', row.depth + 1);
		json_row(out, table, &row);
		out_text(out, ", \"children\": [");
		depth = row.depth;
	}
	if (tree_failed(table))
		out->error = -ENOMEM;
	while (depth--)
		out_text(out, "]}");
	out_text(out, "]}\n");
}

int export_json(const struct table *table, const struct provenance *now, const struct provenance *old,
		struct sink *sink)
{
	struct out out = {.sink = sink};

	out_text(&out, "{\"memtop\": 1, \"file\": ");
	json_string(&out, now->file);
	json_put_moment(&out, table->now);
	json_program(&out, now->program);
	json_put_process(&out, now->program, table->now->process);
	put_processes(&out, now->program);
	json_unfollowed(&out, now->program);
	put_heavier(&out, now->program, &now->heavier);
	json_put_history(&out, &now->history);
	put_limits(&out, &now->program->ceilings);
	put_end(&out, now->program);
	json_traced(&out, table->now);
	json_loss(&out, &table->now->totals, table_unresolved(table, false));
	json_unseen(&out, now->program, table->now);
	put_cut_bytes(&out, table);
	/* As with `raw` above, the key is written only if it is true. */
	if (now->program->filtered)
		json_put_number(&out, "filtered", now->program->filtered);
	put_seconds(&out, "oldest_at", table->now->walked);
	put_view(&out, table);
	if (column_shown(column_get(COLUMN_GROWTH), table)) {
		out_text(&out, ", \"census\": ");
		json_double(&out, snapshot_census(table->now));
	}
	if (table->now->look)
		put_look(&out, table->now->look);
	if (table->diff && old) {
		put_side(&out, "old", old, table->old, table_unresolved(table, true));
		put_side(&out, "new", now, table->now, table_unresolved(table, false));
	}
	if (table->view.nested)
		json_holders(&out, table);
	else if (table->view.by == BY_TREE)
		put_tree(&out, table);
	else
		put_statistics(&out, table);
	return out_end(&out);
}

int export_stacks(const struct table *table, struct sink *sink)
{
	struct out out = {.sink = sink};

	out_text(&out, "[");
	for (size_t i = 0; i < table->length; i++) {
		out_text(&out, i ? ",\n" : "");
		json_row(&out, table, table_row(table, i));
		out_text(&out, "}");
	}
	out_text(&out, "]");
	return out_end(&out);
}

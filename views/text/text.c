/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table for people: a sentence on what it shows, aligned columns as wide as their
 * widest figure, stacks under their rows, a total, and what is missing from the picture,
 * if anything.
 */
#include "tracer/heap/catalog/earlier.h"
#include "views/text/text.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "views/held/held.h"
#include "views/table/by_type.h"
#include "views/table/cuts.h"
#include "views/format/format.h"
#include "views/text/arenas.h"
#include "views/text/loss.h"
#include "views/text/text_parts.h"
#include "views/table/tree.h"

#define CELL_MAX 256
#define CHAINS 3u                        /* of holders of a row, at most */
#define TREE_LEVELS 40                  /* branching levels for which lines are drawn */

static void text_put_moment(struct out *out, const struct snapshot *snapshot)
{
	char clock[FORMAT_MAX];

	format_clock(snapshot->time, clock);
	if (snapshot->kind == MOMENT_NAMED) {
		out_format(out, "snapshot %u", snapshot->number);
		if (*snapshot->name) {
			out_text(out, " \"");
			out_safe(out, snapshot->name);
			out_text(out, "\"");
		}
	} else {
		out_safe(out, *snapshot->name ? snapshot->name : "now");
	}
	out_format(out, " (%s)", clock);
}

static void put_filters(struct out *out, const struct filter_list *filters)
{
	for (size_t i = 0; filters && i < filters->length; i++) {
		const char *text = filter_text(filters->filters[i]);

		if (!text[strspn(text, " \t")])
			continue;               /* an empty filter keeps everything */
		out_text(out, "filter: ");
		out_safe(out, text);
		out_text(out, "\n");
	}
}

/* Says whose code it is, where own code names the rows. */
static void text_mine(struct out *out, const struct table *table)
{
	const struct mine *mine = table_mine(table, false);
	const char *folder = NULL;

	out_text(out, "rows are named by your own code");
	while ((folder = mine_next(mine, folder))) {
		out_text(out, folder == mine->folders ? ", in " : " and ");
		out_safe(out, folder);
	}
	if (table_mine_none(table))
		out_text(out, mine->length ? ": no stack has code there" : ": no stack has any");
	out_text(out, "\n");
}

static void put_counting(struct out *out, const struct table *table)
{
	const struct view *view = &table->view;
	bool tree = view->by == BY_TREE;

	if (view->nested)
		out_text(out, "a row counts with all that it alone keeps alive, which stands "
			      "beneath it\n");
	if (tree)
		out_text(out, view->inverted
				      ? "callees first, their callers beneath: a row holds all "
					"that was allocated there by way of the rows beneath\n"
				      : "callers first: a row holds all that was allocated there "
					"and in what it called\n");
	if ((view->by == BY_TRACEBACK || tree) && view->frames == 1)
		out_text(out, "stacks equal in their newest frame are one row\n");
	else if ((view->by == BY_TRACEBACK || tree) && view->frames)
		out_format(out, "stacks equal in their newest %u frames are one row\n",
			   view->frames);
	if (view->compat)
		out_format(out, "%scounted as tracemalloc does: raw frames%s\n",
			   view->cumulative ? "cumulative, " : "",
			   view->cumulative ? ", a block once for each frame on its stack" : "");
	else if (view->cumulative && !tree)
		out_format(out, "cumulative: a block counts once for each %s on its stack\n",
			   view_key_get(view->by)->one);
	else if (table_mine(table, false))
		text_mine(out, table);
	else if (view_key_get(view->by)->of != OF_ROW && (!tree || view->inverted))
		out_text(out, view->raw ? "allocator wrappers are shown\n"
					: "allocator wrappers are skipped\n");
}

static void put_sampling(struct out *out, const struct table *table)
{
	const struct snapshot *sampled = table->now->sample ? table->now : table->old;
	char size[FORMAT_MAX];

	if (!sampled || !sampled->sample)
		return;
	format_size((double)sampled->sample, false, size);
	out_format(out, "all figures are estimates: sampled every %s%s\n", size,
		   !table->diff || table->now->sample == table->old->sample ? "" :
		   sampled == table->now ? ", the new side alone or at another rate" :
		   ", the old side alone");
}

/* The rows of mmap's domain are listed with the others, so their sum exceeds current.  What only
 * a look knows are blocks alone. */
static void put_mapped(struct out *out, const struct table *table)
{
	const struct filter_list *filters = table->view.filters;
	char mapped[FORMAT_MAX];

	if (!table->now->totals.mapped || (filters && filters->length) ||
	    by_type_splits(table->view.by))
		return;
	format_size((double)table->now->totals.mapped, false, mapped);
	out_format(out, "includes %s that the program mapped itself, not part of current and "
		   "peak; domain != mmap leaves it out\n", mapped);
}

/* Says at what time verdicts and the oldest blocks were determined; the figures are those
 * of the moment itself. */
static void put_census(struct out *out, const struct table *table)
{
	unsigned processes = 0, lost = 0;
	char clock[FORMAT_MAX];

	if (table->view.sort == COLUMN_OLDEST && table->now->walked >= 0 &&
	    table->now->walked + 1 < table->now->time) {
		format_clock(table->now->walked, clock);
		out_format(out, "oldest blocks as they were at %s\n", clock);
	}
	if (table->view.sort != COLUMN_GROWTH)
		return;
	for (const struct snapshot_growth *of = table->now->growth; of; of = of->next) {
		unsigned these = of->processes ? of->processes : 1;

		processes += these;
		lost += of->lost && growth_judges(&of->axis) ? these : 0;
	}
	format_clock(snapshot_census(table->now), clock);
	if (processes > 1)
		out_format(out, "verdicts of %u processes as of the last census of each, at %s at "
			   "the latest\n", processes, clock);
	else
		out_format(out, "verdicts as of the census at %s\n", clock);
	if (lost)
		out_format(out, "%u of them %s none here, as there are too many rows or processes: "
			   "--process=PID has %s own, if it is listed\n", lost,
			   lost == 1 ? "has" : "have", lost == 1 ? "its" : "their");
}

static void text_put_head(struct out *out, const struct table *table)
{
	const struct column *sort = column_get(table->view.sort);

	out_format(out, "memory by %s, ", table->view.nested ? "holder, as a tree" :
		   view_key_name(table->view.by));
	if (table->diff) {
		out_text(out, "new minus old: ");
		text_put_moment(out, table->now);
		out_text(out, " minus ");
		text_put_moment(out, table->old);
	} else {
		out_text(out, "at ");
		text_put_moment(out, table->now);
	}
	if (table->view.nested && table->view.limit)
		out_format(out, ", %zu rows at most", table->view.limit);
	else if (table->view.limit && table->total_rows == TABLE_MANY)
		out_format(out, ", the first %zu rows", table->view.limit);
	else if (table->view.limit && table->view.limit < table->total_rows)
		out_format(out, ", %zu of %zu rows", table->view.limit, table->total_rows);
	if (sort || table->view.reverse)
		out_format(out, ", sorted by %s%s",
			   sort ? sort->name : table->diff ? "size_diff" : "size",
			   table->view.reverse ? ", reversed" : "");
	out_text(out, "\n");
	put_census(out, table);
	put_sampling(out, table);
	put_mapped(out, table);
	put_filters(out, table->view.filters);
	put_counting(out, table);
	out_text(out, "\n");
}

struct layout {
	const struct column *columns[COLUMNS];
	unsigned widths[COLUMNS];
	unsigned length;
};

/* Visits the rows of any table in order; `at` is 0 before the first. */
struct rows {
	const struct table *table;
	size_t at;
	struct tree_walk walk;
	struct row row;
};

static bool always(void *user, const struct row *row)
{
	(void)user;
	(void)row;
	return true;
}

/* In a tree, frames of a library are folded to one row, as on the screen, unless all are
 * asked for. */
static struct rows text_rows_of(const struct table *table)
{
	struct rows rows = {.table = table, .walk = tree_walk(table, NULL, NULL)};

	if (!table->view.raw)
		rows.walk.fold = always;
	return rows;
}

static const struct row *next_row(struct rows *rows)
{
	if (rows->table->view.by == BY_TREE)
		return tree_walk_next(&rows->walk, &rows->row) ? &rows->row : NULL;
	if (rows->at == rows->table->length)
		return NULL;
	table_read(rows->table, rows->at++, &rows->row);
	return &rows->row;
}

static void widen(const struct table *table, const struct row *row, struct layout *layout)
{
	for (unsigned c = 0; c < layout->length; c++) {
		char cell[CELL_MAX];
		unsigned cells;

		column_put(layout->columns[c], table, row, cell, sizeof(cell));
		cells = format_width(cell);
		if (cells > layout->widths[c])
			layout->widths[c] = cells;
	}
}

static void layout_add(struct layout *layout, const struct column *column)
{
	layout->widths[layout->length] = format_width(column->title);
	layout->columns[layout->length++] = column;
}

/* Adds the column that the table is sorted by, wherever else it would be. */
static void add_sorted(const struct table *table, struct layout *layout)
{
	const struct column *sort = column_get(table->view.sort);

	for (unsigned c = 0; c < layout->length; c++)
		if (layout->columns[c] == sort)
			return;
	if (sort && sort->id != COLUMN_LOCATION && column_shown(sort, table))
		layout_add(layout, sort);
}

static void make_layout(const struct table *table, struct layout *layout)
{
	struct rows rows = text_rows_of(table);
	const struct column *column;
	const struct row *row;

	layout->length = 0;
	for (unsigned place = 1; (column = column_of_text(column_layout(table), place)); place++) {
		if (!column_shown(column, table))
			continue;
		layout_add(layout, column);
	}
	add_sorted(table, layout);
	while ((row = next_row(&rows)))
		widen(table, row, layout);
}

static void text_put_cell(struct out *out, const char *text, unsigned width)
{
	unsigned cells = format_width(text);

	out_fill(out, ' ', width > cells ? width - cells : 0);
	out_text(out, text);
	out_text(out, "  ");
}

static void text_put_location(struct out *out, const struct table *table,
			      const struct row *row)
{
	const char *more = "";
	char prefix[512];

	if (table->view.by == BY_TREE) {
		tree_prefix(row, TREE_LEVELS, false, prefix, sizeof(prefix));
		out_text(out, prefix);
	}
	if (row->folded)
		out_format(out, "%u frames of %s", row->folded,
			   family_name(family_of(&row->newest)));
	else
		out_place(out, row->key, row->newest.file ? row->newest.file : "",
			  row->newest.line);
	if (row->folded)
		more = "";
	else if (table->view.by == BY_FUNCTION)
		more = row->newest.module;
	else if (row->frames_length && row->newest.line)
		more = row->newest.function;
	if (*more) {
		out_text(out, "  ");
		out_safe(out, more);
	}
	if (table->view.by == BY_TREE && row->hidden)
		out_format(out, "  (%u more beneath)", row->hidden);
	out_text(out, "\n");
}

/* Writes the verdict in words, since the rows are ordered by it. */
static void put_growth_line(struct out *out, const struct row *row)
{
	struct growth_verdict verdict;
	char bytes[FORMAT_MAX], since[FORMAT_MAX];

	row_verdict(row, &verdict);
	format_size(verdict.bytes, true, bytes);
	out_format(out, "    %s", growth_word(verdict.word));
	if (verdict.since >= 0) {
		format_clock(verdict.since, since);
		out_format(out, ", %s and %+.0f blocks a minute since %s", bytes, verdict.blocks,
			   since);
	}
	out_format(out, ": %s\n", verdict.reason);
}

/* "    held by: static cache (worker.c) -> this row: ...", and how many more chains there
 * are. */
static void text_put_held(struct out *out, const struct held_index *index, const struct row *row)
{
	struct held held = { 0 };
	char text[4096];

	if (!held_find(&held, index, row, CHAINS))
		out->error = -ENOMEM;
	for (size_t i = 0; i < held.length; i++) {
		held_text(&held.of[i], text, sizeof(text));
		out_format(out, "    held by: %s\n", text);
	}
	if (held.chains > held.length)
		out_format(out, "    held by: (%" PRIu64 " more ways)\n", held.chains - held.length);
	held_free(&held);
}

static void put_rows(struct out *out, const struct table *table, const struct text_style *style)
{
	bool stacks = table->view.by == BY_TRACEBACK;
	struct held_index *index = stacks && held_known(table) ? held_index_new(table) : NULL;
	struct rows rows = text_rows_of(table);
	const struct row *row;
	struct layout layout;

	make_layout(table, &layout);
	for (unsigned c = 0; c < layout.length; c++)
		text_put_cell(out, layout.columns[c]->title, layout.widths[c]);
	out_text(out, "location\n");
	while (!out->error && (row = next_row(&rows))) {
		for (unsigned c = 0; c < layout.length; c++) {
			char cell[CELL_MAX];

			column_put(layout.columns[c], table, row, cell, sizeof(cell));
			text_put_cell(out, cell, layout.widths[c]);
		}
		text_put_location(out, table, row);
		if (table->view.sort == COLUMN_GROWTH)
			put_growth_line(out, row);
		if (stacks)
			text_stack(out, table, row, style);
		if (index)
			text_put_held(out, index, row);
	}
	held_index_free(index);
	if (tree_failed(table))
		out->error = -ENOMEM;
}

/* Of the rows that are shown, the one whose blocks pin the most pages; NULL: none
 * does. */
static const struct row *pins_most(const struct table *table)
{
	const struct row *most = NULL;

	for (size_t i = 0; table->view.by != BY_TREE && i < table->length; i++) {
		const struct row *row = table_row(table, i);

		if (row->look.pins > (most ? most->look.pins : 0))
			most = row;
	}
	return most;
}

/* "12.1 MiB of live blocks pin 310 MiB of pages; 67 % by worker.c:104". */
static void text_put_pins(struct out *out, const struct table *table)
{
	const struct row *most = pins_most(table);
	char live[FORMAT_MAX], pages[FORMAT_MAX], share[FORMAT_MAX];

	if (!table->look.pins)
		return;
	format_size((double)table->look.pinning, false, live);
	format_size((double)table->look.pins, false, pages);
	out_format(out, "%s of live blocks pin %s of pages", live, pages);
	if (most) {
		format_percent((double)most->look.pins, (double)table->look.pins, share);
		out_format(out, "; %s %% by ", share);
		out_safe(out, most->key);
	}
	out_text(out, "\n");
}

/* Says how much of it nobody holds, as a look at the heap found. */
static void text_put_look(struct out *out, const struct table *table)
{
	uint64_t blocks = look_unreachable_blocks(&table->look), ignored;
	char size[FORMAT_MAX], count[FORMAT_MAX], inside[FORMAT_MAX];

	if (table->now->look->arenas)
		text_put_arenas(out, table);
	if (table->now->look->sizes_alone)
		return;
	format_size((double)look_unreachable(&table->look), false, size);
	format_count(blocks, count);
	format_size((double)table->look.inside, false, inside);
	out_format(out, "unreachable: %s in %s block%s; held only by pointers to the inside: %s\n",
		   size, count, format_s(blocks), inside);
	if (earlier_is(table->now->catalog, &ignored) || table->now->totals.lost)
		out_text(out, "some blocks were not recorded: what may be held by one of them, or by "
			      "freed memory, counts as held\n");
	text_put_pins(out, table);
	if (!table->now->look->pause)
		out_text(out, "read while the program ran: what was changed, allocated or freed "
			      "meanwhile counts as held\n");
	if (!table->now->look->unread)
		return;
	format_size((double)table->now->look->unread, false, size);
	out_format(out, "%s of the program's memory could not be read, and may hold some of it\n",
		   size);
}

static void put_sum(struct out *out, const struct table *table)
{
	const struct figures *sum = &table->sum;
	char size[FORMAT_MAX], total[FORMAT_MAX], count[FORMAT_MAX], more[FORMAT_MAX];

	format_size((double)sum->size, false, size);
	format_count(sum->count, count);
	out_format(out, "\ntotal: %s%s in %s block%s", table->now->sample ? "~" : "", size, count,
		   format_s(sum->count));
	if (table->diff) {
		format_size((double)table->old_sum, false, size);
		format_count(table->old_count, count);
		format_size((double)table_size_diff(table), true, total);
		int64_t grown = table_count_diff(table);
		out_format(out, ", old %s in %s block%s, new minus old %s, %+" PRId64 " block%s\n",
			   size, count, format_s(table->old_count), total, grown,
			   grown == 1 || grown == -1 ? "" : "s");
		return;
	}
	if (!column_shown(column_get(COLUMN_TOTAL), table)) {
		out_text(out, "\n");
		text_put_look(out, table);
		return;
	}
	format_size((double)sum->total, false, total);
	format_count(sum->allocations, count);
	out_format(out, "; ever %s in %s allocation%s", total, count, format_s(sum->allocations));
	format_count(sum->temporary, more);
	if (column_known(column_get(COLUMN_TEMPORARY), table))
		out_format(out, ", %s temporary", more);
	out_text(out, "\n");
	if (table->now->look)
		text_put_look(out, table);
}

/* Says how many bytes may be in a wrong row, or in none, because frames are missing. */
static void text_put_cut(struct out *out, const struct table *table)
{
	struct figures sum = cuts_sum(table);
	char size[FORMAT_MAX], share[FORMAT_MAX], total[FORMAT_MAX], ever[FORMAT_MAX];
	const char *comma = ": ";

	if (!sum.total)
		return;
	format_size((double)sum.size, false, size);
	format_percent((double)sum.size, (double)table->sum.size, share);
	format_size((double)sum.total, false, total);
	format_percent((double)sum.total, (double)table->sum.total, ever);
	out_format(out, "of that on stacks that are cut: %s, %s %% of live bytes; ever %s, %s %%",
		   size, share, total, ever);
	for (unsigned i = 0; i < CUTS; i++) {
		if (!table->cut[i].total)
			continue;
		format_size((double)table->cut[i].total, false, total);
		out_format(out, "%s%s %s", comma, cut_word((enum cut)i), total);
		comma = ", ";
	}
	out_text(out, "\n");
}

/* Writes a separate row for what the program had allocated before memtop attached.
 * False: memtop was there from the start. */
static bool put_earlier(struct out *out, const char *which,
			const struct snapshot *snapshot)
{
	uint64_t bytes, frees = snapshot->totals.unknown_frees;
	char size[FORMAT_MAX] = "bytes not known";

	if (!earlier_is(snapshot->catalog, &bytes))
		return false;
	if (bytes != UINT64_MAX)
		format_size((double)bytes, false, size);
	out_format(out, "%sbefore attach: %s by the allocator's own count; %" PRIu64 " block%s of "
		   "these freed since\n", which, size, frees, format_s(frees));
	return true;
}

/* Writes how many frees ended a block that had been allocated where memtop does not see
 * it. */
static void put_unknown(struct out *out, const char *which, const struct snapshot *snapshot)
{
	char names[256];

	if (put_earlier(out, which, snapshot) || !snapshot->totals.unknown_frees)
		return;
	unknown_names(&snapshot->unknown, snapshot->catalog, names, sizeof names);
	out_format(out, "%sfrees of blocks whose allocation was not seen: %" PRIu64 " (by ", which,
		   snapshot->totals.unknown_frees);
	out_safe(out, names);
	out_text(out, ")\n");
}

static void put_loss(struct out *out, const char *which, const struct snapshot *snapshot,
		     uint64_t unresolved)
{
	const struct totals *totals = &snapshot->totals;
	char lost[LOSS_MAX], reasons[256];

	put_unknown(out, which, snapshot);
	loss_put_made(out, which, snapshot->catalog);
	if (!totals->lost && !totals->truncated && !unresolved)
		return;
	loss_text(totals, lost);
	cut_list(totals->cut, reasons, sizeof(reasons));
	out_format(out, "%s%s, truncated %" PRIu64 " stack%s%s%s%s", which, lost,
		   totals->truncated, format_s(totals->truncated), *reasons ? " (" : "", reasons,
		   *reasons ? ")" : "");
	out_format(out, ", unresolved %" PRIu64 " frame%s\n", unresolved, format_s(unresolved));
	if (*loss_bound(totals))
		out_format(out, "events were lost: %s\n", loss_bound(totals));
}

int text_table(const struct table *table, text_source source, void *user, struct sink *sink)
{
	struct text_style style = {.source = source, .user = user, .indent = 4,
				   .functions = true, .cuts = true};
	struct out out = {.sink = sink};

	text_put_head(&out, table);
	if (table->view.nested)
		text_put_holders(&out, table);
	else if (table->total_rows)
		put_rows(&out, table, &style);
	else
		out_text(&out, table->view.filters && table->view.filters->length
				       ? "nothing that the filters keep\n"
				       : "no allocation was seen\n");
	put_sum(&out, table);
	text_put_cut(&out, table);
	text_put_unnamed(&out, table);
	put_loss(&out, table->diff ? "new: " : "", table->now, table_unresolved(table, false));
	if (table->diff)
		put_loss(&out, "old: ", table->old, table_unresolved(table, true));
	return out_end(&out);
}

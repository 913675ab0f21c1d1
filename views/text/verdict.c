/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict as a table: a line for each limit, and under each broken one the lines of
 * the program that hold the most. */
#include "views/text/verdict.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/format/format.h"
#include "views/format/out.h"
#include "views/text/others.h"

#define NAME_CELLS 48u                  /* a wider name moves only its own line */

enum verdict_word verdict_word(const struct verdict *verdict)
{
	if (verdict->broken)
		return VERDICT_FAILED;
	if (*verdict->doubt)
		return VERDICT_UNKNOWN;
	return verdict->program->signal ? VERDICT_SIGNAL : VERDICT_PASSED;
}

const char *verdict_word_name(enum verdict_word word)
{
	static const char *const names[] = {"passed", "failed", "unknown", "signal"};

	return names[word];
}

static void amount(bool counts, uint64_t value, char text[FORMAT_MAX])
{
	if (counts)
		format_count(value, text);
	else
		format_size((double)value, false, text);
}

static void amount_of_lines(const struct verdict_limit *of, char was[FORMAT_MAX])
{
	if (!of->judged)
		snprintf(was, FORMAT_MAX, "?");
	else if (of->value)
		snprintf(was, FORMAT_MAX, "%" PRIu64 " line%s", of->value, format_s(of->value));
	else
		snprintf(was, FORMAT_MAX, "none");
}

static void amounts(const struct verdict_limit *of, char bound[FORMAT_MAX], char was[FORMAT_MAX])
{
	bool counts = limit_counts(of->limit->figure);

	if (of->limit->figure == LIMIT_LEAKING) {
		snprintf(bound, FORMAT_MAX, "none");
		amount_of_lines(of, was);
		return;
	}
	amount(counts, of->limit->bound, bound);
	amount(counts, of->value, was);
	if (verdict_unknown(of))
		snprintf(was, FORMAT_MAX, "?");
	if (!of->broken || of->value == of->limit->bound || strcmp(bound, was))
		return;
	snprintf(bound, FORMAT_MAX, "%" PRIu64 " B", of->limit->bound);
	snprintf(was, FORMAT_MAX, "%" PRIu64 " B", of->value);
}

void verdict_amounts(const struct verdict *verdict, const struct verdict_limit *of,
		     char at_most[VERDICT_AMOUNT_MAX], char was[VERDICT_AMOUNT_MAX])
{
	bool about = verdict->end && verdict->end->sample;
	char bound[FORMAT_MAX], figure[FORMAT_MAX];

	amounts(of, bound, figure);
	snprintf(at_most, VERDICT_AMOUNT_MAX, "%s%s", of->limit->below ? "< " : "", bound);
	snprintf(was, VERDICT_AMOUNT_MAX, "%s%s", about ? "~" : "", figure);
}

static void put_padded(struct out *out, const char *text, unsigned cells, bool right)
{
	unsigned width = format_width(text);
	size_t fill = width < cells ? cells - width : 0;

	if (right)
		out_fill(out, ' ', fill);
	out_text(out, text);
	if (!right)
		out_fill(out, ' ', fill);
}

static void verdict_put_place(struct out *out, const struct verdict_limit *of, const struct row *row)
{
	out_safe(out, row->key);
	if (row->frames_length == 1 && *row->newest.function && row->newest.line &&
	    of->lines->view.by == BY_LINENO) {
		out_text(out, " in ");
		out_safe(out, row->newest.function);
	}
}

/* Writes a line that leaks, and the evidence for it. */
static void put_leak(struct out *out, const struct verdict_limit *of, const struct row *row)
{
	char bytes[FORMAT_MAX], since[FORMAT_MAX];
	struct growth_verdict growth;

	row_verdict(row, &growth);
	format_size(growth.bytes, true, bytes);
	format_clock(growth.since, since);
	out_format(out, "      %s and %+.0f blocks a minute since %s at ", bytes, growth.blocks,
		   since);
	verdict_put_place(out, of, row);
	out_format(out, "\n        %s\n", growth.reason);
}

/* Writes what a row holds of the limit's figure or, against a baseline, how much more. */
static void put_line(struct out *out, const struct verdict_limit *of, const struct row *row)
{
	char size[FORMAT_MAX], count[FORMAT_MAX];
	uint64_t bytes = row->now.size, blocks = row->now.count;

	if (of->limit->figure == LIMIT_TOTAL || of->limit->figure == LIMIT_ALLOCS) {
		bytes = row->now.total;
		blocks = row->now.allocations;
	}
	format_size(of->lines->diff ? (double)row->size_diff : (double)bytes, of->lines->diff,
		    size);
	format_count(blocks, count);
	out_format(out, "      %s, %s block%s at ", size, count, format_s(blocks));
	verdict_put_place(out, of, row);
	out_text(out, "\n");
}

#define CALLERS_SHOWN 4u

/* Whether a frame is a caller to name: what called main says nothing. */
static bool is_caller(const struct row_frame *frame)
{
	return frame->line && family_of(frame) != FAMILY_START;
}

/* Writes how much of a line is unreachable, and which calls allocated one of its
 * blocks. */
static void put_lost(struct out *out, const struct verdict_limit *of, const struct row *row)
{
	uint64_t blocks = look_unreachable_blocks(&row->look);
	char size[FORMAT_MAX], count[FORMAT_MAX];
	struct row_frame frames[64];
	size_t n = table_stack(of->lines, row, frames, 64, NULL), at = 0, shown = 0;

	format_size((double)look_unreachable(&row->look), false, size);
	format_count(blocks, count);
	out_format(out, "      %s, %s block%s at ", size, count, format_s(blocks));
	verdict_put_place(out, of, row);
	out_text(out, "\n");
	while (at < n && (frames[at].line != row->newest.line ||
			  strcmp(frames[at].function, row->newest.function)))
		at++;
	for (at++; at < n && shown < CALLERS_SHOWN && is_caller(&frames[at]); at++, shown++) {
		out_text(out, shown ? ", " : "        called by ");
		out_safe(out, frames[at].function);
		out_text(out, " (");
		out_safe(out, frames[at].file);
		out_format(out, ":%u)", frames[at].line);
	}
	out_text(out, shown ? "\n" : "");
}

static void put_over(struct out *out, const struct verdict_over *over)
{
	char amount[FORMAT_MAX];

	format_size((double)over->value, false, amount);
	out_format(out, "      %10s  unreachable in process %d", amount,
		   (int)over->process->pid);
	if (over->process->argv && over->process->argc) {
		out_text(out, ", ");
		out_safe(out, over->process->argv[0]);
	}
	out_text(out, "\n");
}

void verdict_put_lines(struct out *out, const struct verdict_limit *of)
{
	for (size_t i = 0; of->lines && i < of->lines->length; i++) {
		const struct row *row = table_row(of->lines, i);

		if (of->limit->figure == LIMIT_LEAKING)
			put_leak(out, of, row);
		else if (of->limit->figure == LIMIT_UNREACHABLE)
			put_lost(out, of, row);
		else
			put_line(out, of, row);
	}
	if (of->lines && !of->lines->length)
		out_text(out, "      no line that --filter keeps\n");
	for (size_t i = 0; i < of->over_length; i++)
		put_over(out, &of->over[i]);
	if (of->over_others)
		out_format(out, "      and in %u other process%s\n", of->over_others,
			   of->over_others == 1 ? "" : "es");
}

/* Writes what could not be judged: lines without a clear verdict, and processes that
 * ended too soon. */
static void put_unjudged(struct out *out, const struct verdict_limit *of)
{
	if (of->undecided)
		out_format(out, " (%" PRIu64 " line%s undecided)", of->undecided,
			   of->undecided == 1 ? " is" : "s are");
	if (of->judged && of->unjudged && of->limit->figure == LIMIT_LEAKING)
		out_format(out, " (%u process%s too short-lived to judge)", of->unjudged,
			   of->unjudged == 1 ? " was" : "es were");
}

/* Writes which process the figure is of, if it is not the first one. */
static void verdict_put_process(struct out *out, const struct process *process)
{
	if (!process)
		return;
	out_format(out, " (process %d", (int)process->pid);
	if (process->argv && process->argc) {
		out_text(out, ", ");
		out_safe(out, process->argv[0]);
	}
	out_text(out, ")");
}

bool verdict_is_void(const struct verdict_limit *of)
{
	enum limit_figure figure = of->limit->figure;

	return of->limit->filter && !of->value && !of->broken && !verdict_unknown(of) &&
	       (figure == LIMIT_PEAK || figure == LIMIT_TOTAL || figure == LIMIT_ALLOCS);
}

void verdict_put_result(struct out *out, const struct verdict_limit *of)
{
	out_text(out, of->broken ? "BROKEN" : verdict_unknown(of) ? "unknown" : "ok");
	if (verdict_is_void(of))
		out_text(out, " (" VERDICT_VOID ")");
	if (!strcmp(of->moment, "finalize"))
		out_text(out, " (before the interpreter shut down)");
	verdict_put_process(out, of->process);
	put_unjudged(out, of);
}

static void verdict_put_limit(struct out *out, const struct verdict *verdict,
			      const struct verdict_limit *of, unsigned cells)
{
	char at_most[VERDICT_AMOUNT_MAX], was[VERDICT_AMOUNT_MAX], name[4 * sizeof(of->name)];

	verdict_amounts(verdict, of, at_most, was);
	format_safe(of->name, name, sizeof(name));
	out_text(out, "  ");
	put_padded(out, name, cells, false);
	put_padded(out, at_most, 14, true);
	put_padded(out, was, 14, true);
	out_text(out, "  ");
	verdict_put_result(out, of);
	out_text(out, "\n");
	verdict_put_lines(out, of);
}

static unsigned name_cells(const struct verdict *verdict)
{
	unsigned cells = 5;

	for (size_t i = 0; i < verdict->length; i++) {
		unsigned width = format_width(verdict->limits[i].name);

		if (width > cells)
			cells = width < NAME_CELLS ? width : NAME_CELLS;
	}
	return cells;
}

void verdict_put_suppressed(struct out *out, const struct verdict_suppressed *of)
{
	char peak[FORMAT_MAX];

	format_size((double)of->peak, false, peak);
	out_text(out, "suppressed [");
	out_safe(out, of->name);
	out_text(out, of->used ? "]: at most " : "]: unused, remove it");
	out_text(out, of->used ? peak : "");
	if (of->used) {
		out_text(out, ", ");
		out_safe(out, of->reason);
	}
}

/* A run may have no limits of its own, since the program can set ceilings itself
 * (memtop.h, pytest). */
static void verdict_put_header(struct out *out, const struct verdict *verdict,
			       unsigned cells)
{
	char peak[FORMAT_MAX];

	if (!verdict->length && verdict->end) {
		format_size((double)verdict->end->totals.peak_ever, false, peak);
		out_format(out, "  no limit was given; the peak was %s\n", peak);
		return;
	}
	out_text(out, "  ");
	put_padded(out, "limit", cells, false);
	put_padded(out, "at most", 14, true);
	put_padded(out, "was", 14, true);
	out_text(out, "\n");
}

/* Even if all limits held, the check has not succeeded if a signal ended the program. */
void verdict_put_word(struct out *out, const struct verdict *verdict)
{
	enum verdict_word word = verdict_word(verdict);

	if (word != VERDICT_SIGNAL)
		out_format(out, "check %s: ", verdict_word_name(word));
	else
		out_text(out, verdict->length ? "check: limits held, but " : "check: ");
	out_safe(out, verdict->program->argc ? verdict->program->argv[0] : "?");
	out_format(out, " %s", verdict->ending ? verdict->ending : "was not started");
}

int verdict_text(const struct verdict *verdict, struct sink *sink)
{
	struct out out = {.sink = sink};
	unsigned cells = name_cells(verdict);

	out_text(&out, "memtop: ");
	verdict_put_word(&out, verdict);
	out_text(&out, "\n");
	verdict_put_header(&out, verdict, cells);
	for (size_t i = 0; i < verdict->length; i++)
		verdict_put_limit(&out, verdict, &verdict->limits[i], cells);
	for (size_t i = 0; i < verdict->suppressed_length; i++) {
		out_text(&out, "  ");
		verdict_put_suppressed(&out, &verdict->suppressed[i]);
		out_text(&out, "\n");
	}
	if (*verdict->doubt) {
		out_text(&out, "memtop: these figures are incomplete: ");
		out_safe(&out, verdict->doubt);
		out_text(&out, "\n");
	}
	unfollowed_text(&out, verdict->program, UNFOLLOWED_SHOWN, "memtop:   ");
	return out_end(&out);
}

void verdict_clear(struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->length; i++) {
		table_free(verdict->limits[i].lines);
		free(verdict->limits[i].over);
	}
	verdict->length = 0;
	snapshot_release(verdict->end);
	verdict->end = NULL;
}

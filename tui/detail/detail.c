/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The paragraphs of a row.  Their texts are wrapped; if space is short, the last
 * paragraphs are left out, so the most informative ones come first.
 */
#include "tui/detail/detail.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "tui/detail/mark.h"
#include "tracer/heap/catalog/reuse.h"
#include "tui/detail/place.h"
#include "views/format/format.h"
#include "views/format/name.h"
#include "views/format/unnamed.h"
#include "views/held/arenas.h"
#include "views/held/examples.h"
#include "views/held/held.h"
#include "views/held/keeper.h"
#include "views/row/sum.h"
#include "views/table/table_members.h"

#define BESIDE 110u                     /* width from which the stack is beside the other
					 * paragraphs */
#define FRAMES 64u
#define TEXT_LINES 4u                   /* lines of a paragraph, at most, or half of what
					 * is left */

/* The frames of a row's heaviest stack, newest first. */
struct frames {
	struct row_frame of[FRAMES];
	size_t length, first;           /* first: the newest that is no wrapper and no
					 * library's */
	enum cut cut;
};

/* Draws into the area, from its first line on.  Returns how many lines it took. */
typedef unsigned paragraph(const struct detail *detail, const struct frames *frames,
			   struct canvas *canvas, struct area area);

/* Wraps a text, which ends in an ellipsis if not all of it fits. */
static unsigned put_wrapped(struct canvas *canvas, struct area area, uint32_t style,
			    bool ascii, const char *text)
{
	char part[512];
	unsigned lines = 0;
	unsigned share = area.height / 2 > TEXT_LINES ? area.height / 2 : TEXT_LINES;
	unsigned most = area.height < share ? area.height : share;
	for (; *text && lines < most && area.width; lines++) {
		size_t length = canvas_line_length(text, area.width);
		snprintf(part, sizeof part, "%.*s", (int)length, text);
		unsigned end = canvas_put(canvas, area.x, area.y + lines, area.width, style, part);
		text += length;
		text += strspn(text, " ");
		if (*text && lines + 1 == most)
			canvas_put(canvas, area.x + (end < area.width ? end : area.width - 1),
				   area.y + lines, 1, style, ascii ? ">" : "…");
	}
	return lines;
}

/* Appends to a sentence, if it fits. */
static void say(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void say(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text + length, size - length, format, arguments);
	va_end(arguments);
}

/* Copies the evidence without the doubt, which is a paragraph of its own. */
static void copy_evidence(const struct growth_verdict *verdict, char text[512])
{
	const char *doubt = growth_doubt(verdict->doubt);
	const char *end = *doubt ? strstr(verdict->reason, doubt) : NULL;
	snprintf(text, 512, "%.*s", end ? (int)(end - verdict->reason) - 2
					: (int)strlen(verdict->reason), verdict->reason);
}

/* Whether there is a paragraph of evidence.  For a row that grows it comes after what is
 * asked first: since when it grows, and who holds it. */
static bool has_evidence(const struct growth_verdict *verdict)
{
	return verdict->word >= GROWTH_TURNOVER && verdict->since >= 0 && verdict->bytes > 0;
}

/* "leaking, +341 KiB and +342 blocks a minute since 00:45:00" */
static unsigned draw_verdict(const struct detail *detail, const struct frames *frames,
			     struct canvas *canvas, struct area area)
{
	const struct growth_verdict *verdict = detail->verdict;
	char text[512] = "", bytes[FORMAT_MAX], since[FORMAT_MAX];
	(void)frames;
	/* Only tab 8 says that it is too early to say. */
	if (!verdict || (verdict->word == GROWTH_TOO_SHORT &&
			 column_layout(detail->table) != LAYOUT_GROWTH))
		return 0;
	if (detail->judged_at > 0) {
		format_clock(detail->judged_at, since);
		say(text, sizeof text, "judged at %s: ", since);
	}
	say(text, sizeof text, "%s", growth_word(verdict->word));
	if (verdict->since >= 0 && verdict->bytes > 0) {
		format_size(verdict->bytes, true, bytes);
		format_clock(verdict->since, since);
		say(text, sizeof text, ", %s and %+.0f blocks a minute %ssince %s", bytes,
		    verdict->blocks, growth_fades(verdict->word) ? "on average " : "", since);
		if (verdict->word == GROWTH_UNDECIDED || verdict->word == GROWTH_WARMING_UP)
			say(text, sizeof text, ", and more slowly now");
	}
	if (!has_evidence(verdict))
		say(text, sizeof text, ": %s", verdict->reason);
	canvas_put(canvas, area.x, area.y, 1, mark_style(verdict->word),
		   mark_text(verdict->word, detail->ascii));
	area.x += 2;
	area.width -= 2;
	return put_wrapped(canvas, area,
			verdict->word == GROWTH_LEAKING ? STYLE_GROWN : STYLE_TEXT,
			detail->ascii, text);
}

static unsigned draw_evidence(const struct detail *detail, const struct frames *frames,
			      struct canvas *canvas, struct area area)
{
	char text[512];
	(void)frames;
	if (!detail->verdict || !has_evidence(detail->verdict))
		return 0;
	copy_evidence(detail->verdict, text);
	return put_wrapped(canvas, area, STYLE_DIM, detail->ascii, text);
}

/* A look found more than half of the row's bytes unreachable. */
static bool is_lost(const struct row *row)
{
	return look_unreachable(&row->look) > row->now.size / 2;
}

/* Says of blocks that are lost why: whether a cycle is all that holds them. */
static unsigned draw_lost(const struct detail *detail, const struct frames *frames,
			  struct canvas *canvas, struct area area)
{
	const struct look_figures *look = &detail->row->look;
	bool python = detail->row->newest.lang == LANG_PYTHON;
	const char *text = "nothing points to most of these blocks any more: they are lost, and "
			   "not in a cache";
	(void)frames;
	if (!is_lost(detail->row))
		return 0;
	if (look->cycles > look_unreachable(look) / 2)
		text = python ? "a cycle: only blocks that hold each other hold most of these; "
				"Python frees them when it next collects, unless gc is off"
			      : "a cycle: only blocks that hold each other hold most of these; "
				"they are lost, and not in a cache";
	return put_wrapped(canvas, area, STYLE_WARNING, detail->ascii, text);
}

/* Says what else could look like a leak, and which key tells the difference. */
static unsigned draw_doubt(const struct detail *detail, const struct frames *frames,
			   struct canvas *canvas, struct area area)
{
	const struct growth_verdict *verdict = detail->verdict;
	char text[512] = "";
	(void)frames;
	if (!verdict || verdict->word < GROWTH_UNDECIDED || is_lost(detail->row))
		return 0;
	if (verdict->doubt == GROWTH_FILLS)
		say(text, sizeof text, verdict->word == GROWTH_LEAKING
			? "nothing freed so far, and the pace does not fall: a leak, or a cache that "
			  "is not full yet"
			: "nothing freed so far: it may be a cache that is not full yet");
	if (detail->live && !held_known(detail->table) && verdict->word == GROWTH_LEAKING)
		say(text, sizeof text, "%sH shows who holds it", *text ? "; " : "");
	return put_wrapped(canvas, area, STYLE_WARNING, detail->ascii, text);
}

/* "20.0 MiB in 20 480 blocks of 1024 B on average, 62.4 % of all; ..." */
static void add_held(const struct table *table, const struct row *row, char *text,
		     size_t size)
{
	char bytes[FORMAT_MAX], count[FORMAT_MAX], share[FORMAT_MAX];
	format_size((double)row->now.size, false, bytes);
	format_count(row->now.count, count);
	say(text, size, "%s in %s block%s", bytes, count, format_s(row->now.count));
	if (row->now.count > 1) {
		format_size((double)row->now.size / (double)row->now.count, false, bytes);
		say(text, size, " of %s on average", bytes);
	}
	format_percent((double)row->now.size, (double)table->sum.size, share);
	say(text, size, ", %s %% of what is shown", share);
	if (table->diff) {
		format_size((double)row->size_diff, true, bytes);
		format_count(row->count_diff < 0 ? 0 - (uint64_t)row->count_diff
						 : (uint64_t)row->count_diff, count);
		say(text, size, "; %s and %c%s blocks in the diff", bytes,
		    row->count_diff < 0 ? '-' : '+', count);
	}
}

static void add_ever(const struct table *table, const struct row *row, char *text,
		     size_t size)
{
	char bytes[FORMAT_MAX], count[FORMAT_MAX], share[FORMAT_MAX];
	format_size((double)row->now.total, false, bytes);
	format_count(row->now.allocations, count);
	say(text, size, "; ever allocated: %s in %s block%s", bytes, count,
	    format_s(row->now.allocations));
	if (row->now.allocations > row->now.count) {
		format_percent((double)(row->now.allocations - row->now.count),
			       (double)row->now.allocations, share);
		say(text, size, ", %s %% of them freed", share);
	} else if (row->now.allocations) {
		say(text, size, ", none of them freed");
	}
	if (column_known(column_get(COLUMN_PEAK), table) && row->peak != row->now.size) {
		format_size((double)row->peak, false, bytes);
		say(text, size, "; %s at the peak", bytes);
	}
}

static unsigned draw_figures(const struct detail *detail, const struct frames *frames,
			     struct canvas *canvas, struct area area)
{
	const struct row *row = detail->row;
	const struct table *table = detail->table;
	char text[512] = "", span[FORMAT_MAX];
	(void)frames;
	add_held(table, row, text, sizeof text);
	if (column_shown(column_get(COLUMN_TOTAL), table))
		add_ever(table, row, text, sizeof text);
	if (column_known(column_get(COLUMN_AGE), table) && !isnan(row->age)) {
		format_span(row->age, span);
		say(text, sizeof text, "; %s old on average", span);
		format_span(row->oldest, span);
		if (!isnan(row->oldest))
			say(text, sizeof text, ", the oldest %s", span);
	}
	return put_wrapped(canvas, area, STYLE_TEXT, detail->ascii, text);
}

/* Says why the row is only an offset in a module, and what helps. */
static unsigned draw_unnamed(const struct detail *detail, const struct frames *frames,
			     struct canvas *canvas, struct area area)
{
	const struct row *row = detail->row;
	char text[512] = "";
	(void)frames;
	if (!row->frames_length || !row->newest.unresolved || !*row->newest.module)
		return 0;
	say(text, sizeof text, "its function has no name: %s",
	    unnamed_why(detail->table->now->catalog, row->newest.module));
	if (detail->table->view.by == BY_LINENO)
		say(text, sizeof text, "; t tells who calls it");
	return put_wrapped(canvas, area, STYLE_DIM, detail->ascii, text);
}

/* Draws the type.  The history tells stacks apart, not types. */
static unsigned draw_type(const struct detail *detail, const struct frames *frames,
			  struct canvas *canvas, struct area area)
{
	(void)frames;
	if (detail->table->view.by != BY_TYPE || !table_has_members(detail->table))
		return 0;
	return put_wrapped(canvas, area, STYLE_DIM, detail->ascii,
			   table_member_told(detail->table, detail->row)
				   ? "curve, rate and mark come from stacks that hold hardly anything else"
				   : "no curve, rate or mark: its stacks hold blocks of other types too, "
				     "and the history keeps only stacks");
}

static unsigned draw_arena(const struct detail *detail, const struct frames *frames,
			   struct canvas *canvas, struct area area)
{
	const struct look_arena *arena = arena_of_row(detail->table, detail->row);
	char text[512];

	(void)frames;
	if (!arena)
		return 0;
	arena_text(arena, text, sizeof text);
	return put_wrapped(canvas, area, STYLE_TEXT, detail->ascii, text);
}

/* "for example at 0x55d0c0de10 (48 B, nobody holds it)": what a debugger can be told. */
static unsigned draw_examples(const struct detail *detail, const struct frames *frames,
			      struct canvas *canvas, struct area area)
{
	struct examples *examples = examples_new(detail->table, detail->row);
	char text[512] = "";
	(void)frames;
	if (examples)
		examples_text(examples, detail->row, text, sizeof text);
	examples_free(examples);
	return put_wrapped(canvas, area, STYLE_DIM, detail->ascii, text);
}

#define CHAINS 3u                       /* chains of holders, at most */

/* "held by static cache (worker.c) -> ... -> this row: 1.2 GiB in 1 300 000 blocks". */
static unsigned draw_holders(const struct detail *detail, const struct frames *frames,
			     struct canvas *canvas, struct area area)
{
	struct held held = { 0 };
	char text[1024] = "held by ";
	unsigned lines = 0;
	(void)frames;
	if (!held_known(detail->table))
		return 0;
	struct held_index *index = held_index_new(detail->table);
	bool found = index && held_find(&held, index, detail->row, CHAINS);
	for (size_t i = 0; found && i < held.length && lines < area.height; i++) {
		struct area rest = { area.x, area.y + lines, area.width, area.height - lines };
		size_t before = strlen("held by ");
		held_text(&held.of[i], text + before, sizeof text - before);
		lines += put_wrapped(canvas, rest, STYLE_TEXT, detail->ascii, text);
	}
	if (held.chains > held.length && held.length && lines < area.height)
		canvas_printf(canvas, area.x, area.y + lines++, area.width, STYLE_DIM,
			      "(and in %llu more ways)",
			      (unsigned long long)(held.chains - held.length));
	held_free(&held);
	held_index_free(index);
	return lines;
}

/* Says which row, or which root, several rows have as their only holder: they look like
 * several leaks, and are one. */
static unsigned draw_keeper(const struct detail *detail, const struct frames *frames,
			    struct canvas *canvas, struct area area)
{
	struct keeper keeper;
	char text[HELD_NAME + 256] = "", others[FORMAT_MAX];
	(void)frames;
	if (!keeper_find(detail->table, detail->row, &keeper))
		return 0;
	format_size((double)keeper.others, false, others);
	if (keeper.row)
		say(text, sizeof text, "hangs from the row of %s: without that row's blocks these "
		    "would be freed, so the two have one cause", keeper.name);
	else if (keeper.others)
		say(text, sizeof text, "%s alone keeps these alive, and %s of other rows: look for "
		    "one cause", keeper.name, others);
	return put_wrapped(canvas, area, STYLE_TEXT, detail->ascii, text);
}

#define REUSED_FROM 0.5                 /* as for verdicts, share/doc/GROWTH.md */

/* Says when a Python row may be named by another line than the one that keeps its
 * blocks. */
static unsigned draw_reused(const struct detail *detail, const struct frames *frames,
			    struct canvas *canvas, struct area area)
{
	const struct growth_verdict *verdict = detail->verdict;
	const struct row *row = detail->row;
	bool known = held_known(detail->table);
	bool doubted = verdict && verdict->word >= GROWTH_UNDECIDED &&
		       verdict->doubt == GROWTH_REUSED;
	char text[512] = "";
	(void)frames;
	if (!doubted && !(known && row->newest.lang == LANG_PYTHON &&
			  reuse_is(detail->table->now->catalog) && row_freed(row) >= REUSED_FROM))
		return 0;
	say(text, sizeof text, "named by the line that first made them: Python before 3.13 reuses "
	    "freed lists, dicts, tuples and floats unseen, so another line may keep these%s",
	    known ? " (as the holders say)" : detail->live ? "; H shows who holds them" : "");
	return put_wrapped(canvas, area, STYLE_WARNING, detail->ascii, text);
}

static unsigned draw_context(const struct detail *detail, const struct frames *frames,
			     struct canvas *canvas, struct area area)
{
	unsigned around = area.height >= 10 ? 2 : area.height >= 4;
	if (frames->first == frames->length)
		return 0;
	return source_draw(detail->source, &frames->of[frames->first], around, canvas,
			   area);
}

static void detail_draw_frame(const struct row_frame *frame, size_t number, bool ascii,
		       struct canvas *canvas, struct area line)
{
	char safe[16384], text[4096];
	unsigned x = canvas_printf(canvas, line.x, line.y, line.width, STYLE_DIM, "%2zu ",
				   number);
	unsigned room = line.width > x ? line.width - x : 0, name = room * 2 / 5;
	format_safe(frame->function, safe, sizeof safe);
	format_name(safe, name, ascii, text, sizeof text);
	canvas_put(canvas, line.x + x, line.y, name, STYLE_FUNCTION, text);
	x += name + 1;
	snprintf(text, sizeof text, "%.3800s:%u", frame->file, frame->line);
	format_safe(frame->line ? text : frame->file, safe, sizeof safe);
	if (line.width <= x)
		return;
	line.x += x;
	line.width = place_draw(canvas, line.x, line.y, line.width - x, ascii, safe);
	if (frame->line)
		canvas_link(canvas, line, frame->file, frame->line);
}

/* Draws the stack from the newest frame that is the program's own.  The newer frames, and
 * each run of a library's frames, take one line. */
static unsigned draw_stack(const struct detail *detail, const struct frames *frames,
			   struct canvas *canvas, struct area area)
{
	size_t i = frames->first < frames->length ? frames->first : 0, count;
	unsigned y = 0;
	if (!frames->length)
		return 0;
	for (; i < frames->length && y < area.height; i += count, y++) {
		struct area line = {area.x, area.y + y, area.width, 1};
		enum frame_family family;
		count = family_run(&frames->of[i], frames->length - i, &family);
		if (y + 1 == area.height && i + count < frames->length) {
			canvas_printf(canvas, line.x, line.y, line.width, STYLE_DIM,
				      "%zu more: Enter shows them", frames->length - i);
			return y + 1;
		}
		if (family)
			fold_draw(count, family, false, detail->ascii, canvas, line);
		else
			detail_draw_frame(&frames->of[i], i, detail->ascii, canvas, line);
	}
	if (frames->first && frames->first < frames->length && y < area.height)
		canvas_printf(canvas, area.x, area.y + y++, area.width, STYLE_DIM,
			      "(%zu newer frame%s, of libraries, left out)", frames->first,
			      format_s(frames->first));
	if (frames->cut != CUT_NONE && y < area.height)
		canvas_printf(canvas, area.x, area.y + y++, area.width, STYLE_WARNING,
			      "(%s)", cut_text(frames->cut));
	return y;
}

/* The paragraphs in the order in which they get space.  Add new ones here. */
static paragraph *const paragraphs[] = {draw_verdict, draw_lost, draw_doubt, draw_reused,
					draw_holders, draw_keeper, draw_figures,
					draw_unnamed, draw_type, draw_arena,
					draw_examples, draw_context};

static void find_frames(const struct detail *detail, struct frames *frames)
{
	frames->length = table_stack(detail->table, detail->row, frames->of, FRAMES,
				     &frames->cut);
	frames->first = 0;
	while (frames->first < frames->length && family_of(&frames->of[frames->first]))
		frames->first++;
	/* A stack of only library frames begins with the frame that names the row. */
	for (size_t i = 0; frames->first == frames->length && i < frames->length; i++)
		if (!frames->of[i].wrapper)
			frames->first = i;
}

/* Whether the row's blocks have other stacks than the one that is shown. */
static bool has_several(const struct detail *detail)
{
	return detail->table->view.by != BY_TRACEBACK;
}

/* Draws the row's name in full, which the table may have shortened. */
static void draw_title(const struct detail *detail, struct canvas *canvas, struct area area)
{
	const struct row *row = detail->row;
	char safe[16384], fitted[2048], name[1024];
	bool beside = has_several(detail) && area.width >= BESIDE;
	const char *whose = beside ? "its heaviest stack " : "";
	unsigned right = (unsigned)strlen(whose), x = 1;
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	format_safe(row->key, safe, sizeof safe);
	unsigned room = area.width > right + 2 ? area.width - right - 2 : 0;
	place_fit(safe, room, detail->ascii, fitted, sizeof fitted);
	x += canvas_put(canvas, area.x + x, area.y, room, STYLE_COLUMN_SORTED, fitted) + 2;
	if (row->frames_length && row->newest.line && x + 12 < room) {
		format_safe(row->newest.function, safe, sizeof safe);
		format_name(safe, room - x, detail->ascii, name, sizeof name);
		canvas_put(canvas, area.x + x, area.y, room - x, STYLE_COLUMN, name);
	}
	canvas_put_right(canvas, area.x, area.y, area.width - 1, STYLE_COLUMN, whose);
}

void detail_draw(const struct detail *detail, struct canvas *canvas, struct area area)
{
	struct frames frames;
	bool beside = area.width >= BESIDE;
	find_frames(detail, &frames);
	draw_title(detail, canvas, area);
	struct area left = {area.x + 1, area.y + 1, area.width - 2, area.height - 1};
	struct area right = left;
	if (beside) {
		left.width = area.width / 2 - 2;
		right.x = area.x + area.width / 2 + 1;
		right.width = area.width - area.width / 2 - 2;
	}
	size_t n = sizeof paragraphs / sizeof *paragraphs;
	for (size_t i = 0; i < n && left.height; i++) {
		unsigned taken = paragraphs[i](detail, &frames, canvas, left);
		left.y += taken;
		left.height -= taken;
	}
	if (!beside && has_several(detail) && left.height > 3 && frames.length) {
		canvas_put(canvas, left.x, left.y++, left.width, STYLE_DIM, "its heaviest stack:");
		left.height--;
	}
	if (beside) {
		draw_evidence(detail, &frames, canvas, left);
		draw_stack(detail, &frames, canvas, right);
		return;
	}
	unsigned taken = draw_stack(detail, &frames, canvas, left);
	left.y += taken;
	left.height -= taken;
	draw_evidence(detail, &frames, canvas, left);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A flame graph in one SVG file, with the oldest frames on top.  Stacks are sorted by the
 * names of their frames, so that those with a common beginning are neighbours; then they
 * are walked once, and each common part of neighbours becomes a box.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/export/flamegraph_page.h"
#include "tracer/ground/finder.h"
#include "views/export/stacks.h"
#include "views/export/writers.h"
#include "views/format/format.h"
#include "views/format/out.h"
#include "views/row/sum.h"
#include "tracer/ground/utf8.h"

/* Boxes smaller than 1/10000 of the whole are left out. */
#define LEAST_SHARE 10000u
#define DEEPEST 1000u                   /* rows of boxes, at most */
#define CELL 7.25                       /* width of a character in pixels */

struct flame_box {
	uint32_t frame;
	uint64_t start;                 /* the sum of all stacks to the left of it */
};

struct flame {
	struct out out;
	const struct column *weight;
	struct stacks stacks;
	char **names;                   /* by frame, with the place in code */
	uint32_t *ranks;                /* by frame: place in the order of names */
	struct flame_box *open;         /* by depth */
	uint64_t total;
	size_t rows;                    /* number of rows of boxes */
	size_t left_out;                /* boxes too narrow or too deep to be drawn */
};

static int compare_frames(const void *a, const void *b, void *user)
{
	const struct flame *flame = user;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	int order = strcmp(flame->names[i], flame->names[j]);

	return order ? order
		     : strcmp(flame->stacks.frames[i].file, flame->stacks.frames[j].file);
}

/* Frames with equal names, lines and files get the same rank, even if they differ
 * otherwise. */
static bool flamegraph_rank_frames(struct flame *flame)
{
	size_t length = flame->stacks.frames_length;
	uint32_t *order = malloc((length + 1) * sizeof(*order));

	flame->ranks = malloc((length + 1) * sizeof(*flame->ranks));
	if (!order || !flame->ranks) {
		free(order);
		return false;
	}
	for (size_t i = 0; i < length; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, length, sizeof(*order), compare_frames, flame);
	for (size_t i = 0; i < length; i++) {
		bool same = i && !compare_frames(&order[i - 1], &order[i], flame);

		flame->ranks[order[i]] = same ? flame->ranks[order[i - 1]] : (uint32_t)i;
	}
	free(order);
	return true;
}

static uint32_t rank_at(const struct flame *flame, const struct stack *stack, size_t depth)
{
	return flame->ranks[stacks_oldest(&flame->stacks, stack, depth)];
}

static int compare_stacks(const void *a, const void *b, void *user)
{
	const struct flame *flame = user;
	const struct stack *s = a, *t = b;

	for (size_t i = 0; i < s->depth && i < t->depth; i++) {
		uint32_t r = rank_at(flame, s, i), q = rank_at(flame, t, i);

		if (r != q)
			return r < q ? -1 : 1;
	}
	return (s->depth > t->depth) - (s->depth < t->depth);
}

/* Writes text into the markup.  Characters that XML forbids have been replaced by escapes
 * before. */
static void flamegraph_put_text(struct out *out, const char *text, size_t length)
{
	static const char special[] = "<>&\"'";
	static const char *const entities[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};

	while (length) {
		const char *found = strchr(special, *text);
		uint32_t code;
		size_t n = utf8_decode(text, length, &code);

		if (found && *text)
			out_text(out, entities[found - special]);
		else if (code == 0xfffe || code == 0xffff)
			out_format(out, "\\u%04x", (unsigned)code);
		else
			out_bytes(out, text, n);
		text += n;
		length -= n;
	}
}

/* Writes as much of the beginning of a name as fits into this many pixels. */
static void put_label(struct out *out, const char *name, double width)
{
	size_t length = strlen(name), n = 0, at = 0, kept = 0;
	size_t room = width < 6 ? 0 : (size_t)((width - 6) / CELL);
	uint32_t code;

	while (at < length && n <= room) {
		if (n + 2 <= room)
			kept = at;
		at += utf8_decode(name + at, length - at, &code);
		n++;
	}
	if (n <= room) {
		flamegraph_put_text(out, name, length);
	} else if (room > 2) {
		flamegraph_put_text(out, name, kept);
		out_text(out, "..");
	}
}

static void put_value(struct flame *flame, uint64_t value)
{
	char text[FORMAT_MAX];

	if (flame->weight->bytes)
		format_size((double)value, false, text);
	else
		format_count(value, text);
	out_text(&flame->out, text);
}

/* Chooses a colour for a module or a shade for a name, by a hash, so that they are the
 * same in all pictures. */
static unsigned flamegraph_choose(const char *text, unsigned choices)
{
	uint64_t sum = 0;

	for (; *text; text++)
		sum = sum * 131 + (unsigned char)*text;
	return hash_mix(sum, 1) % choices;
}

static void put_box(struct flame *flame, const char *class, const char *name,
		    const char *module, struct flame_box box, uint64_t value, size_t row)
{
	struct out *out = &flame->out;
	double scale = (FLAME_WIDTH - 2 * FLAME_LEFT) / (double)flame->total;
	double x = FLAME_LEFT + (double)box.start * scale, width = (double)value * scale;
	size_t y = FLAME_TOP + row * FLAME_ROW;
	char share[FORMAT_MAX];

	format_percent((double)value, (double)flame->total, share);
	out_format(out, "<g class=\"box %s\" data-s=\"%" PRIu64 "\" data-v=\"%" PRIu64 "\"><title>",
		   class, box.start, value);
	flamegraph_put_text(out, name, strlen(name));
	out_text(out, "\n");
	put_value(flame, value);
	out_text(out, " (");
	flamegraph_put_text(out, share, strlen(share));
	out_text(out, " %)");
	if (*module) {
		out_text(out, "\n");
		flamegraph_put_text(out, module, strlen(module));
	}
	out_format(out, "</title><rect x=\"%.2f\" y=\"%zu\" width=\"%.2f\" height=\"%d\"/>"
		   "<text x=\"%.2f\" y=\"%zu\">", x, y, width > 0.6 ? width - 0.5 : 0.1,
		   FLAME_ROW - 1, x + 3, y + 13);
	put_label(out, name, width);
	out_text(out, "</text></g>\n");
}

/* Ends the box from box.start at `end`; without `draw` the box is only counted. */
static void close_box(struct flame *flame, size_t depth, uint64_t end, bool draw)
{
	struct flame_box box = flame->open[depth];
	const struct row_frame *frame = &flame->stacks.frames[box.frame];
	uint64_t value = end - box.start;
	char class[32], module[512];

	if (value < flame->total / LEAST_SHARE || depth >= DEEPEST) {
		flame->left_out += !draw;
		return;
	}
	if (depth + 1 > flame->rows)
		flame->rows = depth + 1;
	if (!draw)
		return;
	snprintf(class, sizeof(class), "c%u s%u",
		 flamegraph_choose(frame->module, FLAME_COLOURS),
		 flamegraph_choose(flame->names[box.frame], FLAME_SHADES));
	format_safe(frame->module, module, sizeof(module));
	put_box(flame, class, flame->names[box.frame], module, box, value, depth + 1);
}

static void flamegraph_walk(struct flame *flame, bool draw)
{
	const struct stack *before = NULL;
	uint64_t sum = 0;

	for (size_t i = 0; i < flame->stacks.length && !flame->out.error; i++) {
		const struct stack *stack = &flame->stacks.items[i];
		uint64_t value = export_value(flame->weight, stack);
		size_t same = 0;

		if (!value)
			continue;
		while (before && same < before->depth && same < stack->depth &&
		       rank_at(flame, before, same) == rank_at(flame, stack, same))
			same++;
		for (size_t n = before ? before->depth : 0; n > same;)
			close_box(flame, --n, sum, draw);
		for (size_t n = same; n < stack->depth; n++)
			flame->open[n] = (struct flame_box){
				stacks_oldest(&flame->stacks, stack, n), sum};
		before = stack;
		figure_add(&sum, value);
	}
	for (size_t n = before ? before->depth : 0; n;)
		close_box(flame, --n, sum, draw);
}

static void flamegraph_put_title(struct flame *flame,
				 const struct export_request *request)
{
	const struct program *program = request->now.program;
	const struct snapshot *snapshot = request->table->now;
	char name[512] = "memtop", moment[256], number[32];

	if (program && program->argc && program->argv)
		format_safe(program->argv[0], name, sizeof(name));
	snprintf(number, sizeof(number), "snapshot %u", snapshot->number);
	format_safe(*snapshot->name ? snapshot->name : number, moment, sizeof(moment));
	flamegraph_put_text(&flame->out, name, strlen(name));
	out_text(&flame->out, ", ");
	flamegraph_put_text(&flame->out, moment, strlen(moment));
	out_format(&flame->out, ": %s ", flame->weight->weight);
	put_value(flame, flame->total);
}

static void flamegraph_put_head(struct flame *flame, const struct export_request *request)
{
	struct out *out = &flame->out;
	size_t height = FLAME_TOP + (flame->rows + 1) * FLAME_ROW + 10;

	out_format(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" "
		   "viewBox=\"0 0 %d %zu\" data-left=\"%d\" data-width=\"%d\" "
		   "data-total=\"%" PRIu64 "\">\n<style>\n", FLAME_WIDTH, height, FLAME_WIDTH,
		   height, FLAME_LEFT, FLAME_WIDTH - 2 * FLAME_LEFT, flame->total);
	out_text(out, flame_style);
	out_text(out, "</style>\n<text id=\"title\" x=\"10\" y=\"22\">");
	flamegraph_put_title(flame, request);
	out_text(out, "</text>\n<text id=\"info\" x=\"10\" y=\"44\">"
		 "Callers above, callees below. Click a box to zoom, / to search, Esc to undo.");
	if (flame->left_out)
		out_format(out, " %zu boxes are too small to draw.", flame->left_out);
	out_format(out, "</text>\n<text id=\"reset\" class=\"gone\" x=\"740\" y=\"22\">"
		   "zoom out</text>\n<text id=\"found\" x=\"815\" y=\"22\"></text>\n"
		   "<foreignObject x=\"%d\" y=\"6\" width=\"240\" height=\"26\">"
		   "<input xmlns=\"http://www.w3.org/1999/xhtml\" id=\"search\" type=\"search\" "
		   "placeholder=\"search\" aria-label=\"search\"/></foreignObject>\n",
		   FLAME_WIDTH - FLAME_LEFT - 240);
}

static void put_picture(struct flame *flame, const struct export_request *request)
{
	char all[64] = "everything";

	flamegraph_walk(flame, false);
	flamegraph_put_head(flame, request);
	if (flame->total) {
		put_box(flame, "all", all, "", (struct flame_box){0, 0}, flame->total, 0);
		flamegraph_walk(flame, true);
	} else {
		out_format(&flame->out, "<text x=\"10\" y=\"%d\">Nothing: 0 %s.</text>\n",
			   FLAME_TOP + 13, flame->weight->weight);
	}
	out_text(&flame->out, "<script><![CDATA[\n");
	out_text(&flame->out, flame_script);
	out_text(&flame->out, "]]></script>\n</svg>\n");
}

/* Sorts the stacks and finds the names.  False: out of memory. */
static bool flamegraph_prepare(struct flame *flame, const struct table *table)
{
	size_t deepest = 0;

	if (!stacks_read(&flame->stacks, table))
		return false;
	flame->names = stacks_names(&flame->stacks);
	if (!flame->names || !flamegraph_rank_frames(flame))
		return false;
	qsort_r(flame->stacks.items, flame->stacks.length, sizeof(struct stack),
		compare_stacks, flame);
	for (size_t i = 0; i < flame->stacks.length; i++) {
		const struct stack *stack = &flame->stacks.items[i];

		deepest = stack->depth > deepest ? stack->depth : deepest;
		figure_add(&flame->total, export_value(flame->weight, stack));
	}
	flame->open = malloc((deepest + 1) * sizeof(*flame->open));
	return flame->open;
}

int write_flamegraph(const struct export_request *request, struct sink *sink,
		     char problem[256])
{
	struct flame flame = {.out = {.sink = sink},
			      .weight = export_weight(request->table->view.sort)};
	int error = -ENOMEM;

	(void)problem;
	if (flamegraph_prepare(&flame, request->table)) {
		put_picture(&flame, request);
		error = out_end(&flame.out);
	}
	stacks_names_free(flame.names, flame.stacks.frames_length);
	stacks_free(&flame.stacks);
	free(flame.ranks);
	free(flame.open);
	return error;
}

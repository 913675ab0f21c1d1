/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stacks as Traceback.format() prints them, most recent call last. */
#include <stdlib.h>
#include <string.h>
#include "views/table/cuts.h"
#include "views/text/text_parts.h"

/* Reads a source line, without the spaces around it.  False: there is none to show. */
static bool source_line(const struct text_style *style, const struct row_frame *frame,
			char *line, size_t size, const char **text)
{
	size_t length;

	if (!style->source || !frame->line ||
	    style->source(style->user, frame->file, frame->line, line, size) < 0)
		return false;
	line[size - 1] = '\0';
	*text = line + strspn(line, " \t\n\v\f\r");
	length = strlen(*text);
	while (length && strchr(" \t\n\v\f\r", (*text)[length - 1]))
		length--;
	line[*text - line + (ptrdiff_t)length] = '\0';
	return length;
}

static void put_place(struct out *out, const struct row_frame *frame, bool functions)
{
	bool bare = !lang_has_line(frame->lang, frame->line) && *frame->function;

	out_text(out, bare && functions ? "  Module \"" : "  File \"");
	if (functions)
		out_place(out, frame->file, frame->file, frame->line);
	else
		out_safe(out, frame->file);
	if (bare && !functions) {
		out_text(out, "!");
		out_safe(out, frame->function);
	}
	out_text(out, "\"");
	if (!bare || !functions)
		out_format(out, ", line %u", frame->line);
	if (functions && *frame->function) {
		out_text(out, ", in ");
		out_safe(out, frame->function);
	}
	out_text(out, "\n");
}

/* Writes "(older frames missing: JIT code)" at the place where they would be. */
static void text_stack_put_cut(struct out *out, const struct text_style *style,
			       enum cut cut)
{
	if (!style->cuts || cut == CUT_NONE)
		return;
	out_fill(out, ' ', style->indent);
	out_format(out, "  (%s)\n", cut_text(cut));
}

void text_stack(struct out *out, const struct table *table, const struct row *row,
		const struct text_style *style)
{
	size_t n = row->frames_length;
	struct row_frame *frames = malloc((n + 1) * sizeof(*frames));
	char line[1024];
	const char *text;

	if (!frames) {
		out_text(out, "  (out of memory)\n");
		return;
	}
	enum cut cut = cuts_why(table, row);
	bool shortened = table->view.frames && n == table->view.frames;

	n = table_frames(table, row, frames, n);
	if (cut != CUT_FULL && !shortened)
		text_stack_put_cut(out, style, cut);
	while (n--) {
		out_fill(out, ' ', style->indent);
		put_place(out, &frames[n], style->functions);
		if (!source_line(style, &frames[n], line, sizeof(line), &text))
			continue;
		out_fill(out, ' ', style->indent + 4);
		out_safe(out, text);
		out_text(out, "\n");
	}
	if (cut == CUT_FULL)
		text_stack_put_cut(out, style, cut);
	free(frames);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check's verdict in GitHub's and GitLab's Markdown, for a pull request: the table, and
 * folded under each broken limit the places in code.  Texts from the program are written
 * only as code, where none of their characters is markup.
 */
#include <stdio.h>
#include <string.h>
#include "views/export/export.h"
#include "views/export/markup.h"

/* The longest run of backquotes: a code span or block is fenced by more of them. */
static size_t longest_run(const char *text)
{
	size_t most = 0;

	while (*text) {
		size_t run = strspn(text, "`");

		most = run > most ? run : most;
		text += run ? run : 1;
	}
	return most;
}

/* Writes a code span, in which characters that steer a terminal are made visible.  In a
 * table, | ends a cell even in code, unless a backslash precedes it. */
static void put_code(struct out *out, const char *name, bool in_table)
{
	char text[1024];

	format_safe(name, text, sizeof text);
	size_t fence = longest_run(text) + 1;
	const char *space = fence > 1 ? " " : "";

	out_fill(out, '`', fence);
	out_text(out, space);
	for (const char *c = text; *c; c++) {
		if (*c == '|' && in_table)
			out_text(out, "\\");
		out_bytes(out, c, 1);
	}
	out_text(out, space);
	out_fill(out, '`', fence);
}

/* Keeps the text that a writer makes as a string, cut where the array ends. */
struct kept_text {
	size_t length;
	char text[16384];
};

static int kept_text_write(void *user, const char *bytes, size_t length)
{
	struct kept_text *kept = user;
	size_t room = sizeof kept->text - 1 - kept->length;

	length = length < room ? length : room;
	memcpy(kept->text + kept->length, bytes, length);
	kept->length += length;
	kept->text[kept->length] = '\0';
	return 0;
}

static void keep_lines(const struct verdict_limit *of, struct kept_text *kept)
{
	struct sink sink = { .write = kept_text_write, .user = kept };
	struct out out = { .sink = &sink };

	kept->length = 0;
	kept->text[0] = '\0';
	verdict_put_lines(&out, of);
	out_end(&out);
}

static void put_places(struct out *out, const struct verdict_limit *of)
{
	struct kept_text kept;
	size_t fence;

	keep_lines(of, &kept);
	if (!kept.length)
		return;
	fence = longest_run(kept.text) + 1;
	fence = fence > 3 ? fence : 3;
	out_text(out, "\n<details open><summary>Broken: <code>");
	markup_safe(out, of->name);
	out_text(out, "</code></summary>\n\n");
	out_fill(out, '`', fence);
	out_text(out, "\n");
	out_text(out, kept.text);
	if (kept.text[kept.length - 1] != '\n')
		out_text(out, "\n");
	out_fill(out, '`', fence);
	out_text(out, "\n\n</details>\n");
}

static void markdown_put_limit(struct out *out, const struct verdict *verdict,
			       const struct verdict_limit *of)
{
	char at_most[VERDICT_AMOUNT_MAX], was[VERDICT_AMOUNT_MAX];

	verdict_amounts(verdict, of, at_most, was);
	out_text(out, "| ");
	put_code(out, of->name, true);
	out_format(out, " | %s%s | %s | ", of->limit->below ? "&lt; " : "",
		   at_most + (of->limit->below ? 2 : 0), was);
	out_text(out, of->broken ? ":x: broken" :
		      verdict_unknown(of) ? ":question: unknown" : ":white_check_mark: ok");
	if (verdict_is_void(of))
		out_text(out, " (" VERDICT_VOID ")");
	if (of->process)
		out_format(out, " (process %d)", (int)of->process->pid);
	out_text(out, " |\n");
}

static void put_heading(struct out *out, const struct verdict *verdict)
{
	static const char *const words[] = {
		[VERDICT_PASSED] = ":white_check_mark: memtop check passed: ",
		[VERDICT_FAILED] = ":x: memtop check failed: ",
		[VERDICT_UNKNOWN] = ":question: memtop check unknown: ",
		[VERDICT_SIGNAL] = ":x: memtop check: limits held, but ",
	};
	const struct program *program = verdict->program;

	out_text(out, "### ");
	out_text(out, words[verdict_word(verdict)]);
	put_code(out, program->argc ? program->argv[0] : "?", false);
	out_format(out, " %s\n\n", verdict->ending ? verdict->ending : "was not started");
}

static void put_suppressions(struct out *out, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->suppressed_length; i++) {
		const struct verdict_suppressed *of = &verdict->suppressed[i];
		char peak[FORMAT_MAX];

		format_size((double)of->peak, false, peak);
		out_text(out, i ? "- suppressed " : "\n- suppressed ");
		put_code(out, of->name, false);
		if (of->used) {
			out_format(out, ": at most %s, ", peak);
			put_code(out, of->reason, false);
		} else {
			out_text(out, ": unused, remove it");
		}
		out_text(out, "\n");
	}
}

int export_verdict_markdown(const struct verdict *verdict, struct sink *sink)
{
	struct out out = { .sink = sink };
	char peak[FORMAT_MAX];

	put_heading(&out, verdict);
	if (verdict->length) {
		out_text(&out, "| limit | at most | was | |\n|:--|--:|--:|:--|\n");
	} else if (verdict->end) {
		format_size((double)verdict->end->totals.peak_ever, false, peak);
		out_format(&out, "No limit was given; the peak was %s.\n", peak);
	}
	for (size_t i = 0; i < verdict->length; i++)
		markdown_put_limit(&out, verdict, &verdict->limits[i]);
	for (size_t i = 0; i < verdict->length; i++)
		put_places(&out, &verdict->limits[i]);
	put_suppressions(&out, verdict);
	if (*verdict->doubt) {
		out_text(&out, "\nThese figures are incomplete: ");
		put_code(&out, verdict->doubt, false);
		out_text(&out, "\n");
	}
	return out_end(&out);
}

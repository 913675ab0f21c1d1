/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check's verdict as JSON; its rows are in the form that report and diff use. */
#include <inttypes.h>
#include <string.h>
#include "views/export/export.h"
#include "views/export/json_parts.h"
#include "views/export/json_text.h"

static void export_put_lines(struct out *out, const struct table *lines)
{
	out_text(out, ", \"lines\": [");
	for (size_t i = 0; lines && i < lines->length; i++) {
		out_text(out, i ? ",\n    " : "\n    ");
		json_row(out, lines, table_row(lines, i));
		out_text(out, "}");
	}
	out_text(out, "]");
}

/* Writes the other processes that exceed the limit. */
static void put_others_over(struct out *out, const struct verdict_limit *of)
{
	if (of->limit->figure != LIMIT_UNREACHABLE)
		return;
	out_text(out, ", \"over\": [");
	for (size_t i = 0; i < of->over_length; i++)
		out_format(out, "%s{\"process\": %" PRId32 ", \"was\": %" PRIu64 "}", i ? ", " : "",
			   of->over[i].process->pid, of->over[i].value);
	out_format(out, "], \"over_others\": %u", of->over_others);
}

static void export_put_limit(struct out *out, const struct verdict_limit *of)
{
	const struct limit *limit = of->limit;

	out_text(out, "{\"limit\": ");
	json_string(out, of->name);
	out_text(out, ", \"figure\": ");
	json_string(out, limit_figure_name(limit->figure));
	out_text(out, ", \"filter\": ");
	json_string(out, limit->filter ? filter_text(limit->filter) : NULL);
	out_text(out, ", \"moment\": ");
	json_string(out, of->moment);
	out_format(out, ", \"at_most\": %" PRIu64 ", \"was\": ", limit->bound - limit->below);
	if (verdict_unknown(of))
		out_text(out, "null");
	else
		out_format(out, "%" PRIu64, of->value);
	out_format(out, ", \"broken\": %s", of->broken ? "true" : "false");
	if (limit->figure == LIMIT_LEAKING)
		out_format(out, ", \"judged\": %u, \"unjudged\": %u, \"undecided\": %" PRIu64,
			   of->judged, of->unjudged, of->undecided);
	out_text(out, ", \"process\": ");
	if (of->process)
		out_format(out, "%" PRId32, of->process->pid);
	else
		out_text(out, "null");
	export_put_lines(out, of->lines);
	put_others_over(out, of);
	out_text(out, "}");
}

static int export_verdict_json(const struct verdict *verdict, struct sink *sink)
{
	struct out out = {.sink = sink};

	out_text(&out, "{\"memtop\": 1, \"check\": ");
	json_string(&out, verdict_word_name(verdict_word(verdict)));
	out_text(&out, ", \"doubt\": ");
	json_name(&out, verdict->doubt);
	json_program(&out, verdict->program);
	json_unfollowed(&out, verdict->program);
	if (verdict->end) {
		json_traced(&out, verdict->end);
		json_loss(&out, &verdict->end->totals, verdict->unresolved);
		json_unseen(&out, verdict->program, verdict->end);
	}
	out_text(&out, ",\n \"limits\": [");
	for (size_t i = 0; i < verdict->length; i++) {
		out_text(&out, i ? ",\n  " : "\n  ");
		export_put_limit(&out, &verdict->limits[i]);
	}
	out_text(&out, verdict->length ? "\n ]" : "]");
	out_text(&out, ",\n \"suppressed\": [");
	for (size_t i = 0; i < verdict->suppressed_length; i++) {
		const struct verdict_suppressed *of = &verdict->suppressed[i];

		out_text(&out, i ? ", {\"name\": " : "{\"name\": ");
		json_string(&out, of->name);
		out_text(&out, ", \"reason\": ");
		json_string(&out, of->reason);
		out_format(&out, ", \"peak\": %" PRIu64 ", \"used\": %s}", of->peak,
			   of->used ? "true" : "false");
	}
	out_text(&out, "]}\n");
	return out_end(&out);
}

static bool has_suffix(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && !strcmp(text + length - wanted, end);
}

int export_verdict_to(const char *path, const struct verdict *verdict, struct sink *sink)
{
	if (has_suffix(path, ".xml"))
		return export_verdict_junit(verdict, sink);
	if (has_suffix(path, ".md") || has_suffix(path, ".markdown"))
		return export_verdict_markdown(verdict, sink);
	return export_verdict_json(verdict, sink);
}

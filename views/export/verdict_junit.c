/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check's verdict as JUnit's XML, which CI systems read: a suite with one test for each
 * limit, one for how the program ended and one for whether the figures are complete.  The
 * format has no standard; this file provides what the two schemas in use require
 * (windyroad/JUnit-Schema, of Ant, and jenkinsci/xunit-plugin's junit-10.xsd).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "views/export/export.h"
#include "views/export/markup.h"

static void put_attribute(struct out *out, const char *name, const char *value)
{
	out_format(out, " %s=\"", name);
	markup_safe(out, value);
	out_text(out, "\"");
}

/* An unknown result is an error that breaks a build, unless that was allowed. */
static const char *unknown_element(const struct verdict *verdict)
{
	return verdict->doubt_allowed ? "skipped" : "error";
}

static void put_case(struct out *out, const char *name, double seconds)
{
	out_text(out, "  <testcase classname=\"memtop.check\"");
	put_attribute(out, "name", name);
	out_format(out, " time=\"%.3f\"", seconds);
}

static void junit_put_limit(struct out *out, const struct verdict *verdict,
			    const struct verdict_limit *of)
{
	char at_most[VERDICT_AMOUNT_MAX], was[VERDICT_AMOUNT_MAX];
	bool unknown = verdict_unknown(of);
	const char *element = of->broken ? "failure" : unknown_element(verdict);
	struct markup markup;

	put_case(out, of->name, 0);
	if (!of->broken && !unknown) {
		out_text(out, "/>\n");
		return;
	}
	verdict_amounts(verdict, of, at_most, was);
	out_format(out, ">\n   <%s", element);
	if (strcmp(element, "skipped"))
		put_attribute(out, "type", of->broken ? "limit" : "unknown");
	out_text(out, " message=\"");
	out_format(markup_begin(&markup, out), "%s %s; allowed: %s%s",
		   limit_figure_name(of->limit->figure), was,
		   of->limit->below ? "" : "at most ", at_most);
	markup_end(&markup);
	out_text(out, "\">");
	verdict_put_result(markup_begin(&markup, out), of);
	out_text(&markup.text, "\n");
	verdict_put_lines(&markup.text, of);
	markup_end(&markup);
	out_format(out, "</%s>\n  </testcase>\n", element);
}

static bool ended_well(const struct program *program)
{
	return program->ended && !program->status_unknown && !program->signal &&
	       !program->exit_status;
}

static void put_end_case(struct out *out, const struct verdict *verdict)
{
	put_case(out, "the program ends with status 0", verdict->program->seconds);
	if (!ended_well(verdict->program)) {
		out_text(out, ">\n   <failure type=\"program\"");
		put_attribute(out, "message",
			      verdict->ending ? verdict->ending : "was not started");
		out_text(out, "/>\n  </testcase>\n");
	} else {
		out_text(out, "/>\n");
	}
}

static void put_doubt(struct out *out, const struct verdict *verdict)
{
	put_case(out, "the figures are complete", 0);
	if (*verdict->doubt) {
		out_format(out, ">\n   <%s", unknown_element(verdict));
		if (!verdict->doubt_allowed)
			put_attribute(out, "type", "doubt");
		put_attribute(out, "message", verdict->doubt);
		out_text(out, "/>\n  </testcase>\n");
	} else {
		out_text(out, "/>\n");
	}
}

static void put_property(struct out *out, const char *name, const char *value)
{
	out_text(out, "   <property");
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	out_text(out, "/>\n");
}

/* Writes the verdict and every figure, exact to the byte. */
static void put_properties(struct out *out, const struct verdict *verdict)
{
	char value[32];

	out_text(out, "  <properties>\n");
	put_property(out, "memtop.check", verdict_word_name(verdict_word(verdict)));
	if (verdict->end) {
		snprintf(value, sizeof value, "%" PRIu64, verdict->end->totals.peak_ever);
		put_property(out, "memtop.peak", value);
	}
	for (size_t i = 0; i < verdict->length; i++) {
		const struct verdict_limit *of = &verdict->limits[i];
		char name[sizeof of->name + 8];

		if (verdict_unknown(of))
			continue;
		snprintf(name, sizeof name, "memtop.%s", of->name);
		snprintf(value, sizeof value, "%" PRIu64, of->value);
		put_property(out, name, value);
	}
	for (int i = 0; i < verdict->program->argc; i++) {
		snprintf(value, sizeof value, "argv.%d", i);
		put_property(out, value, verdict->program->argv[i]);
	}
	out_text(out, "  </properties>\n");
}

static void put_counts(struct out *out, const struct verdict *verdict)
{
	size_t failures = !ended_well(verdict->program), unknown = *verdict->doubt != '\0';

	for (size_t i = 0; i < verdict->length; i++) {
		failures += verdict->limits[i].broken;
		unknown += !verdict->limits[i].broken && verdict_unknown(&verdict->limits[i]);
	}
	out_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		   verdict->length + 2, failures, verdict->doubt_allowed ? 0 : unknown,
		   verdict->doubt_allowed ? unknown : 0);
}

static void put_suite(struct out *out, const struct verdict *verdict)
{
	const struct program *program = verdict->program;

	out_text(out, " <testsuite id=\"0\" package=\"memtop\" name=\"memtop check\"");
	put_attribute(out, "hostname", verdict->host);
	put_attribute(out, "timestamp", verdict->date);
	out_format(out, " time=\"%.3f\"", program->seconds);
	put_counts(out, verdict);
	out_text(out, ">\n");
}

int export_verdict_junit(const struct verdict *verdict, struct sink *sink)
{
	struct out out = { .sink = sink };
	struct markup markup;

	out_text(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	put_suite(&out, verdict);
	put_properties(&out, verdict);
	for (size_t i = 0; i < verdict->length; i++)
		junit_put_limit(&out, verdict, &verdict->limits[i]);
	put_end_case(&out, verdict);
	put_doubt(&out, verdict);
	out_text(&out, "  <system-out>");
	verdict_put_word(markup_begin(&markup, &out), verdict);
	for (size_t i = 0; i < verdict->suppressed_length; i++) {
		out_text(&markup.text, "\n");
		verdict_put_suppressed(&markup.text, &verdict->suppressed[i]);
	}
	markup_end(&markup);
	out_text(&out, "</system-out>\n  <system-err></system-err>\n </testsuite>\n</testsuites>\n");
	return out_end(&out);
}

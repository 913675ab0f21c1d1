/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --suppress=FILE: what the limits ignore, each with a name and a reason:
 *
 * 	[libfoo's cache]
 * 	filter = any.function = foo_cache_init
 * 	reason = kept until the end on purpose
 *
 * Lines that begin with # are comments.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/check/check.h"
#include "tracer/ground/lines.h"

struct reading {
	struct suppressions *list;
	const char *path;
	unsigned line;
	struct error *error;
};

static int check_suppress_refuse(const struct reading *reading, const char *what)
{
	reading->error->status = STATUS_USAGE;
	snprintf(reading->error->text, sizeof reading->error->text, "--suppress=%.200s: line %u: %.250s",
		 reading->path, reading->line, what);
	return -1;
}

static char *check_suppress_trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	return text + strspn(text, " \t");
}

/* Whether the last suppression is complete. */
static bool is_whole(const struct suppressions *list)
{
	if (!list->length)
		return true;
	const struct suppression *last = &list->of[list->length - 1];
	return last->filter && last->reason;
}

static int check_suppress_begin(const struct reading *reading, const char *name,
				size_t length)
{
	struct suppressions *list = reading->list;

	if (!length || name[length] != ']')
		return check_suppress_refuse(reading, "expected [NAME]");
	if (!is_whole(list))
		return check_suppress_refuse(
			reading, "the one before needs a filter and a reason");
	if (list->length == SUPPRESSIONS_MAX)
		return check_suppress_refuse(
			reading, "too many; join some filters under one name");
	list->of[list->length].name = strndup(name, length);
	return list->of[list->length++].name
		       ? 0
		       : check_suppress_refuse(reading, "out of memory");
}

/* Parses the filter twice: for what is suppressed, and negated for what is left. */
static int set_filter(const struct reading *reading, struct suppression *of, const char *text)
{
	char *unless = malloc(strlen(text) + sizeof "not ()"), what[300];
	struct filter_list list = { .length = 1 };
	struct filter_error wrong;

	if (!unless)
		return check_suppress_refuse(reading, "out of memory");
	sprintf(unless, "not (%s)", text);
	of->filter = filter_parse(text, &wrong);
	of->unless = of->filter ? filter_parse(unless, &wrong) : NULL;
	free(unless);
	if (!of->unless) {
		snprintf(what, sizeof what, "column %zu of the filter: %.200s", wrong.offset + 1,
			 wrong.text);
		return check_suppress_refuse(reading, what);
	}
	list.filters[0] = of->filter;
	if (!filters_not_of_stacks(&list))
		return 0;
	snprintf(what, sizeof what, "a filter %s", filters_not_of_stacks(&list));
	return check_suppress_refuse(reading, what);
}

static int check_suppress_read_line(const struct reading *reading, char *line)
{
	struct suppressions *list = reading->list;
	char *text = check_suppress_trim(line), *value;
	struct suppression *of;

	if (!*text || *text == '#')
		return 0;
	if (*text == '[')
		return check_suppress_begin(reading, text + 1, strcspn(text + 1, "]"));
	value = strchr(text, '=');
	if (!value || !list->length)
		return check_suppress_refuse(
			reading, "expected [NAME], then filter = EXPR and reason = TEXT");
	*value++ = '\0';
	value = check_suppress_trim(value);
	of = &list->of[list->length - 1];
	if (!strcmp(check_suppress_trim(text), "filter") && !of->filter)
		return set_filter(reading, of, value);
	if (strcmp(check_suppress_trim(text), "reason") || of->reason || !*value)
		return check_suppress_refuse(
			reading, "expected one filter = EXPR and one reason = TEXT");
	of->reason = strdup(value);
	return of->reason ? 0 : check_suppress_refuse(reading, "out of memory");
}

int suppressions_read(struct suppressions *list, const char *path, struct error *error)
{
	struct reading reading = { list, path, 0, error };
	FILE *file = fopen(path, "re");
	struct lines lines;
	char *line;
	int result = 0;

	if (!file) {
		error->status = STATUS_USAGE;
		snprintf(error->text, sizeof error->text, "--suppress=%.200s: %s", path,
			 strerror(errno));
		return -1;
	}
	lines_begin(&lines, file);
	while (!result && (line = lines_next(&lines))) {
		reading.line = lines.number;
		result = check_suppress_read_line(&reading, line);
	}
	reading.line = lines.number;
	if (!result && lines.problem)
		result = check_suppress_refuse(&reading, lines.problem);
	lines_end(&lines);
	fclose(file);
	if (!result && !is_whole(list))
		result = check_suppress_refuse(
			&reading, "the last one needs a filter and a reason");
	return result;
}

void suppressions_free(struct suppressions *list)
{
	while (list->length) {
		struct suppression *of = &list->of[--list->length];

		filter_free(of->filter);
		filter_free(of->unless);
		free(of->name);
		free(of->reason);
		*of = (struct suppression){ 0 };
	}
}

bool check_is_filtered(const struct options *options, const struct limit *limit)
{
	return limit->filter || (options->check.suppressions &&
				 options->check.suppressions->length);
}

void check_filters(const struct options *options, const struct limit *limit,
		   struct filter_list *filters)
{
	const struct suppressions *list = options->check.suppressions;

	if (limit->filter)
		filters->filters[filters->length++] = limit->filter;
	for (size_t i = 0; list && i < list->length; i++)
		filters->filters[filters->length++] = list->of[i].unless;
}

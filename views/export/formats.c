/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of formats.  For those that need whole stacks, the question behind the view
 * is asked again (formats.h).
 */
#include "views/export/formats.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "views/export/writers.h"

static int formats_put_text(const struct export_request *request, struct sink *sink,
			    char *problem)
{
	(void)problem;
	return text_table(request->table, request->source, request->user, sink);
}

static int put_json(const struct export_request *request, struct sink *sink, char *problem)
{
	(void)problem;
	return export_json(request->table, &request->now,
			   request->table->diff ? &request->old : NULL, sink);
}

static int put_csv(const struct export_request *request, struct sink *sink, char *problem)
{
	(void)problem;
	return export_csv(request->table, sink);
}

static const struct export_format formats[] = {
	{ "folded", ".folded",
	  "one line per stack, for flamegraph.pl and others", true, false,
	  write_folded },
	{ "flamegraph", ".svg",
	  "a flame graph to zoom and search, in one file, for any browser", true, false,
	  write_flamegraph },
	{ "speedscope", ".speedscope.json", "for speedscope.app: sizes, blocks, totals",
	  true, false, write_speedscope },
	{ "pprof", ".pb.gz", "for pprof: inuse and alloc, space and objects", true, true,
	  write_pprof },
	{ "tracemalloc", ".pickle", "for Python: tracemalloc.Snapshot.load() opens it",
	  true, true, write_tracemalloc },
	{ "csv", ".csv", "the rows of the view, comma-separated", false, false, put_csv },
	{ "json", ".json", "the rows of the view, as report --json prints them", false,
	  false, put_json },
	{ "text", ".txt", "the rows of the view, as report prints them", false, false,
	  formats_put_text },
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const struct export_format *export_format_get(unsigned number)
{
	return number < FORMATS ? &formats[number] : NULL;
}

const struct export_format *export_format_find(const char *name)
{
	for (unsigned i = 0; i < FORMATS; i++) {
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	}
	return NULL;
}

const struct export_format *export_format_of(const char *path)
{
	const struct export_format *best = NULL;
	size_t length = strlen(path), longest = 0;

	for (unsigned i = 0; i < FORMATS; i++) {
		size_t n = strlen(formats[i].suffix);

		if (n > longest && n < length &&
		    !strcmp(path + length - n, formats[i].suffix)) {
			best = &formats[i];
			longest = n;
		}
	}
	return best;
}

const struct column *export_weight(enum column_id id)
{
	const struct column *column = column_get(id == COLUMN_DEFAULT ? COLUMN_SIZE : id);

	return column && column->weight ? column : NULL;
}

uint64_t export_value(const struct column *weight, const struct stack *stack)
{
	const struct row row = {.now = stack->now, .peak = stack->peak, .look = stack->look};

	return weight->key(&row);
}

static int formats_refuse(const struct export_format *format, const char *why,
			  char problem[256])
{
	snprintf(problem, 256, "%s %s", format->name, why);
	return -EINVAL;
}

/* Refuses a column with a sentence such as "folded weighs stacks by size, count, ... or
 * peak; sort by one of these". */
static int refuse_weight(const struct export_format *format, char problem[256])
{
	unsigned last = 0, id;
	size_t n = (size_t)snprintf(problem, 256, "%s weighs stacks by", format->name);

	for (id = COLUMN_DEFAULT + 1; id < COLUMNS; id++)
		last = export_weight((enum column_id)id) ? id : last;
	for (id = COLUMN_DEFAULT + 1; id <= last && n < 256; id++) {
		const struct column *column = export_weight((enum column_id)id);

		if (column)
			n += (size_t)snprintf(problem + n, 256 - n, "%s %s",
					      id == last ? " or" : id == COLUMN_SIZE ? "" : ",",
					      column->name);
	}
	if (n < 256)
		snprintf(problem + n, 256 - n, "; sort by one of these");
	return -EINVAL;
}

static int write_stacks(const struct export_format *format, struct export_request request,
			struct sink *sink, char problem[256])
{
	struct view view = request.table->view;
	struct table *stacks = NULL;
	int error;

	if (request.table->diff)
		return formats_refuse(
			format, "shows one moment; a diff goes out as csv, json or text",
			problem);
	if (!export_weight(view.sort))
		return refuse_weight(format, problem);
	if (export_weight(view.sort)->needs == NEEDS_LOOK && !request.table->now->look)
		return formats_refuse(format, "can't weight stacks by that: no look was taken at this "
				      "moment; name one that has a look (memtop ctl PID heap "
				      "takes one)", problem);
	if (!column_shown(export_weight(view.sort), request.table))
		return formats_refuse(format, "can't weight stacks by that: it is not known for the "
				      "blocks of one type", problem);
	if (!column_known(export_weight(view.sort), request.table))
		return formats_refuse(format, "can't weight stacks by that: a moment of the history "
				      "does not have it; name a snapshot, or sort by another column",
				      problem);
	if (view.by != BY_TRACEBACK) {
		view.by = BY_TRACEBACK;
		view.cumulative = false;
		stacks = table_build(&view, request.table->now, NULL, problem);
		if (!stacks)
			return -ENOMEM;
		request.table = stacks;
	}
	error = format->write(&request, sink, problem);
	table_free(stacks);
	return error;
}

int export_run(const struct export_format *format, const struct export_request *request,
	       struct sink *sink, char problem[256])
{
	int error;

	problem[0] = '\0';
	error = format->stacks ? write_stacks(format, *request, sink, problem)
			       : format->write(request, sink, problem);
	if (error == -ENOMEM && !problem[0])
		snprintf(problem, 256, "out of memory");
	return error;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers questions for property.py, exports.py and cpython_vectors.py: lines of
 * heaps (heap_text.h) and commands come in, rows go out as str(Statistic), each
 * answer ended by a line "end".
 *
 *	heap			a new heap with a catalog of its own
 *	old			what came since then is the old snapshot
 *	filter TEXT		one more filter
 *	source FILE LINE TEXT	a line of source, shown under its frame
 *	view KEY FLAGS		the answer (flags: c cumulative, t compat, r raw, j as JSON,
 *				a number: frames)
 *	size BYTES SIGN		as format_size has it
 *	export FORMAT FILE	the heap by stack in that format, all filters applied; "end"
 *	glob PATTERN TEXT	1 or 0
 */
#include <stdlib.h>
#include "tests/views/heap_text.h"
#include "views/export/formats.h"
#include "views/filter/glob.h"
#include "views/format/format.h"
#include "views/text/text.h"

static int put(void *user, const char *bytes, size_t length)
{
	return fwrite(bytes, 1, length, user) != length;
}

struct state {
	struct heap_text heap;
	struct snapshot *old, *now;
	struct filter *filters[FILTERS_MAX];
	unsigned filters_length;
	struct {
		char file[64], text[128];
		unsigned line;
	} sources[16];
	unsigned sources_length;
};

static void clear(struct state *state)
{
	for (unsigned i = 0; i < state->filters_length; i++)
		filter_free(state->filters[i]);
	state->filters_length = state->sources_length = 0;
	snapshot_release(state->old);
	snapshot_release(state->now);
	state->old = state->now = NULL;
	if (state->heap.catalog)
		catalog_release(state->heap.catalog);
	heap_text_begin(&state->heap, NULL);
}

/* The new side may have a catalog of its own: names alone match then. */
static void take_old(struct state *state, const char *how)
{
	state->old = heap_text_take(&state->heap, "old");
	if (strcmp(how, "other"))
		return;
	catalog_release(state->heap.catalog);
	heap_text_begin(&state->heap, NULL);
}

static void add_filter(struct state *state, const char *text)
{
	struct filter_error error;
	struct filter *filter = filter_parse(text, &error);

	if (!filter) {
		printf("error %zu %s\n", error.offset, error.text);
		exit(1);
	}
	state->filters[state->filters_length++] = filter;
}

static void add_source(struct state *state, const char *file, char *rest)
{
	char *line = strsep(&rest, "\t");
	unsigned n = state->sources_length++ % 16;

	snprintf(state->sources[n].file, 64, "%s", file);
	snprintf(state->sources[n].text, 128, "%s", rest);
	state->sources[n].line = (unsigned)strtoul(line, NULL, 10);
}

static int source(void *user, const char *path, unsigned line, char *text, size_t size)
{
	const struct state *state = user;

	for (unsigned i = 0; i < state->sources_length && i < 16; i++) {
		if (line == state->sources[i].line && !strcmp(path, state->sources[i].file))
			return snprintf(text, size, "%s", state->sources[i].text);
	}
	return -1;
}

static void print(struct state *state, const struct table *table, bool json,
		  struct sink *sink)
{
	static const struct program program;
	struct provenance origin = {.file = "", .program = &program};

	if (json)
		export_json(table, &origin, table->diff ? &origin : NULL, sink);
	else
		text_tracemalloc(table, source, state, sink);
}

static void answer(struct state *state, char *key, const char *flags)
{
	struct sink sink = {.write = put, .user = stdout};
	struct filter_list list = {.length = state->filters_length};
	struct view view = {.by = (enum view_key)view_key_parse(key), .filters = &list};
	char problem[256];
	struct table *table;

	memcpy(list.filters, state->filters, sizeof(list.filters));
	view.cumulative = strchr(flags, 'c');
	view.compat = strchr(flags, 't');
	view.raw = strchr(flags, 'r');
	view.inverted = strchr(flags, 'i');
	view.frames = (unsigned)strtoul(flags + strcspn(flags, "0123456789"), NULL, 10);
	if (!state->now)
		state->now = heap_text_take(&state->heap, "now");
	table = table_build(&view, state->now, state->old, problem);
	if (!table)
		printf("problem %s\n", problem);
	else
		print(state, table, strchr(flags, 'j'), &sink);
	table_free(table);
	puts("end");
	fflush(stdout);
}

static void export(struct state *state, const char *name, const char *path)
{
	const struct export_format *format = export_format_find(name);
	struct filter_list list = {.length = state->filters_length};
	struct view view = {.by = BY_LINENO, .raw = true, .filters = &list};
	char *argv[] = {"./worker <&>", NULL}, problem[256];
	struct program program = {.argc = 1, .argv = argv, .started = 1e9};
	FILE *file = fopen(path, "w");
	struct sink sink = {.write = put, .user = file};
	struct export_request request = {.now = {"", &program}};
	struct table *table;

	memcpy(list.filters, state->filters, sizeof(list.filters));
	if (!state->now)
		state->now = heap_text_take(&state->heap, "now");
	request.table = table = table_build(&view, state->now, NULL, problem);
	if (!file || !format || !table || export_run(format, &request, &sink, problem))
		printf("problem %s\n", problem);
	if (file)
		fclose(file);
	table_free(table);
	puts("end");
	fflush(stdout);
}

static void command(struct state *state, char *line)
{
	char *verb = strsep(&line, "\t"), *first = strsep(&line, "\t");
	char text[FORMAT_MAX];

	if (!strcmp(verb, "heap")) {
		clear(state);
	} else if (!strcmp(verb, "old")) {
		take_old(state, first ? first : "");
	} else if (!strcmp(verb, "filter")) {
		heap_text_unescape(first);
		add_filter(state, first);
	} else if (!strcmp(verb, "view")) {
		answer(state, first, line ? line : "");
	} else if (!strcmp(verb, "export")) {
		export(state, first, line);
	} else if (!strcmp(verb, "source")) {
		add_source(state, first, line);
	} else if (!strcmp(verb, "size")) {
		format_size(strtod(first, NULL), *line == '1', text);
		puts(text);
		fflush(stdout);
	} else if (!strcmp(verb, "glob")) {
		heap_text_unescape(first);
		heap_text_unescape(line);
		printf("%d\n", glob_match_bytes(first, strlen(first), line, strlen(line)));
		fflush(stdout);
	}
}

int main(void)
{
	static struct state state;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	clear(&state);
	while ((length = getline(&line, &room, stdin)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (line[1] == '\t')
			heap_text_line(&state.heap, line);
		else
			command(&state, line);
	}
	free(line);
	clear(&state);
	catalog_release(state.heap.catalog);
	return 0;
}

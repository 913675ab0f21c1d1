/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long a question takes: a snapshot of many distinct stacks, 20 deep on
 * average, is filtered, grouped, sorted into all of its rows, as a screen has
 * them, and the first of them drawn.  In CPU time, the best of three; and what the first
 * such table of a process costs, in time and memory, as all that it touches is new.
 * Prints; judges nothing.
 *
 *	views_bench [TRACES | QUESTION]...	default 100000 1000000, all questions;
 *						"tree": those whose names begin so
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/bench/seconds.h"
#include "views/text/text.h"
#include "views/table/tree.h"
#include "tests/random.h"

#define SITES 20000u
#define FILES 800u
#define SCREEN 50u                      /* rows that are drawn */

static struct str_id text_id(struct catalog *catalog, const char *format, unsigned n)
{
	char text[80];

	snprintf(text, sizeof(text), format, n);
	return catalog_intern(catalog, text, strlen(text));
}

static void add_sites(struct catalog *catalog, struct site_id *sites)
{
	struct module module = {.path = text_id(catalog, "/usr/bin/program%u", 0),
				.name = text_id(catalog, "program%u", 0)};
	struct module_id id = catalog_add_module(catalog, &module);

	for (unsigned i = 0; i < SITES; i++) {
		struct site site = {id, 64 * i};
		struct frame frame = {
			.file = text_id(catalog, "/home/ann/src/program/part/file%u.c", i % FILES),
			.function = text_id(catalog, "module::function_%u", i / 4),
			.module = id, .line = i, .lang = LANG_CXX, .wrapper = i % 50 == 0,
		};
		struct frame_id name = catalog_add_frame(catalog, &frame);

		sites[i] = catalog_add_site(catalog, &site);
		catalog_name_site(catalog, sites[i], &name, 1);
	}
}

/* Each new trace hangs a few frames on a random one not too deep. */
static struct snapshot *make(unsigned traces)
{
	struct catalog *catalog = catalog_new();
	struct snapshot *snapshot = snapshot_new(catalog, traces);
	struct site_id *sites = calloc(SITES, sizeof(*sites));
	struct trace_id *nodes = calloc((size_t)traces * 3 + 1, sizeof(*nodes));
	unsigned char *depths = calloc((size_t)traces * 3 + 1, 1);
	size_t n = 1;

	if (!catalog || !snapshot || !sites || !nodes || !depths)
		exit(1);
	add_sites(catalog, sites);
	for (unsigned i = 0; i < traces; i++) {
		size_t at = next_random() % n;
		unsigned more = 1 + (unsigned)(next_random() % 3);

		if (depths[at] > 40)
			at = 0;
		for (; more; more--, n++) {
			nodes[n] = catalog_add_trace(catalog, nodes[at],
						     sites[next_random() % SITES]);
			depths[n] = (unsigned char)(depths[at] + 1);
			at = n;
		}
		snapshot->rows[i] = (struct snapshot_row){
			.trace = nodes[n - 1],
			.thread = (uint16_t)(next_random() % 8),
		};
		const struct row_figures figures = {
			.now = {.size = 16 * (next_random() % 64), .count = 1 + next_random() % 4,
				.allocations = 10, .total = 1000},
		};

		if (!snapshot_put(snapshot, &snapshot->rows[i], &figures))
			exit(1);
	}
	snapshot->nframe = 64;
	free(sites);
	free(nodes);
	free(depths);
	catalog_release(catalog);
	return snapshot;
}

static int count_bytes(void *user, const char *bytes, size_t length)
{
	(void)bytes;
	*(size_t *)user += length;
	return 0;
}

/* A tree's screen opens what holds a tenth of all. */
static bool is_heavy(void *user, const struct row *row)
{
	const struct table *table = user;

	return row->now.size >= table->sum.size / 10;
}

/* The first rows, as text. */
static void draw(struct table *table)
{
	size_t bytes = 0;
	struct sink sink = {.write = count_bytes, .user = &bytes};

	if (table->view.by == BY_TREE) {
		if (!tree_flatten(table, tree_walk(table, is_heavy, table), SIZE_MAX))
			exit(1);
		return;
	}
	table->length = table->length < SCREEN ? table->length : SCREEN;
	text_table(table, NULL, NULL, &sink);
}

/* Asks once.  Returns the seconds it took. */
static double ask_once(struct snapshot *snapshot, struct snapshot *old, const struct view *view,
		       size_t *rows)
{
	double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID), took;
	char problem[256];
	struct table *table = table_build(view, snapshot, old, problem);

	draw(table);
	*rows = table->total_rows == TABLE_MANY ? table->length : table->total_rows;
	took = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
	table_free(table);
	return took;
}

static long memory_now(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!file || fscanf(file, "%*d %ld", &pages) != 1)
		exit(1);
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Asks once in a process of its own, in which large arrays are mapped anew. */
static void ask_first(struct snapshot *snapshot, struct snapshot *old, const struct view *view)
{
	long before;
	struct rusage usage;
	size_t rows;
	pid_t child;
	double took;

	fflush(stdout);
	malloc_trim(0);
	before = memory_now();
	child = fork();
	if (child) {
		waitpid(child, NULL, 0);
		return;
	}
	mallopt(M_MMAP_THRESHOLD, 1 << 17);
	took = ask_once(snapshot, old, view, &rows);
	getrusage(RUSAGE_SELF, &usage);
	printf("  first: %8.1f ms  %5ld MiB", took * 1e3, (usage.ru_maxrss - before) / 1024);
	fflush(stdout);
	_exit(0);
}

static const char *only = "";           /* questions whose names begin so are asked */

static void ask(struct snapshot *snapshot, struct snapshot *old, const char *name,
		struct view view, const char *filter)
{
	struct filter_error error;
	struct filter_list list = {.length = filter ? 1 : 0};
	double best = 1e9;
	size_t rows = 0;

	if (strncmp(name, only, strlen(only)) != 0)
		return;
	if (filter)
		list.filters[0] = filter_parse(filter, &error);
	view.filters = &list;
	printf("  %-28s", name);
	ask_first(snapshot, old, &view);
	for (int round = 0; round < 3; round++) {
		double took = ask_once(snapshot, old, &view, &rows);

		best = took < best ? took : best;
	}
	printf("  later: %8.1f ms  %8zu rows\n", best * 1e3, rows);
	if (filter)
		filter_free(list.filters[0]);
}

static void bench(unsigned traces)
{
	struct snapshot *snapshot = make(traces);
	struct snapshot *old = snapshot_new(snapshot->catalog, traces / 2);
	struct rusage usage;

	if (!old)
		exit(1);
	memcpy(old->rows, snapshot->rows, traces / 2 * sizeof(old->rows[0]));
	old->nframe = 64;
	printf("%u traces\n", traces);
	ask(snapshot, NULL, "lineno", (struct view){.by = BY_LINENO}, NULL);
	ask(snapshot, NULL, "lineno, filtered", (struct view){.by = BY_LINENO},
	    "-*file1*.c +any:*file2*.c");
	ask(snapshot, NULL, "lineno, word and size", (struct view){.by = BY_LINENO},
	    "function_12 size>1K");
	ask(snapshot, NULL, "function, cumulative",
	    (struct view){.by = BY_FUNCTION, .cumulative = true}, NULL);
	ask(snapshot, NULL, "traceback", (struct view){.by = BY_TRACEBACK}, NULL);
	ask(snapshot, NULL, "traceback, filtered", (struct view){.by = BY_TRACEBACK},
	    "-*file1*.c any.function~_1.3");
	ask(snapshot, NULL, "traceback, newest 3 frames",
	    (struct view){.by = BY_TRACEBACK, .frames = 3}, NULL);
	ask(snapshot, NULL, "tree", (struct view){.by = BY_TREE}, NULL);
	ask(snapshot, NULL, "tree, callees first", (struct view){.by = BY_TREE, .inverted = true},
	    NULL);
	ask(snapshot, old, "lineno, diff", (struct view){.by = BY_LINENO}, NULL);
	ask(snapshot, old, "traceback, diff", (struct view){.by = BY_TRACEBACK}, NULL);
	snapshot_release(old);
	snapshot_release(snapshot);
	getrusage(RUSAGE_SELF, &usage);
	printf("  most memory of this program so far: %ld MiB\n", usage.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
	/* Keep what a table gave back for the next one: faults cost more than it. */
	mallopt(M_MMAP_THRESHOLD, 1 << 29);
	mallopt(M_TRIM_THRESHOLD, 1 << 29);
	bool some = false;

	for (int i = 1; i < argc; i++) {
		unsigned traces = (unsigned)strtoul(argv[i], NULL, 10);

		if (traces)
			bench(traces);
		else
			only = argv[i];
		some |= traces != 0;
	}
	if (!some) {
		bench(100000);
		bench(1000000);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * million FILE NODES: a recording of so many call paths, each of which allocated: a run of
 * a process that ended, with a peak and two snapshots, which have most of their rows in
 * common.  Prints what the questions of RECORDING.md must find.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/store/store.h"

#define SITES 1000u
#define CALLED 32u                      /* by each path */

static struct str_id word(struct catalog *catalog, const char *name, unsigned number)
{
	char text[32];

	return catalog_intern(catalog, text,
			      (size_t)snprintf(text, sizeof(text), name, number));
}

/* Function i stands on line i + 1, in module i % 3; each seventh is a wrapper. */
static void add_functions(struct catalog *catalog)
{
	for (unsigned i = 0; i < 3; i++) {
		struct module module = { .path = word(catalog, "/lib/lib%u.so", i),
					 .name = word(catalog, "lib%u.so", i) };

		catalog_add_module(catalog, &module);
	}
	for (unsigned i = 0; i < SITES; i++) {
		struct site site = { .module = { i % 3 + 1 }, .offset = i * UINT64_C(16) };
		struct frame frame = {
			.file = word(catalog, "/src/%u.c", 0), .line = i + 1, .module = site.module,
			.function = word(catalog, "function_%u", i), .wrapper = i % 7 == 6,
		};
		struct frame_id id = catalog_add_frame(catalog, &frame);

		catalog_put_site(catalog, (struct site_id){ i + 8 }, &site);
		catalog_name_site(catalog, (struct site_id){ i + 8 }, &id, 1);
	}
}

/* Function i % SITES, called by what number i / CALLED is. */
static struct catalog *make_paths(uint32_t nodes)
{
	struct catalog *catalog = catalog_new();

	add_functions(catalog);
	for (uint32_t i = 1; i <= nodes; i++)
		if (catalog_put_trace(catalog, (struct trace_id){ i },
				      (struct trace_id){ i / CALLED },
				      (struct site_id){ i % SITES + 8 }))
			exit(1);
	return catalog;
}

static uint64_t bytes_of(uint32_t trace, enum moment_kind kind, unsigned number)
{
	uint64_t bytes = 8 + trace % 50 * 8;

	if (trace % 10 == 0 && (kind == MOMENT_PEAK || number == 2))
		bytes += number == 2 ? 8 : 16;
	return bytes;
}

/* In snapshot 1 the last tenth of the paths is not yet there. */
static void write_one(struct store *store, struct catalog *catalog, uint32_t nodes,
		      enum moment_kind kind, unsigned number)
{
	uint32_t rows = number == 1 ? nodes / 10 * 9 : nodes;
	struct snapshot *s = snapshot_new(catalog, rows);
	struct error error;

	for (uint32_t i = 1; s && i <= rows; i++) {
		uint64_t bytes = bytes_of(i, kind, number);

		const struct row_figures figures = {
			.now = { bytes, 1, 1, bytes, 0 }, .peak = bytes,
		};

		s->rows[i - 1].trace.v = i;
		if (!snapshot_put(s, &s->rows[i - 1], &figures))
			exit(1);
		s->totals.current += bytes;
	}
	if (!s)
		exit(1);
	s->kind = kind;
	s->number = number;
	s->process = 1;
	s->totals.peak_ever = s->totals.current;
	if (store_snapshot(store, s, &error)) {
		fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	printf("%u %u %llu\n", kind, number, (unsigned long long)s->totals.current);
	snapshot_release(s);
}

int main(int argc, char *argv[])
{
	struct process process = { .pid = 7, .traced = true };
	struct program program = { .kind = "native", .processes = &process,
				   .processes_length = 1, .ended = true };
	uint32_t nodes = argc == 3 ? (uint32_t)atol(argv[2]) : 0;
	struct point point = { 0.5, 1, 2, 3, 4, 5 };
	struct store *store;
	struct error error;

	if (!nodes || store_create(&store, argv[1], false, &error))
		return 1;
	struct catalog *catalog = make_paths(nodes);

	write_one(store, catalog, nodes, MOMENT_NAMED, 1);
	write_one(store, catalog, nodes, MOMENT_NAMED, 2);
	write_one(store, catalog, nodes, MOMENT_EXIT, 0);
	write_one(store, catalog, nodes, MOMENT_PEAK, 0);
	int result = store_program(store, &program, &error) ||
		     store_point(store, &point, &error) || store_finish(store, &error);

	catalog_release(catalog);
	return result;
}

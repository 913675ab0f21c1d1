/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_COLLECT_RECORDING_FIXTURE_H
#define TESTS_UNIT_COLLECT_RECORDING_FIXTURE_H
/* A small run to be recorded: two modules, five sites, four traces (one of
 * memtop's own making, one cut), two threads; and a folder of its own. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sqlite3.h>
#include "tests/unit/heap/rows.h"
#include "tracer/collect/recording/recording.h"
#include "tracer/collect/recording/store/store.h"

struct run {
	char folder[64], path[96], other[96];
	struct catalog *catalog;
	struct trace_id ours;
};

static inline struct str_id run_text(struct run *run, const char *text)
{
	return catalog_intern(run->catalog, text, strlen(text));
}

static inline struct frame_id run_frame(struct run *run, const char *function, unsigned line,
					bool inlined)
{
	struct frame frame = {
		.file = run_text(run, "/src/worker.c"), .function = run_text(run, function),
		.module = { 1 }, .line = line, .lang = LANG_C, .inlined = inlined,
	};

	return catalog_add_frame(run->catalog, &frame);
}

static char run_folders[4][64];         /* to be removed, also if a test fails */

static inline void run_remove(char *folder)
{
	char command[512];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	if (*folder && system(command))
		fprintf(stderr, "could not remove %s\n", folder);
	*folder = '\0';
}

static inline void run_remove_all(void)
{
	for (size_t i = 0; i < sizeof(run_folders) / sizeof(run_folders[0]); i++)
		run_remove(run_folders[i]);
}

static inline void run_folder(struct run *run)
{
	static bool registered;
	size_t i = 0;

	if (!registered)
		registered = !atexit(run_remove_all);
	while (*run_folders[i])
		if (++i == sizeof(run_folders) / sizeof(run_folders[0]))
			exit(1);
	if (!mkdtemp(run->folder))
		exit(1);
	memcpy(run_folders[i], run->folder, sizeof(run->folder));
}

/* Sites 2..5 of the tracer; site 5 stays without names. */
static inline void run_begin(struct run *run)
{
	*run = (struct run){ .folder = "/tmp/memtop-test-XXXXXX", .catalog = catalog_new() };
	run_folder(run);
	snprintf(run->path, sizeof(run->path), "%s/a %%?#.memtop", run->folder);
	snprintf(run->other, sizeof(run->other), "%s/b.memtop", run->folder);
	struct module worker = { .path = run_text(run, "/src/worker"), .build_id = { 0xab, 1 },
				 .name = run_text(run, "worker"), .build_id_length = 20 };
	struct module libc = { .path = run_text(run, "/lib/libc.so.6"),
			       .name = run_text(run, "libc.so.6") };

	catalog_add_module(run->catalog, &worker);
	catalog_add_module(run->catalog, &libc);
	catalog_add_thread(run->catalog, 100, run_text(run, "worker"));
	catalog_add_thread(run->catalog, 101, run_text(run, "helper"));
	for (uint32_t i = 2; i <= 5; i++) {
		struct site site = { .module = { i == 5 ? 2 : 1 }, .offset = i * 0x100 };

		catalog_put_site(run->catalog, (struct site_id){ i + 6 }, &site);
	}
	struct frame_id main_frame = run_frame(run, "main", 4, false);
	struct frame_id both[] = { run_frame(run, "helper", 9, true),
				   run_frame(run, "build", 12, false) };

	catalog_name_site(run->catalog, (struct site_id){ 8 }, &main_frame, 1);
	catalog_name_site(run->catalog, (struct site_id){ 9 }, both, 2);
	/* 10: main; 20: main > build > helper; 30: (cut) > site 11; ours: main > own site */
	catalog_put_trace(run->catalog, (struct trace_id){ 10 }, (struct trace_id){ 0 },
			  (struct site_id){ 8 });
	catalog_put_trace(run->catalog, (struct trace_id){ 20 }, (struct trace_id){ 10 },
			  (struct site_id){ 9 });
	catalog_put_trace(run->catalog, (struct trace_id){ 29 }, (struct trace_id){ 0 },
			  (struct site_id){ 1 });
	catalog_put_trace(run->catalog, (struct trace_id){ 30 }, (struct trace_id){ 29 },
			  (struct site_id){ 11 });
	struct site own = { .offset = 0x7fff00001234 };

	run->ours = catalog_add_trace(run->catalog, (struct trace_id){ 10 },
				      catalog_add_site(run->catalog, &own));
}

static inline void run_end(struct run *run)
{
	catalog_release(run->catalog);
	for (size_t i = 0; i < sizeof(run_folders) / sizeof(run_folders[0]); i++)
		if (!strcmp(run_folders[i], run->folder))
			run_remove(run_folders[i]);
}

/* Four rows, sizes from `base` on; not in the order of their keys. */
static inline struct snapshot *run_snapshot(struct run *run, enum moment_kind kind,
					    unsigned number, const char *name, uint64_t base)
{
	struct snapshot *s = snapshot_new(run->catalog, 5);
	const uint32_t traces[] = { run->ours.v, 20, 10, 30, 20 };

	for (unsigned i = 0; i < 5; i++) {
		s->rows[i] = (struct snapshot_row){
			.trace = { traces[i] }, .thread = i == 4 ? 2 : 1,
		};
		rows_put(s, i, (struct row_figures){
			.now = { .size = base + i, .count = i + 1, .allocations = 10 * (i + 1),
				 .total = 1000 * (i + 1), .temporary = i },
			.peak = 2 * base + i,
			.sizes = { i, [7] = i == 3 ? UINT32_MAX : 0 },
			.born = i == 2 ? AGE_UNKNOWN : 3 * (base + i),
			.oldest = i == 2 ? AGE_UNKNOWN : i,
		});
	}
	s->totals = (struct totals){
		.current = base, .peak = 2 * base, .peak_ever = 3 * base, .blocks = 4,
		.allocations = 5, .frees = 6, .total = 7, .temporary = 8, .unknown_frees = 9,
		.lost = 10, .truncated = 21, .events = 12,
		.cut = { [CUT_NFRAME] = 1, 2, 3, 4, 5, 6 },
		.lost_allocations = 13, .lost_frees = 14, .unended = 15,
	};
	s->time = 1.5;
	s->walked = 1.25;
	s->kind = kind;
	s->number = number;
	s->nframe = 64;
	s->process = 1;
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

static inline int run_store(struct run *run, struct store *store, enum moment_kind kind,
			    unsigned number, const char *name, uint64_t base)
{
	struct snapshot *snapshot = run_snapshot(run, kind, number, name, base);
	struct error error;
	int result = store_snapshot(store, snapshot, &error);

	snapshot_release(snapshot);
	return result;
}

static inline int run_source(void *user, const char *path, unsigned line, char *text, size_t size)
{
	(void)user;
	return strcmp(path, "/src/worker.c") ? -1 : snprintf(text, size, "line %u;", line);
}

/* The whole run into a file: live, peak, two named ones, exit. */
static inline int run_record(struct run *run, const char *path)
{
	char *argv[] = { "./worker", "--port", "80", "\xff\x01", NULL };
	struct process processes[] = {
		{ .pid = 4711, .traced = true, .argc = 4, .argv = argv },
		{ .pid = 4712, .ppid = 4711 },
	};
	struct program program = {
		.argc = 4, .argv = argv, .pid = 4711, .started = 1e9, .seconds = 2.5,
		.ended = true, .exit_status = 3, .processes_length = 2, .processes = processes,
		.kind = "native", .oom_kills = 2,
		.ceilings = { .time = 2.25, .length = 2, .of = {
			{ CEILING_MEMORY_MAX, 0, 1000, 900, 950, 3.5, 7.25 },
			{ CEILING_AS, 4711, 5000, 100, 100, 0, 0 } } },
	};
	struct point point = { 0.5, 1, 2, 3, 4, 5 };
	struct mark mark = { 0.75, "phase two" };
	struct store *store;
	struct error error;

	if (store_create(&store, path, false, &error) ||
	    run_store(run, store, MOMENT_LIVE, 0, "live", 10) ||
	    run_store(run, store, MOMENT_PEAK, 0, "peak", 900) || store_commit(store, true, &error) ||
	    run_store(run, store, MOMENT_NAMED, 1, "before", 100) ||
	    run_store(run, store, MOMENT_NAMED, 2, "", 200) ||
	    store_program(store, &program, &error) || store_point(store, &point, &error) ||
	    store_mark(store, &mark, &error) || run_store(run, store, MOMENT_EXIT, 0, "exit", 50) ||
	    store_sources(store, run->catalog, run_source, NULL, &error))
		return -1;
	return store_finish(store, &error);
}

/* The same as memtop wrote it when formats were older: 3, or made 2 or 1 by what those
 * did not have.  0 or -1. */
static inline int run_record_old(const char *path, unsigned format)
{
	static char sql[32768];
	static const char second[] =
		"ALTER TABLE moment DROP COLUMN lost_allocations;"
		"ALTER TABLE moment DROP COLUMN lost_frees; ALTER TABLE moment DROP COLUMN unended;"
		"ALTER TABLE moment DROP COLUMN cut_nframe;"
		"ALTER TABLE moment DROP COLUMN cut_no_unwind_info;"
		"ALTER TABLE moment DROP COLUMN cut_jit; ALTER TABLE moment DROP COLUMN cut_coroutine;"
		"ALTER TABLE moment DROP COLUMN cut_unreadable;"
		"ALTER TABLE moment DROP COLUMN cut_seccomp;"
		"ALTER TABLE moment DROP COLUMN cut_table_full;"
		"ALTER TABLE process DROP COLUMN reason; DROP TABLE unknown_free;"
		"UPDATE site SET id = id - 6 WHERE id < 2147483648;"
		"UPDATE site_frame SET site = site - 6 WHERE site < 2147483648;"
		"UPDATE trace SET site = site - 6 WHERE site > 7 AND site < 2147483648;"
		"PRAGMA user_version = 2";
	static const char first[] =
		"ALTER TABLE moment DROP COLUMN process; ALTER TABLE process DROP COLUMN began;"
		"ALTER TABLE process DROP COLUMN ended; PRAGMA user_version = 1";
	FILE *file = fopen("tests/unit/collect/recording/format3.sql", "r");
	sqlite3 *db;

	if (!file || sqlite3_open(path, &db) != SQLITE_OK)
		return -1;
	sql[fread(sql, 1, sizeof(sql) - 1, file)] = '\0';
	fclose(file);
	int result = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (!result && format < 3)
		result = sqlite3_exec(db, second, NULL, NULL, NULL);
	if (!result && format < 2)
		result = sqlite3_exec(db, first, NULL, NULL, NULL);
	sqlite3_close(db);
	return result ? -1 : 0;
}

#endif

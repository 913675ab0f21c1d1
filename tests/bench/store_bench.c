/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a moment of 100,000 rows (or the number that is named) takes to be written,
 * written again unchanged and with a row changed, and read; and a peak of which one row
 * in ten differs.  Prints; judges nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/bench/seconds.h"
#include "tracer/collect/recording/recording.h"
#include "tracer/collect/recording/store/store.h"

/* Chains of 10 over 5,000 sites of one frame each. */
/* A row of one block, and what it held at the peak. */
static void put(struct snapshot *s, size_t row, uint64_t bytes, uint64_t peak)
{
	const struct row_figures figures = { .now = { bytes, 1, 1, peak, 0 }, .peak = peak };

	if (!snapshot_put(s, &s->rows[row], &figures))
		exit(1);
}

static struct snapshot *make(struct catalog *catalog, uint32_t traces)
{
	struct snapshot *s = snapshot_new(catalog, traces);
	char name[32];

	for (uint32_t i = 0; i < 5000; i++) {
		struct site site = { .offset = i * UINT64_C(16) };
		int length = snprintf(name, sizeof(name), "function_%u", i);
		struct frame frame = {
			.file = catalog_intern(catalog, "/src/file.c", 11), .line = i + 1,
			.function = catalog_intern(catalog, name, (size_t)length),
		};
		struct frame_id id = catalog_add_frame(catalog, &frame);

		catalog_put_site(catalog, (struct site_id){ i + 8 }, &site);
		catalog_name_site(catalog, (struct site_id){ i + 8 }, &id, 1);
	}
	s->process = 1;
	for (uint32_t i = 0; i < traces; i++) {
		catalog_put_trace(catalog, (struct trace_id){ i + 1 },
				  (struct trace_id){ i % 10 ? i : 0 },
				  (struct site_id){ i * 7919u % 5000 + 8 });
		s->rows[i].trace.v = i + 1;
		put(s, i, i % 1000, i % 1000);
	}
	return s;
}

/* Another one with the same rows, as the store may keep a reference to the first. */
static struct snapshot *copy(const struct snapshot *from)
{
	struct snapshot *s = snapshot_new(from->catalog, from->rows_length);

	s->process = from->process;
	for (size_t i = 0; i < from->rows_length; i++) {
		const struct row_figures *of = from->rows[i].figures;

		s->rows[i].trace = from->rows[i].trace;
		put(s, i, of->now.size, of->peak);
	}
	return s;
}

static struct store *store;
static double started;

/* Milliseconds since the last call. */
static double took(void)
{
	double now = bench_seconds(CLOCK_PROCESS_CPUTIME_ID), ms = (now - started) * 1e3;

	started = now;
	return ms;
}

/* 0 or -1. */
static int write_all(struct snapshot *s, const char *path)
{
	struct snapshot *changed = copy(s), *peak = copy(s);
	struct error error;

	put(changed, 5, 6, 5);
	for (size_t i = 0; i < s->rows_length; i += 10)
		put(peak, i, i % 1000 + 1, i % 1000);
	peak->kind = MOMENT_PEAK;
	took();
	if (store_create(&store, path, true, &error) || store_snapshot(store, s, &error) ||
	    store_commit(store, true, &error))
		return -1;
	printf("%zu rows, CPU: first %.0f ms, ", s->rows_length, took());
	if (store_snapshot(store, s, &error) || store_commit(store, true, &error))
		return -1;
	printf("unchanged %.1f ms, ", took());
	if (store_snapshot(store, changed, &error) || store_commit(store, true, &error))
		return -1;
	printf("changed %.0f ms, ", took());
	if (store_snapshot(store, peak, &error))
		return -1;
	printf("peak %.0f ms, ", took());
	snapshot_release(changed);
	snapshot_release(peak);
	return store_finish(store, &error);
}

int main(int argc, char *argv[])
{
	char path[] = "/tmp/memtop-store-bench-XXXXXX";
	struct catalog *catalog = catalog_new();
	struct snapshot *s = make(catalog, argc > 1 ? (uint32_t)atoi(argv[1]) : 100000);
	struct recording *recording;
	struct error error;
	struct stat st;

	close(mkstemp(path));
	if (write_all(s, path) || stat(path, &st))
		return 1;
	snapshot_release(s);
	took();
	if (recording_open(&recording, path, &error))
		return 1;
	printf("opened %.0f ms, ", took());
	s = recording_snapshot(recording, "live", &error);
	printf("read %zu rows %.0f ms, file %.1f MB\n", s ? s->rows_length : 0, took(),
	       (double)st.st_size / 1e6);
	snapshot_release(s);
	recording_close(recording);
	catalog_release(catalog);
	unlink(path);
	return 0;
}

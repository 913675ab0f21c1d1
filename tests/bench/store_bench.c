/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a moment of 100,000 rows takes to be written, written again
 * changed, and read.  Prints; judges nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/bench/seconds.h"
#include "tracer/collect/recording/recording.h"
#include "tracer/collect/recording/store.h"

#define TRACES 100000u

/* Chains of 10 over 5,000 sites of one frame each. */
static struct snapshot *make(struct catalog *catalog)
{
	struct snapshot *s = snapshot_new(catalog, TRACES);
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
	for (uint32_t i = 0; i < TRACES; i++) {
		catalog_put_trace(catalog, (struct trace_id){ i + 1 },
				  (struct trace_id){ i % 10 ? i : 0 },
				  (struct site_id){ i * 7919u % 5000 + 8 });
		s->rows[i] = (struct snapshot_row){
			.trace = { i + 1 }, .now = { i, 1, 1, i, 0 }, .peak = i,
		};
	}
	return s;
}

int main(void)
{
	char path[] = "/tmp/memtop-store-bench-XXXXXX";
	struct catalog *catalog = catalog_new();
	struct snapshot *s = make(catalog);
	struct recording *recording;
	struct store *store;
	struct error error;
	struct stat st;
	double start = bench_seconds(CLOCK_MONOTONIC);

	close(mkstemp(path));
	if (store_create(&store, path, true, &error) || store_snapshot(store, s, &error) ||
	    store_commit(store, true, &error))
		return 1;
	printf("100,000 rows: first %.0f ms, ", (bench_seconds(CLOCK_MONOTONIC) - start) * 1e3);
	start = bench_seconds(CLOCK_MONOTONIC);
	if (store_snapshot(store, s, &error) || store_commit(store, true, &error))
		return 1;
	printf("unchanged %.1f ms, ", (bench_seconds(CLOCK_MONOTONIC) - start) * 1e3);
	s->rows[5].now.size++;
	start = bench_seconds(CLOCK_MONOTONIC);
	if (store_snapshot(store, s, &error) || store_commit(store, true, &error))
		return 1;
	printf("changed %.0f ms, ", (bench_seconds(CLOCK_MONOTONIC) - start) * 1e3);
	snapshot_release(s);
	if (store_finish(store, &error) || stat(path, &st))
		return 1;
	start = bench_seconds(CLOCK_MONOTONIC);
	if (recording_open(&recording, path, &error))
		return 1;
	printf("opened %.0f ms, ", (bench_seconds(CLOCK_MONOTONIC) - start) * 1e3);
	start = bench_seconds(CLOCK_MONOTONIC);
	s = recording_snapshot(recording, "live", &error);
	printf("read %zu rows %.0f ms, file %.1f MB\n", s ? s->rows_length : 0,
	       (bench_seconds(CLOCK_MONOTONIC) - start) * 1e3, (double)st.st_size / 1e6);
	snapshot_release(s);
	recording_close(recording);
	catalog_release(catalog);
	unlink(path);
	return 0;
}

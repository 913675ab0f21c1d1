/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a history costs: so many keys of which some change in each second, for so long, in
 * so many MiB.  Prints bytes, ticks, seconds of adding and thinning, and how long moments
 * take to be rebuilt; judges nothing.
 *
 *	history_bench [KEYS CHANGING HOURS MIB [FILE]]
 *
 * With FILE, what changed is written there every ten seconds, in a table as the recording
 * has one; its size and that of its journal are printed.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "tests/bench/seconds.h"
#include "tests/random.h"
#include "tracer/heap/history/history.h"

#define ASKED 400u
#define SAVED 10u                       /* seconds between two writes */

static sqlite3 *file;                   /* NULL: none is wanted */
static sqlite3_stmt *put_row, *drop_row;

static void fill(struct change *changes, uint32_t keys, uint32_t changing)
{
	for (uint32_t i = 0; i < changing; i++) {
		uint32_t key = changing == keys ? i : (uint32_t)pick(keys);
		int64_t blocks = (int64_t)pick(4), ever = blocks + (int64_t)pick(20);

		changes[i] = (struct change){
			.trace = 8 + 7 * key, .thread = 1,
			.by = { 48 * blocks, blocks, ever, 48 * ever },
		};
	}
}

static void ask(struct history *history)
{
	double sum = 0, longest = 0;

	for (unsigned i = 0; i < ASKED; i++) {
		struct ledger ledger = { 0 };
		double from = bench_seconds(CLOCK_THREAD_CPUTIME_ID);

		if (history_at(history, pick(history_ticks(history)), &ledger))
			exit(1);
		double took = bench_seconds(CLOCK_THREAD_CPUTIME_ID) - from;

		sum += took;
		longest = took > longest ? took : longest;
		ledger_free(&ledger);
	}
	printf("  a moment: %.1f ms on average, %.1f ms at most\n", sum * 1e3 / ASKED, longest * 1e3);
}

static void file_open(const char *path)
{
	if (sqlite3_open(path, &file) ||
	    sqlite3_exec(file, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			 "CREATE TABLE history(id INTEGER PRIMARY KEY, time REAL, why INTEGER,"
			 " changes BLOB, state BLOB)", NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(file, "INSERT OR REPLACE INTO history VALUES(?, ?, ?, ?, ?)", -1,
			       &put_row, NULL) ||
	    sqlite3_prepare_v2(file, "DELETE FROM history WHERE id = ?", -1, &drop_row, NULL)) {
		fprintf(stderr, "history_bench: %s: %s\n", path, sqlite3_errmsg(file));
		exit(1);
	}
}

static int file_step(sqlite3_stmt *row)
{
	int result = sqlite3_step(row) == SQLITE_DONE ? 0 : -1;

	sqlite3_reset(row);
	return result;
}

static int file_put(void *user, const struct history_tick *tick, const struct bytes *totals,
		    const struct bytes *changes, const struct bytes *state)
{
	(void)user;
	(void)totals;
	sqlite3_bind_int64(put_row, 1, (sqlite3_int64)tick->id);
	sqlite3_bind_double(put_row, 2, tick->time);
	sqlite3_bind_int64(put_row, 3, tick->why);
	sqlite3_bind_blob64(put_row, 4, changes->of, changes->length, SQLITE_STATIC);
	sqlite3_bind_null(put_row, 5);
	if (state)
		sqlite3_bind_blob64(put_row, 5, state->of, state->length, SQLITE_STATIC);
	return file_step(put_row);
}

static int file_drop(void *user, uint64_t id)
{
	(void)user;
	sqlite3_bind_int64(drop_row, 1, (sqlite3_int64)id);
	return file_step(drop_row);
}

static void file_save(struct history *history)
{
	const struct history_saver saver = { NULL, file_put, file_drop };

	if (sqlite3_exec(file, "BEGIN", NULL, NULL, NULL) || history_save(history, &saver) ||
	    sqlite3_exec(file, "COMMIT", NULL, NULL, NULL)) {
		fprintf(stderr, "history_bench: %s\n", sqlite3_errmsg(file));
		exit(1);
	}
}

static void file_size(const char *path)
{
	char journal[4096];
	struct stat all = { 0 }, wal = { 0 };

	snprintf(journal, sizeof(journal), "%s-wal", path);
	stat(path, &all);
	stat(journal, &wal);
	printf("  the file: %.1f MB, its journal %.1f MB\n", (double)all.st_size / 1e6,
	       (double)wal.st_size / 1e6);
}

static void run(uint32_t keys, uint32_t changing, double hours, uint64_t limit)
{
	struct change *changes = malloc(changing * sizeof(*changes));
	struct history *history = history_new();
	uint32_t seconds = (uint32_t)(hours * 3600);
	double start = bench_seconds(CLOCK_THREAD_CPUTIME_ID);
	uint64_t most = 0;

	for (uint32_t i = 0; i < seconds; i++) {
		struct history_news news = {
			.time = i, .why = i % 3600 == 1800 ? HISTORY_MARK : 0,
			.changes = changes, .changes_length = changing,
		};

		fill(changes, keys, changing);
		if (history_add(history, &news))
			exit(1);
		while (history_tidy(history, limit))
			;
		if (file && i % SAVED == 0)
			file_save(history);
		most = history_bytes(history) > most ? history_bytes(history) : most;
	}
	printf("%u keys, %u changing a second, %.1f h: %zu ticks, %.1f MB (at most %.1f), "
	       "%.2f ms a tick\n", keys, changing, hours, history_ticks(history),
	       (double)history_bytes(history) / 1e6, (double)most / 1e6,
	       (bench_seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e3 / seconds);
	printf("  steps: %g s in the last 10 min, %g s in 2 h, %g s in a day, %g s beyond\n",
	       history_step(history, 0, 600), history_step(history, 600, 7200),
	       history_step(history, 7200, 86400), history_step(history, 86400, 1e12));
	ask(history);
	history_free(history);
	free(changes);
}

int main(int argc, char **argv)
{
	if (argc == 6)
		file_open(argv[5]);
	if (argc >= 5) {
		run((uint32_t)atol(argv[1]), (uint32_t)atol(argv[2]), atof(argv[3]),
		    (uint64_t)atol(argv[4]) << 20);
		if (file)
			file_size(argv[5]);
		return 0;
	}
	run(20000, 200, 2, 64 << 20);
	run(20000, 20000, 0.1, 64 << 20);
	run(100000, 100000, 0.05, 64 << 20);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer's entry for the reader of recordings.  A first byte says how the
 * file comes about: 'r' the bytes as they are; 'p' a good recording with bytes
 * patched (where, where, what) and its end cut off; anything else a good
 * recording with rows and columns changed by SQL (table, column, row, value),
 * which SQLite finds sound.  Whatever opens is asked for all its moments, and
 * those are grouped, compared and exported.
 */
#include <assert.h>
#include <sqlite3.h>
#include <stdint.h>
#include "tests/unit/collect/recording/recording_fixture.h"
#include "tracer/collect/recording/store/store_schema.h"
#include "views/export/formats.h"
#include "tests/older.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t left;
};

struct good {
	char path[128];                 /* of the file that is read */
	unsigned char *bytes;           /* of a sound recording */
	size_t length;
};

static unsigned next(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->data++;
}

static void change(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
}

/* Small pages: a file that is quickly written, and dense with what matters. */
static void good_begin(struct good *good)
{
	static struct run run;
	sqlite3_int64 length = 0;
	sqlite3 *db;

#if SQLITE_VERSION_NUMBER < 3036000
	if (!sqlite3_serialize) {
		puts("this SQLite can not write a database to memory");
		exit(77);
	}
#endif
	run_begin(&run);
	snprintf(good->path, sizeof(good->path), "%s", run.path);
	assert(!run_record(&run, run.other));
	assert(sqlite3_open(run.other, &db) == SQLITE_OK);
	change(db, "PRAGMA synchronous=OFF");
	change(db, "PRAGMA page_size=512");
	change(db, "VACUUM");
	good->bytes = sqlite3_serialize(db, "main", &length, 0);
	good->length = (size_t)length;
	sqlite3_close(db);
	assert(good->bytes);
	catalog_release(run.catalog);
}

/* A new file each time: one that is emptied and filled again goes to the disk. */
static void write_file(const char *path, const void *bytes, size_t length)
{
	FILE *file;

	remove(path);
	file = fopen(path, "w");
	assert(file);
	assert(fwrite(bytes, 1, length, file) == length);
	assert(!fclose(file));
}

static void write_patched(const struct good *good, struct input *input)
{
	size_t length = good->length;
	unsigned char *copy = malloc(length);

	assert(copy);
	memcpy(copy, good->bytes, length);
	if (next(input) & 1)
		length -= (next(input) << 8 | next(input)) % length;
	while (input->left >= 3) {
		size_t at = (next(input) << 8 | next(input)) % good->length;

		copy[at] = (unsigned char)next(input);
	}
	write_file(good->path, copy, length);
	free(copy);
}

#define COLUMNS_MAX 64

struct columns {
	char table[32];
	char names[COLUMNS_MAX][32];
	unsigned length;
};

static void columns_of(sqlite3 *db, unsigned n, struct columns *columns)
{
#define TABLE_NAME(name) #name,
	static const char *const tables[] = {
		STORE_IMAGE_TABLES(TABLE_NAME) STORE_RUN_TABLES(TABLE_NAME)
	};
	sqlite3_stmt *statement;

	columns->length = 0;
	snprintf(columns->table, sizeof(columns->table), "%s",
		 tables[n % (sizeof(tables) / sizeof(tables[0]))]);
	if (sqlite3_prepare_v2(db, "SELECT name FROM pragma_table_info(?)", -1, &statement,
			       NULL) != SQLITE_OK)
		return;
	sqlite3_bind_text(statement, 1, columns->table, -1, SQLITE_STATIC);
	while (sqlite3_step(statement) == SQLITE_ROW && columns->length < COLUMNS_MAX)
		snprintf(columns->names[columns->length++], sizeof(columns->names[0]), "%s",
			 (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
}

static void bind(sqlite3_stmt *statement, unsigned value)
{
	static const int64_t numbers[] = {
		0, 1, -1, 2, 3, 20, 255, 4095, 4096, 65535, 65536, INT32_MAX, 1ll << 31,
		UINT32_MAX, 1ll << 32, INT64_MAX, INT64_MIN, INT64_MAX / 2,
	};
	static const char *const texts[] = { "", "exit", "7", "/a/../b", "\033[2J", "\xff\xfe" };
	const unsigned length = sizeof(numbers) / sizeof(numbers[0]);

	if (value < 160)
		sqlite3_bind_int64(statement, 1, numbers[value % length]);
	else if (value < 220)
		sqlite3_bind_text(statement, 1, texts[value % 6], -1, SQLITE_STATIC);
	else if (value < 230)
		sqlite3_bind_double(statement, 1, value & 1 ? 1.5 : -9e300);
	else if (value < 240)
		sqlite3_bind_zeroblob(statement, 1, (int)value);
	else
		sqlite3_bind_null(statement, 1);
}

/* A row once more with one column changed, that column of all rows, or none. */
static void edit(sqlite3 *db, struct input *input)
{
	struct columns columns;
	unsigned kind = next(input), row, column;
	sqlite3_stmt *statement;
	char sql[2048];
	size_t at;

	columns_of(db, next(input), &columns);
	if (!columns.length)
		return;
	column = next(input) % columns.length;
	row = next(input) % 32;
	if (kind == 255)
		at = (size_t)snprintf(sql, sizeof(sql), "DELETE FROM %s", columns.table);
	else if (kind & 1)
		at = (size_t)snprintf(sql, sizeof(sql), "UPDATE OR REPLACE %s SET \"%s\" = ?",
				      columns.table, columns.names[column]);
	else {
		at = (size_t)snprintf(sql, sizeof(sql), "INSERT OR REPLACE INTO %s SELECT ",
				      columns.table);
		for (unsigned i = 0; i < columns.length; i++)
			at += (size_t)snprintf(sql + at, sizeof(sql) - at, "%s%s%s%s",
					       i ? ", " : "", i == column ? "?" : "\"",
					       i == column ? "" : columns.names[i],
					       i == column ? "" : "\"");
		at += (size_t)snprintf(sql + at, sizeof(sql) - at, " FROM %s LIMIT 1 OFFSET %u",
				       columns.table, row);
	}
	assert(at < sizeof(sql));
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK) {
		bind(statement, next(input));
		sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
}

static void write_edited(const struct good *good, struct input *input)
{
	unsigned char *copy = sqlite3_malloc64(good->length), *edited;
	sqlite3_int64 length = (sqlite3_int64)good->length;
	sqlite3 *db;

	assert(copy && sqlite3_open(":memory:", &db) == SQLITE_OK);
	memcpy(copy, good->bytes, good->length);
	assert(!sqlite3_deserialize(db, "main", copy, length, length,
				    SQLITE_DESERIALIZE_FREEONCLOSE |
				    SQLITE_DESERIALIZE_RESIZEABLE));
	for (unsigned i = 0; i < 16 && input->left; i++)
		edit(db, input);
	edited = sqlite3_serialize(db, "main", &length, 0);
	assert(edited);
	write_file(good->path, edited, (size_t)length);
	sqlite3_free(edited);
	sqlite3_close(db);
}

static int drop(void *user, const char *bytes, size_t length)
{
	(void)bytes;
	*(size_t *)user += length;
	return 0;
}

/* One view in every format, from the second moment on of a difference. */
static void ask_view(const struct recording *recording, struct snapshot *now,
		     struct snapshot *old, enum view_key by)
{
	size_t written = 0;
	struct sink sink = { .write = drop, .user = &written };
	char problem[256];

	struct view view = { .by = by, .cumulative = by == BY_FILENAME, .limit = 100 };
	struct export_request request = {
		.now = { "a", recording_program(recording) },
		.old = { "b", recording_program(recording) },
	};
	struct table *table = table_build(&view, now, old, problem);

	request.table = table;
	for (unsigned f = 0; table && export_format_get(f); f++)
		export_run(export_format_get(f), &request, &sink, problem);
	table_free(table);
}

static void ask(const char *path)
{
	struct recording *recording;
	struct snapshot *old = NULL;
	struct error error;
	char text[64];
	size_t n;

	if (recording_open(&recording, path, &error)) {
		assert(error.status && strlen(error.text) > 10);
		return;
	}
	const struct moment *moments = recording_moments(recording, &n);

	for (size_t i = 0; i < n && i < 8; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%u", moments[i].number);
		bool named = moments[i].kind == MOMENT_NAMED;
		struct snapshot *now = recording_snapshot(recording, named ? number :
							  moments[i].name, &error);

		if (!now) {
			assert(error.status && strlen(error.text) > 10);
			continue;
		}
		ask_view(recording, now, old, i % VIEW_KEYS);
		if (old)
			snapshot_release(old);
		old = now;
	}
	if (old)
		snapshot_release(old);
	recording_source(recording, "/src/worker.c", 9, text, sizeof(text));
	recording_close(recording);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct good good;
	struct input input = { data, size };

	if (!good.bytes)
		good_begin(&good);
	unsigned how = next(&input);

	if (how == 'r')
		write_file(good.path, input.data, input.left);
	else if (how == 'p')
		write_patched(&good, &input);
	else
		write_edited(&good, &input);
	ask(good.path);
	return 0;
}

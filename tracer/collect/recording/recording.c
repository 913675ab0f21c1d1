/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recording is opened, checked and read into memory, except its moments' rows and its
 * source lines, which are read when asked for.  SQLite may do only what a recording
 * needs: no triggers, no views, no generated columns, and only as many steps for each
 * query as the file's size can justify.
 */
#include "tracer/heap/catalog/earlier.h"
#include "tracer/heap/catalog/reuse.h"
#include "tracer/collect/recording/recording.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/collect/recording/recording_parts.h"
#include "tracer/collect/recording/store/store_schema.h"

#define TEXT_BYTES_MAX (4 << 20)        /* a mangled C++ name can be long */
#define STEPS_PER_CALL 1000

static int count_steps(void *user)
{
	struct recording *recording = user;

	return ++recording->steps > recording->steps_max;
}

/* "file:" and the path, with everything escaped that could be misread in a URI;
 * malloced. */
static char *uri_of(const char *path, bool immutable)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
	char *uri = malloc(strlen(path) * 3 + 64), *at = uri;

	if (!uri)
		return NULL;
	at += sprintf(at, "file://");
	for (; *path; path++)
		if (strchr(plain, *path))
			*at++ = *path;
		else
			at += sprintf(at, "%%%02x", (unsigned char)*path);
	sprintf(at, "?mode=ro%s", immutable ? "&immutable=1" : "");
	return uri;
}

static bool log_beside(const char *path)
{
	char name[PATH_MAX + 16];

	snprintf(name, sizeof(name), "%s-wal", path);
	if (!access(name, F_OK))
		return true;
	snprintf(name, sizeof(name), "%s-journal", path);
	return !access(name, F_OK);
}

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/*
 * The size in bytes that a database has by its header; 0 if the header does not tell.  It
 * has the size of a page, and the number of pages, which counts only if the change
 * counter equals the one stored with it ("Database File Format" on sqlite.org: offsets
 * 16, 28, 24 and 92).
 */
static uint64_t whole_bytes(const unsigned char *head)
{
	if (memcmp(head + 24, head + 92, 4) != 0)
		return 0;
	uint64_t page = (uint64_t)head[16] << 8 | head[17];

	return (page == 1 ? 65536 : page) * big_endian(head + 28);
}

/* Reads the header of a database; one of zeroes if there is none. */
static void read_head(const char *path, unsigned char *head, size_t length)
{
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(head, 1, length, file) : 0;

	if (file)
		fclose(file);
	if (n < length || memcmp(head, "SQLite format 3", 16) != 0)
		memset(head, 0, length);
}

/* Checks that a file without a log has a first whole state, before which pages may be missing
 * (offsets 60 and 68: version and application), and all its pages. */
static int check_whole(const struct recording *recording, const unsigned char *head,
		       struct error *error)
{
	char why[120];
	struct stat now;

	if (big_endian(head + 68) == STORE_APPLICATION_ID && !big_endian(head + 60))
		return recording_empty(recording, error);
	/* It may have grown since it was looked at. */
	uint64_t bytes = stat(recording->path, &now) ? 0 : (uint64_t)now.st_size;

	if (bytes >= whole_bytes(head))
		return 0;
	snprintf(why, sizeof(why), "it is cut off: %llu bytes of %llu; copy the whole file",
		 (unsigned long long)bytes, (unsigned long long)whole_bytes(head));
	return recording_failed(recording, error, why);
}

static int recording_open_file(struct recording *recording, struct error *error)
{
	unsigned char head[100];
	struct stat st;
	char *real = NULL, *uri = NULL;
	int result = 0;

	if (stat(recording->path, &st)) {
		result = recording_failed(recording, error, strerror(errno));
		error->status = errno == ENOENT ? 127 : 125;
		return result;
	}
	if (!S_ISREG(st.st_mode))
		return recording_failed(recording, error, "it is not a regular file");
	if (!st.st_size)
		return recording_failed(recording, error, "the file is empty");
	if (access(recording->path, R_OK))
		return recording_failed(recording, error, strerror(errno));
	recording->steps_max = ((uint64_t)st.st_size * 16 + 50000000) / STEPS_PER_CALL;
	real = realpath(recording->path, NULL);
	recording->bytes = (uint64_t)st.st_size;
	/* The header comes first: the log of a file that goes on was there before its header
	 * said that it has a state. */
	read_head(recording->path, head, sizeof(head));
	recording->has_log = real && log_beside(real);
	uri = real ? uri_of(real, !recording->has_log) : NULL;
	if (!uri)
		result = recording_failed(recording, error, strerror(errno));
	else if (!recording->has_log && check_whole(recording, head, error))
		result = -1;
	else if (sqlite3_open_v2(uri, &recording->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
				 NULL) != SQLITE_OK)
		result = recording_failed(recording, error,
					  sqlite3_errmsg(recording->db));
	free(real);
	free(uri);
	return result;
}

/* Most bytes of one value: a list of the history may have more than any text, but no more
 * than the file. */
static int longest(const struct recording *recording)
{
	return recording->bytes < TEXT_BYTES_MAX ? TEXT_BYTES_MAX :
	       recording->bytes < INT_MAX ? (int)recording->bytes : INT_MAX;
}

static void restrain(struct recording *recording)
{
	static const int options[][2] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 }, { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 }, { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		sqlite3_db_config(recording->db, options[i][0], options[i][1], NULL);
	sqlite3_limit(recording->db, SQLITE_LIMIT_LENGTH, longest(recording));
	sqlite3_progress_handler(recording->db, STEPS_PER_CALL, count_steps, recording);
	sqlite3_busy_timeout(recording->db, 2000);
	sqlite3_exec(recording->db, "PRAGMA cell_size_check=ON; PRAGMA query_only=ON", NULL, NULL,
		     NULL);
}

static int fold_number(struct recording *recording, struct recording_row *row, void *user)
{
	(void)recording;
	*(uint64_t *)user = row_u64(row, 0);
	return 0;
}

int recording_empty(const struct recording *recording, struct error *error)
{
	*error = (struct error){ .status = 2 };
	snprintf(error->text, sizeof(error->text), "nothing is recorded in %.300s yet: a run writes its "
		 "first moment after a second, or when it ends", recording->path);
	recording_make_safe(error);
	return -1;
}

static int check_version(struct recording *recording, struct error *error)
{
	uint64_t application = 0, version = 0;
	char why[120];

	/* This reads the file's pages for the first time, and fails if it is no
	 * database, or locked. */
	int result = recording_query(recording, "PRAGMA application_id", 0, fold_number,
				     &application, error);

	if (result ? sqlite3_errcode(recording->db) == SQLITE_NOTADB :
		     application != STORE_APPLICATION_ID)
		return recording_failed(recording, error, "it is not a memtop recording");
	if (result)
		return -1;
	if (recording_query(recording, "PRAGMA user_version", 0, fold_number, &version, error))
		return -1;
	if (!version)
		return recording_empty(recording, error);
	recording->has_processes = version > 1;
	recording->has_cuts = version > 2;
	recording->has_reasons = version > 2;
	recording->has_chunks = version > 3;
	if (version >= 1 && version <= STORE_VERSION)
		return 0;
	snprintf(why, sizeof(why), "it has format %llu, this memtop reads formats 1 to %d; use the "
		 "memtop that wrote it", (unsigned long long)version, STORE_VERSION);
	return recording_failed(recording, error, why);
}

#define HAS(names) \
	"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND rootpage > 0" \
	" AND sql LIKE 'CREATE TABLE %' AND name IN (" names ")"

/* Whether the file has `wanted` plain tables of those that later formats added.  0 or -1
 * with *error. */
static int has_tables(struct recording *recording, const char *sql, uint64_t wanted, bool *has,
		      struct error *error)
{
	uint64_t found = 0;

	if (recording_query(recording, sql, 0, fold_number, &found, error))
		return -1;
	*has = found == wanted;
	return 0;
}

/* Columns that some files of the present format lack. */
static int check_columns(struct recording *recording, struct error *error)
{
	uint64_t found = 0;

	if (recording_query(recording, "SELECT count(*) FROM pragma_table_xinfo('process')"
			    " WHERE name = 'folded'", 0, fold_number, &found, error))
		return -1;
	recording->has_folded = found;
	if (recording_query(recording, "SELECT (SELECT count(*) FROM pragma_table_xinfo('look_stat')"
			    " WHERE name = 'cycles') + (SELECT count(*)"
			    " FROM pragma_table_xinfo('look_part') WHERE name = 'cycles')", 0,
			    fold_number, &found, error))
		return -1;
	recording->has_cycles = found == 2;
	return 0;
}

/* Every table must be a plain one: no view, no virtual table, no computed column. */
static int check_schema(struct recording *recording, struct error *error)
{
#define TABLE_NAME(table) "'" #table "',"
#define TABLE_ONE(table) +1
#define TABLES(own) \
	"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND rootpage > 0" \
	" AND sql LIKE 'CREATE TABLE %' AND name IN (" \
	STORE_COMMON_TABLES(TABLE_NAME) STORE_RUN_TABLES(TABLE_NAME) own "'')"
	const char *tables = recording->has_chunks ? TABLES(STORE_CHUNK_TABLES(TABLE_NAME)) :
						     TABLES(STORE_ROW_TABLES(TABLE_NAME));
	static const char hidden[] =
		"SELECT count(*) FROM sqlite_master AS m, pragma_table_xinfo(m.name) AS c"
		" WHERE m.type = 'table' AND c.hidden <> 0";
	const uint64_t wanted = STORE_COMMON_TABLES(TABLE_ONE) STORE_RUN_TABLES(TABLE_ONE) +
		(recording->has_chunks ? STORE_CHUNK_TABLES(TABLE_ONE) :
					 STORE_ROW_TABLES(TABLE_ONE));
	uint64_t found = 0, computed = 0;

	if (recording_query(recording, tables, 0, fold_number, &found, error) ||
	    recording_query(recording, hidden, 0, fold_number, &computed, error))
		return -1;
	if (found != wanted || computed)
		return recording_failed(recording, error, "the file is damaged");
	if (!recording->has_chunks &&
	    recording_query(recording, "SELECT count(*) FROM pragma_table_xinfo('stat')"
			    " WHERE name = 'sizes'", 0, fold_number, &found, error))
		return -1;
	recording->has_sizes = recording->has_chunks || found;
	if (has_tables(recording, HAS("'unknown_free'"), 1, &recording->has_unknown, error) ||
	    has_tables(recording, HAS("'history'"), 1, &recording->has_history, error) ||
	    has_tables(recording, HAS("'growth', 'growth_axis'"), 2, &recording->has_growth,
		       error) ||
	    has_tables(recording, HAS("'look', 'look_stat'"), 2, &recording->has_looks, error) ||
	    has_tables(recording, HAS("'look_type', 'look_part'"), 2, &recording->has_types,
		       error) ||
	    has_tables(recording, HAS("'look_root', 'look_node'"), 2, &recording->has_held,
		       error) ||
	    has_tables(recording, HAS("'look_name'"), 1, &recording->has_names, error) ||
	    has_tables(recording, HAS("'look_example'"), 1, &recording->has_examples, error) ||
	    has_tables(recording, HAS("'look_mapper'"), 1, &recording->has_mappers, error) ||
	    has_tables(recording, HAS("'look_arena', 'look_arena_part'"), 2,
		       &recording->has_arenas, error) ||
	    has_tables(recording, HAS("'ceiling'"), 1, &recording->has_ceilings, error))
		return -1;
	if (recording_query(recording, "SELECT (SELECT count(*) FROM pragma_table_xinfo('figure')"
			    " WHERE name IN ('born', 'oldest')) + (SELECT count(*)"
			    " FROM pragma_table_xinfo('moment') WHERE name = 'walked')", 0,
			    fold_number, &found, error))
		return -1;
	recording->has_ages = recording->has_chunks && found == 3;
	return check_columns(recording, error);
}

/* Limits what a query may read from chunks: a value takes at least two bytes, and no
 * query needs a layer twice. */
static int limit_cells(struct recording *recording, struct error *error)
{
	uint64_t pages = 0, page = 0;

	if (recording_query(recording, "PRAGMA page_count", 0, fold_number, &pages, error) ||
	    recording_query(recording, "PRAGMA page_size", 0, fold_number, &page, error))
		return -1;
	recording->cells_max = pages * page;
	return 0;
}

/* If a run was not written to its end, the history knows more than the last full state:
 * takes the end of the run from it. */
static void recording_cut_off(struct recording *recording)
{
	struct program *program = &recording->program;

	program->cut_off = !program->ended && (recording->finished < 0 ||
					       (!recording->finished && recording->has_log));
	if (!program->cut_off)
		return;
	double begins, end;

	recording_span(recording, 1, &begins, &end);
	program->seconds = end > program->seconds ? end : program->seconds;
}

static int recording_load(struct recording *recording, struct error *error)
{
	if (recording_open_file(recording, error))
		return -1;
	restrain(recording);
	if (check_version(recording, error))
		return -1;
	/* Reads one state of a file that may be being written. */
	sqlite3_exec(recording->db, "BEGIN", NULL, NULL, NULL);
	recording->catalog = catalog_new();
	if (!recording->catalog)
		return recording_failed(recording, error, "out of memory");
	if (limit_cells(recording, error) || check_schema(recording, error) ||
	    recording_load_run(recording, error) ||
	    recording_load_catalog(recording, error))
		return -1;
	if (recording->program.attached)
		earlier_set(recording->catalog, recording->program.before);
	unsigned minor;
	if (sscanf(recording->program.kind, "python3.%u", &minor) == 1)
		reuse_met(recording->catalog, minor);
	recording_cut_off(recording);
	recording->chosen = calloc(recording->moments_length + 1,
				   sizeof(*recording->chosen));
	if (!recording->chosen)
		return recording_failed(recording, error, "out of memory");
	recording_choose(recording, 1);
	return 0;
}

int recording_open(struct recording **out, const char *path, struct error *error)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	*error = (struct error){ .status = 125, .text = "cannot read the recording: out of memory" };
	if (!recording || !(recording->path = strdup(path))) {
		free(recording);
		return -1;
	}
	if (recording_load(recording, error)) {
		recording_close(recording);
		return -1;
	}
	*out = recording;
	return 0;
}

void recording_close(struct recording *recording)
{
	if (!recording)
		return;
	sqlite3_finalize(recording->source);
	sqlite3_close(recording->db);
	recording_free_history(recording);
	recording_free_run(recording);
	free(recording->modules.ids);
	free(recording->threads.ids);
	free(recording->frames.ids);
	free(recording->sites.ids);
	free(recording->traces.ids);
	catalog_release(recording->catalog);
	free(recording->path);
	free(recording);
}

const struct program *recording_program(const struct recording *recording)
{
	return &recording->program;
}

const struct catalog *recording_catalog(const struct recording *recording)
{
	return recording->catalog;
}

uint32_t recording_sites_end(const struct recording *recording)
{
	return (uint32_t)recording->sites.length + recording->sites.first;
}

void recording_choose(struct recording *recording, uint32_t process)
{
	bool alone = recording->program.processes_length <= 1;

	recording->process = process;
	recording->chosen_length = 0;
	for (size_t i = 0; i < recording->moments_length; i++)
		if (recording->moments[i].process == (process || !alone ? process : 1))
			recording->chosen[recording->chosen_length++] = recording->moments[i];
}

const struct moment *recording_moments(const struct recording *recording, size_t *length)
{
	*length = recording->chosen_length;
	return recording->chosen;
}

const struct point *recording_points(const struct recording *recording, size_t *length)
{
	*length = recording->points_length;
	return recording->points;
}

const struct mark *recording_marks(const struct recording *recording, size_t *length)
{
	*length = recording->marks_length;
	return recording->marks;
}

/* A line of source, by a statement that is prepared once, as reports ask for a line of each
 * frame of each stack.  The database's mutex is held: it is one for all threads. */
static int read_source(struct recording *recording, const char *path, unsigned line, char *text,
		       size_t size)
{
	static const char *const sql = "SELECT text FROM source WHERE file = ? AND line = ?";
	int length = -1;

	recording->steps = 0;
	if (!recording->source && sqlite3_prepare_v3(recording->db, sql, -1,
						     SQLITE_PREPARE_PERSISTENT,
						     &recording->source, NULL) != SQLITE_OK)
		return -1;
	sqlite3_bind_text(recording->source, 1, path, -1, SQLITE_STATIC);
	sqlite3_bind_int64(recording->source, 2, line);
	const void *bytes = sqlite3_step(recording->source) == SQLITE_ROW ?
			    (const void *)sqlite3_column_text(recording->source, 0) : NULL;

	if (bytes) {
		snprintf(text, size, "%s", (const char *)bytes);
		length = (int)strlen(text);
	}
	sqlite3_reset(recording->source);
	sqlite3_clear_bindings(recording->source);
	return length;
}

const char *recording_path(const struct recording *recording) { return recording->path; }

int recording_source(struct recording *recording, const char *path, unsigned line, char *text,
		     size_t size)
{
	if (!size)
		return -1;
	sqlite3_mutex_enter(sqlite3_db_mutex(recording->db));
	int length = read_source(recording, path, line, text, size);

	sqlite3_mutex_leave(sqlite3_db_mutex(recording->db));
	return length;
}

const char *recording_split(const char *argument, char *path, size_t size)
{
	const char *at = strrchr(argument, '@');
	size_t length = strlen(argument);
	struct stat st;

	if (at == argument || !stat(argument, &st))
		at = NULL;
	if (at)
		length = (size_t)(at - argument);
	if (length >= size)
		length = size - 1;
	memcpy(path, argument, length);
	path[length] = '\0';
	return at ? at + 1 : NULL;
}

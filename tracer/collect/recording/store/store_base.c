/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all files of this room use: SQLite's calls, with the sentence that says what
 * failed; and the sets and lists that the store keeps in memory.
 */
#include "tracer/collect/recording/store/store_parts.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's last error for the file or its log; 0: none.  It must be asked for here,
 * because a failed COMMIT is rolled back before anyone can ask, and sqlite3_system_errno
 * then forgets it. */
static int file_errno(sqlite3 *db)
{
	sqlite3_file *log = NULL;
	int number = 0;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
	if (!number)
		sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (log && log->pMethods)
		log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
	return number;
}

int store_failed(const struct store *store, struct error *error)
{
	/* For a quota, a limit or a broken disk the kernel's error says more than
	 * SQLite's. */
	int code = sqlite3_errcode(store->db);
	int number = code == SQLITE_IOERR || code == SQLITE_CANTOPEN ?
		     sqlite3_system_errno(store->db) : 0;

	if (code == SQLITE_IOERR && !number)
		number = file_errno(store->db);
	*error = (struct error){ .status = 125 };
	snprintf(error->text, sizeof(error->text),
		 "cannot write %.300s: %.120s; free some space, or record elsewhere with -o",
		 store->path, number ? strerror(number) : sqlite3_errmsg(store->db));
	return -1;
}

int store_execute(struct store *store, const char *sql, struct error *error)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return store_failed(store, error);
}

int store_step_rows(struct store *store, sqlite3_stmt *statement, struct error *error)
{
	int result = sqlite3_step(statement) == SQLITE_DONE ? 0 : store_failed(store, error);

	sqlite3_reset(statement);
	return result;
}

int store_step(struct store *store, enum store_statement which, struct error *error)
{
	return store_step_rows(store, store->statements[which], error);
}

/* Beginning and ending a statement is a good part of the work for one row. */
sqlite3_stmt *store_rows_of(struct store *store, enum store_statement which, unsigned n,
			    struct error *error)
{
	const char *one = sqlite3_sql(store->statements[which]), *row = strchr(one, '(');
	char *sql = malloc(strlen(one) + n * (strlen(row) + 1)), *end = sql;
	sqlite3_stmt *statement = NULL;

	if (!sql) {
		store_no_memory(error);
		return NULL;
	}
	end = stpcpy(end, one);
	for (unsigned i = 1; i < n; i++) {
		*end++ = ',';
		end = stpcpy(end, row);
	}
	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		store_failed(store, error);
	free(sql);
	return statement;
}

/* SQLite's integers are signed; no real value comes near the largest one. */
void store_bind(struct store *store, enum store_statement which, int at, uint64_t value)
{
	sqlite3_bind_int64(store->statements[which], at,
			   value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

/* Binds without a copy, since only store_step, which comes next, reads the text. */
void store_bind_text(struct store *store, enum store_statement which, int at,
		     const char *text)
{
	sqlite3_bind_text(store->statements[which], at, text, -1, SQLITE_STATIC);
}

void store_bind_real(struct store *store, enum store_statement which, int at,
		     double value)
{
	sqlite3_bind_double(store->statements[which], at, value);
}

int store_no_memory(struct error *error)
{
	*error = (struct error){ .status = 125, .text = "cannot write the recording: out of memory" };
	return -1;
}

int store_set_add(struct store_set *set, uint32_t id)
{
	size_t bytes = (size_t)id / 8 + 1;

	if (bytes > set->bytes) {
		bytes += bytes / 2 + 64;
		uint8_t *bits = realloc(set->bits, bytes);

		if (!bits)
			return -1;
		memset(bits + set->bytes, 0, bytes - set->bytes);
		set->bits = bits;
		set->bytes = bytes;
	}
	set->bits[id / 8] |= (uint8_t)(1u << id % 8);
	return 0;
}

int store_words(uint32_t **words, uint32_t *length, uint32_t wanted)
{
	if (wanted <= *length)
		return 0;
	uint32_t *more = realloc(*words, wanted * sizeof(**words));

	if (!more)
		return -1;
	memset(more + *length, 0, (wanted - *length) * sizeof(*more));
	*words = more;
	*length = wanted;
	return 0;
}

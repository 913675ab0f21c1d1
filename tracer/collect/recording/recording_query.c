/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queries to the file, whose rows are read without trusting them; the ids by which rows
 * refer to each other; and the sentence that says what went wrong. */
#include "tracer/collect/recording/recording_parts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/bisect.h"

void recording_make_safe(struct error *error)
{
	for (char *at = error->text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 127)
			*at = '?';
}

int recording_failed(const struct recording *recording, struct error *error,
		     const char *why)
{
	*error = (struct error){ .status = 125 };
	snprintf(error->text, sizeof(error->text), "cannot read %.300s: %.160s", recording->path,
		 why);
	recording_make_safe(error);     /* SQLite may quote what it found in the file */
	return -1;
}

uint64_t row_u64(struct recording_row *row, int column)
{
	sqlite3_int64 value = sqlite3_column_int64(row->statement, column);

	if (sqlite3_column_type(row->statement, column) == SQLITE_INTEGER && value >= 0)
		return (uint64_t)value;
	row->bad = true;
	return 0;
}

uint32_t row_u32(struct recording_row *row, int column, uint32_t max)
{
	uint64_t value = row_u64(row, column);

	if (value <= max)
		return (uint32_t)value;
	row->bad = true;
	return 0;
}

double row_real(struct recording_row *row, int column)
{
	int type = sqlite3_column_type(row->statement, column);
	double value = sqlite3_column_double(row->statement, column);

	if ((type == SQLITE_FLOAT || type == SQLITE_INTEGER) && isfinite(value) &&
	    fabs(value) < 1e15)
		return value;
	row->bad = true;
	return 0;
}

const char *row_text(struct recording_row *row, int column, size_t *length)
{
	const char *text = NULL;

	if (sqlite3_column_type(row->statement, column) == SQLITE_TEXT)
		text = (const char *)sqlite3_column_text(row->statement, column);
	if (!text) {
		row->bad = true;
		text = "";
	}
	if (length)
		*length = strlen(text);
	return text;
}

/* SQLite's own words say what of the file is damaged, not that it is. */
static int failed_in_sqlite(const struct recording *recording, struct error *error)
{
	int code = sqlite3_errcode(recording->db);
	bool damaged = code == SQLITE_CORRUPT || code == SQLITE_ERROR;
	char why[160];

	if (code == SQLITE_BUSY)
		return recording_failed(recording, error, "a memtop that writes it keeps it locked; "
					"try again, or when its run has ended");
	if (sqlite3_extended_errcode(recording->db) == SQLITE_READONLY_ROLLBACK)
		return recording_failed(recording, error, "memtop was killed as it wrote it; "
					"`sqlite3 FILE .tables` puts it in order");
	snprintf(why, sizeof(why), damaged ? "the file is damaged (%s)" : "%s",
		 sqlite3_errmsg(recording->db));
	return recording_failed(recording, error, why);
}

int recording_query(struct recording *recording, const char *sql, uint64_t parameter,
		    recording_fold fold, void *user, struct error *error)
{
	struct recording_row row = { 0 };
	int result = 0, step = SQLITE_DONE;

	recording->steps = 0;
	if (sqlite3_prepare_v2(recording->db, sql, -1, &row.statement, NULL) != SQLITE_OK)
		return failed_in_sqlite(recording, error);
	if (sqlite3_bind_parameter_count(row.statement))
		sqlite3_bind_int64(row.statement, 1, (int64_t)parameter);
	while (!result && (step = sqlite3_step(row.statement)) == SQLITE_ROW) {
		result = fold(recording, &row, user);
		if (!result && row.bad)
			result = -EINVAL;
	}
	if (result == -ENOMEM)
		result = recording_failed(recording, error, "out of memory");
	else if (result)
		result = recording_failed(recording, error, "the file is damaged");
	else if (step != SQLITE_DONE)
		result = failed_in_sqlite(recording, error);
	sqlite3_finalize(row.statement);
	return result;
}

int recording_room(void *array, size_t length, size_t size)
{
	void **elements = array, *more;

	if (length & (length - 1) || length == 1)
		return 0;
	more = realloc(*elements, (length ? length * 2 : 2) * size);
	if (!more)
		return -ENOMEM;
	*elements = more;
	return 0;
}

int ids_add(struct recording_ids *ids, uint32_t id)
{
	if (ids->length && ids->ids[ids->length - 1] >= id)
		return -EINVAL;
	if (ids->length >= INT32_MAX)
		return -EINVAL;
	if (recording_room(&ids->ids, ids->length, sizeof(*ids->ids)))
		return -ENOMEM;
	ids->ids[ids->length++] = id;
	return 0;
}

uint32_t ids_find(const struct recording_ids *ids, uint32_t id)
{
	size_t at;

	BISECT(at, ids->length, ids->ids[at] < id);
	return at < ids->length && ids->ids[at] == id ? (uint32_t)at + ids->first : 0;
}

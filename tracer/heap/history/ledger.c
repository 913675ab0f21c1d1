/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists are in the order of their keys, and so are most rows, as the first list made
 * them.  The next key of a list is most often in the row after the last one, or a few
 * rows further; then nothing needs to be looked up.
 */
#include "tracer/heap/history/ledger.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"

#define AHEAD 8u                        /* rows to try before the index */

void ledger_free(struct ledger *ledger)
{
	free(ledger->rows);
	finder_free(&ledger->index);
	*ledger = (struct ledger){ 0 };
}

static struct change *ledger_row(struct ledger *ledger, const struct change *key)
{
	uint64_t wanted = change_key(key);
	uint32_t hash = hash_mix(wanted, 0), value;

	for (size_t at = hash; (value = finder_next(&ledger->index, hash, &at));)
		if (change_key(&ledger->rows[value - 1]) == wanted)
			return &ledger->rows[value - 1];
	if (ledger->length >= UINT32_MAX - 1 || !finder_room(&ledger->index) ||
	    !array_grow(&ledger->rows, &ledger->room, ledger->length + 1,
			sizeof(*ledger->rows)))
		return NULL;
	assert(ledger->length < ledger->room);
	struct change *row = &ledger->rows[ledger->length++];

	*row = (struct change){ .trace = key->trace, .thread = key->thread, .domain = key->domain };
	finder_put(&ledger->index, hash, (uint32_t)ledger->length);
	return row;
}

bool ledger_reserve(struct ledger *ledger, size_t keys)
{
	return finder_reserve(&ledger->index, keys) &&
	       array_grow(&ledger->rows, &ledger->room, keys, sizeof(*ledger->rows));
}

bool ledger_add(struct ledger *ledger, const struct change *change, int sign)
{
	struct change *row = ledger_row(ledger, change);

	if (row)
		change_add(row, change, sign);
	return row != NULL;
}

/* The row of a key, searched at `*at` and shortly after it first; *at is set to the row
 * after it. */
static struct change *ledger_next(struct ledger *ledger, const struct change *key,
				  size_t *at)
{
	uint64_t wanted = change_key(key);
	struct change *row;

	for (size_t i = *at; i < ledger->length && i < *at + AHEAD; i++)
		if (change_key(&ledger->rows[i]) == wanted) {
			*at = i + 1;
			return &ledger->rows[i];
		}
	row = ledger_row(ledger, key);
	assert(!row || change_key(row) == wanted);
	if (row)
		*at = (size_t)(row - ledger->rows) + 1;
	return row;
}

int ledger_add_list(struct ledger *ledger, const uint8_t *bytes, size_t length, int sign)
{
	struct change_reader reader = change_reader(bytes, length);
	struct change change, *row;
	size_t at = 0;

	while (change_next(&reader, &change)) {
		row = ledger_next(ledger, &change, &at);
		if (!row)
			return -ENOMEM;
		change_add(row, &change, sign);
	}
	return reader.bad ? -EINVAL : 0;
}

size_t ledger_encode(const struct ledger *ledger, struct bytes *bytes)
{
	struct change *rows = malloc((ledger->length + 1) * sizeof(*rows));
	size_t n = SIZE_MAX;

	if (rows && ledger->length)
		memcpy(rows, ledger->rows, ledger->length * sizeof(*rows));
	if (rows)
		n = changes_order(rows, ledger->length);
	assert(n == SIZE_MAX || n <= ledger->length);
	if (n != SIZE_MAX && !changes_encode(rows, n, bytes))
		n = SIZE_MAX;
	free(rows);
	return n;
}

uint64_t ledger_bytes(const struct ledger *ledger)
{
	return ledger->room * sizeof(*ledger->rows) + ledger->index.bytes;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_HISTORY_LEDGER_H
#define TRACER_HEAP_HISTORY_LEDGER_H
/* Sums of changes by key: the figures of all keys at one moment.  Zero-initialise. */
#include "tracer/ground/finder.h"
#include "tracer/heap/history/change.h"

struct ledger {
	struct change *rows;            /* in the order in which their keys came first */
	size_t length, room;
	struct finder index;            /* key -> index + 1 */
};

void ledger_free(struct ledger *ledger);
/* Makes room for so many keys in all.  False: out of memory. */
bool ledger_reserve(struct ledger *ledger, size_t keys);
/* Adds a change, or with sign -1 subtracts it.  False: out of memory. */
bool ledger_add(struct ledger *ledger, const struct change *change, int sign);
/* The same for a list.  0, -ENOMEM, or -EINVAL: the list is bad. */
int ledger_add_list(struct ledger *ledger, const uint8_t *bytes, size_t length, int sign);
/* Appends all rows that are not 0 to *bytes, as a list.  Returns how many, or SIZE_MAX:
 * out of memory. */
size_t ledger_encode(const struct ledger *ledger, struct bytes *bytes);
/* Bytes of memory that it takes. */
uint64_t ledger_bytes(const struct ledger *ledger);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of rows by what they are.  All is forgotten when the steps get longer: a run
 * that lasts twice as long needs other points. */
#include "tui/detail/curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "views/filter/filter.h"
#include "views/row/mine.h"

#define KEPT 1024u                      /* rows, more than any screen shows at a time */

struct entry {
	uint64_t id;
	uint32_t number;                /* in the table that was shown last */
	unsigned known;                 /* points, from the first on */
	bool asked, failed;
	bool wanted;                    /* drawn since, and lacks points */
	float bytes[CURVE_TIMES];
};

struct curves {
	const struct table *table;      /* shown, and not owned: for curves_get alone */
	struct members *members;        /* of it */
	uint64_t view;                  /* what it is a table of */
	unsigned version;
	double step;
	double first;                   /* in steps */
	unsigned times;                 /* points by now */
	size_t length;
	struct entry entries[KEPT];
};

struct curves *curves_new(void)
{
	return calloc(1, sizeof(struct curves));
}

void curves_free(struct curves *curves)
{
	if (curves)
		members_release(curves->members);
	free(curves);
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * UINT64_C(1099511628211);        /* FNV-1a */
	return hash;
}

static uint64_t mix_number(uint64_t hash, uint64_t number)
{
	return mix(hash, &number, sizeof number);
}

static uint64_t view_id(const void *owner, const struct table *table)
{
	const struct view *view = &table->view;
	uint64_t id = mix_number(UINT64_C(14695981039346656037), (uintptr_t)owner);
	id = mix_number(id, (uintptr_t)table->now->catalog);
	id = mix_number(id, (uint64_t)view->by << 32 | table->now->process);
	id = mix_number(id, (uint64_t)view->raw << 8 | view->frames);
	if (view->mine && view->mine->on)
		id = mix(id, view->mine->folders, view->mine->used + 1);
	for (size_t i = 0; view->filters && i < view->filters->length; i++) {
		const char *text = filter_text(view->filters->filters[i]);
		id = mix(id, text, strlen(text) + 1);
	}
	return id;
}

/* The shortest step by which a span has no more points than there is room for. */
static double step_for(double seconds)
{
	static const double steps[] = {1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800,
				       3600, 7200, 14400, 43200, 86400};
	size_t n = sizeof steps / sizeof *steps;
	for (size_t i = 0; i < n; i++)
		if (seconds <= steps[i] * (CURVE_TIMES - 1))
			return steps[i];
	return ceil(seconds / (CURVE_TIMES - 1) / steps[n - 1]) * steps[n - 1];
}

void curves_show(struct curves *curves, const void *owner, const struct table *table,
		 double from, double to)
{
	if (!curves)
		return;
	double step = step_for(to - from), first = ceil(from / step);
	uint64_t view = view_id(owner, table);
	if (first < 1)
		first = 1;              /* at the start nothing is held */
	if (view != curves->view || step != curves->step || first != curves->first) {
		curves->length = 0;
		curves->version++;
	}
	double times = floor(to / step) - first + 1;
	curves->view = view;
	curves->step = step;
	curves->first = first;
	curves->times = times <= 0 ? 0 : times < CURVE_TIMES ? (unsigned)times : CURVE_TIMES;
	for (size_t i = 0; i < curves->length; i++)
		curves->entries[i].wanted = false;
	if (curves->table == table)
		return;
	curves->table = table;
	members_release(curves->members);
	curves->members = members_of(table);
}

bool curves_can(const struct curves *curves, const struct table *table)
{
	struct members *members = curves && table ? members_of(table) : NULL;
	members_release(members);
	return members;
}

static uint64_t row_id(const struct table *table, const struct row *row)
{
	uint64_t id = mix(UINT64_C(14695981039346656037), row->key, strlen(row->key));
	id = mix_number(id, row->path);
	return table->view.by == BY_TRACEBACK ? mix_number(id, row->trace.v) : id;
}

static struct entry *entry_of(struct curves *curves, uint64_t id)
{
	for (size_t i = 0; i < curves->length; i++)
		if (curves->entries[i].id == id)
			return &curves->entries[i];
	if (curves->length == KEPT) {
		curves->length = 0;
		curves->version++;
	}
	struct entry *entry = &curves->entries[curves->length++];
	*entry = (struct entry){.id = id};
	return entry;
}

const float *curves_get(struct curves *curves, const struct row *row, unsigned *length,
			double *until)
{
	if (!curves || !curves->members)
		return NULL;
	struct entry *entry = entry_of(curves, row_id(curves->table, row));
	unsigned most = entry->known < curves->times ? entry->known : curves->times;
	entry->number = members_row(curves->table, row);
	entry->wanted = entry->known < curves->times && !entry->failed;
	*length = most;
	*until = (curves->first + most - 1) * curves->step;
	return most || !curves->times ? entry->bytes : NULL;
}

double curves_step(const struct curves *curves)
{
	return curves->step;
}

/* Those that lack points from the same one on, as the first that lacks some. */
bool curves_wanted(struct curves *curves, struct curves_wanted *wanted)
{
	wanted->length = 0;
	for (size_t i = 0; curves && i < curves->length; i++) {
		struct entry *entry = &curves->entries[i];
		if (!entry->wanted || entry->asked || wanted->length == CURVES_AT_ONCE)
			continue;
		if (!wanted->length)
			wanted->first = entry->known;
		if (entry->known != wanted->first)
			continue;
		entry->asked = true;
		wanted->ids[wanted->length] = entry->id;
		wanted->rows[wanted->length++] = entry->number;
	}
	if (!wanted->length)
		return false;
	wanted->version = curves->version;
	wanted->times_length = curves->times - wanted->first;
	for (unsigned i = 0; i < wanted->times_length; i++)
		wanted->times[i] = (curves->first + wanted->first + i) * curves->step;
	wanted->members = members_retain(curves->members);
	return true;
}

void curves_put(struct curves *curves, struct curves_wanted *wanted, const float *bytes)
{
	members_release(wanted->members);
	wanted->members = NULL;
	for (size_t i = 0; i < wanted->length && wanted->version == curves->version; i++) {
		struct entry *entry = entry_of(curves, wanted->ids[i]);
		entry->asked = false;
		entry->failed = !bytes;
		if (!bytes || entry->known != wanted->first)
			continue;
		memcpy(entry->bytes + entry->known, bytes + i * wanted->times_length,
		       wanted->times_length * sizeof *bytes);
		entry->known += wanted->times_length;
	}
}

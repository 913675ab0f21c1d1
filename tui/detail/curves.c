/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash table of rows by what they stand for.  It is emptied when the step between
 * points gets longer: a run of twice the length needs other points. */
#include "tui/detail/curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "views/filter/filter.h"
#include "views/row/mine.h"

#define KEPT 1024u                      /* rows; more than any screen shows at a time */

struct entry {
	uint64_t id;
	uint32_t number;                /* in the table that was shown last */
	unsigned known;                 /* number of points, from the first on */
	bool asked, failed;
	bool wanted;                    /* drawn since, and points or the verdict are
					 * missing */
	float bytes[CURVE_TIMES];
	double census;                  /* the time of the verdict; 0: it was not looked
					 * up */
	bool judged;                    /* the verdict exists */
	struct growth_verdict verdict;
};

struct curves {
	const struct table *table;      /* the one that is shown, not owned */
	bool can;                       /* it can tell the members of its rows */
	struct snapshot *judge;         /* whose curves give its verdicts, not owned; or
					 * NULL */
	double census;                  /* the time of its last census; 0: there was
					 * none */
	uint64_t view;                  /* a hash of the view that the table shows */
	unsigned version;
	double step;
	double first;                   /* in steps */
	unsigned times;                 /* number of points by now */
	size_t length;
	struct entry entries[KEPT];
};

struct curves *curves_new(void)
{
	return calloc(1, sizeof(struct curves));
}

void curves_free(struct curves *curves)
{
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
	id = mix_number(id, view->cumulative | view->inverted << 1);
	if (view->mine && view->mine->on)
		id = mix(id, view->mine->folders, view->mine->used + 1);
	for (size_t i = 0; view->filters && i < view->filters->length; i++) {
		const char *text = filter_text(view->filters->filters[i]);
		id = mix(id, text, strlen(text) + 1);
	}
	return id;
}

/* The shortest step with which a span has no more points than there is room for. */
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

void curves_hide(struct curves *curves)
{
	if (!curves)
		return;
	for (size_t i = 0; i < curves->length; i++)
		curves->entries[i].wanted = false;
	curves->can = false;
	curves->census = 0;
	curves->table = NULL;
	curves->judge = NULL;
}

void curves_show(struct curves *curves, const void *owner, const struct table *table,
		 struct snapshot *judge, double from, double to)
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
	curves_hide(curves);
	curves->table = table;
	curves->can = table_has_members(table);
	curves->judge = curves_judge(curves, table, judge) ? judge : NULL;
	curves->census = curves->judge ? snapshot_census(judge) : 0;
}

bool curves_can(const struct curves *curves, const struct table *table)
{
	return curves && table && table_has_members(table);
}

bool curves_judge(const struct curves *curves, const struct table *table,
		  const struct snapshot *judge)
{
	return curves_can(curves, table) && judge &&
	       !column_shown(column_get(COLUMN_GROWTH), table);
}

double curves_judged_at(const struct curves *curves)
{
	bool later = curves && curves->census > 0 && curves->judge->time > curves->table->now->time;
	return later ? curves->census : 0;
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

/* The entry of a row that is drawn; NULL: the history can't tell it from other rows. */
static struct entry *drawn(struct curves *curves, const struct row *row)
{
	if (!table_member_told(curves->table, row))
		return NULL;
	struct entry *entry = entry_of(curves, row_id(curves->table, row));
	entry->number = table_member(curves->table, row);
	bool judged = curves->census <= 0 || entry->census == curves->census;
	entry->wanted = (entry->known < curves->times || !judged) && !entry->failed;
	return entry;
}

const struct growth_verdict *curves_verdict(struct curves *curves, const struct row *row)
{
	if (row->growth || !curves || !curves->can || curves->census <= 0)
		return row->growth;
	const struct entry *entry = drawn(curves, row);
	/* An older verdict is shown until the new one is there; a newer one than the
	 * table's is not. */
	return entry && entry->judged && entry->census <= curves->census ? &entry->verdict : NULL;
}

const float *curves_get(struct curves *curves, const struct row *row, unsigned *length,
			double *until)
{
	if (!curves || !curves->can)
		return NULL;
	struct entry *entry = drawn(curves, row);
	if (!entry)
		return NULL;
	unsigned most = entry->known < curves->times ? entry->known : curves->times;
	*length = most;
	*until = (curves->first + most - 1) * curves->step;
	return most || !curves->times ? entry->bytes : NULL;
}

double curves_step(const struct curves *curves)
{
	return curves->step;
}

/* Collects the rows that lack the same points as the first one that lacks any.  The
 * reference to their members is taken here, while the table still exists. */
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
		wanted->ids[wanted->length] = entry->id;
		wanted->rows[wanted->length++] = entry->number;
	}
	wanted->members = !wanted->length ? NULL :
			  table_members(curves->table, wanted->rows, wanted->length);
	if (!wanted->members)
		return false;
	for (size_t i = 0; i < wanted->length; i++)
		entry_of(curves, wanted->ids[i])->asked = true;
	wanted->version = curves->version;
	wanted->judge = curves->census > 0 ? snapshot_retain(curves->judge) : NULL;
	wanted->times_length =
		curves->times > wanted->first ? curves->times - wanted->first : 0;
	for (unsigned i = 0; i < wanted->times_length; i++)
		wanted->times[i] = (curves->first + wanted->first + i) * curves->step;
	return true;
}

void curves_put(struct curves *curves, struct curves_wanted *wanted,
		const struct curves_answer *answer)
{
	double census = wanted->judge ? snapshot_census(wanted->judge) : 0;
	for (size_t i = 0; i < wanted->length && wanted->version == curves->version; i++) {
		struct entry *entry = entry_of(curves, wanted->ids[i]);
		entry->asked = false;
		entry->failed = answer->failed;
		if (answer->failed)
			continue;
		entry->census = census;
		entry->judged = wanted->judge && answer->judged[i];
		if (entry->judged)
			entry->verdict = answer->verdicts[i];
		if (entry->known != wanted->first)
			continue;
		if (wanted->times_length)
			memcpy(entry->bytes + entry->known,
			       answer->bytes + i * wanted->times_length,
			       wanted->times_length * sizeof *answer->bytes);
		entry->known += wanted->times_length;
	}
	curves_let_go(wanted);
}

void curves_let_go(struct curves_wanted *wanted)
{
	members_release(wanted->members);
	snapshot_release(wanted->judge);
	wanted->members = NULL;
	wanted->judge = NULL;
}

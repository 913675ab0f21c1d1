/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/table/by_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/heap/tally/look_held.h"
#include "views/filter/filter.h"

bool by_type_known(const struct snapshot *snapshot)
{
	return snapshot->look && snapshot->look->types;
}

/* Names alone, with the same numbers. */
static struct look_types *copy_names(const struct look_types *from)
{
	struct look_types *types = look_types_new();

	for (size_t i = 1; types && i < from->names_length; i++)
		if (look_types_name(types, from->names[i]) != i) {
			look_types_free(types);
			return NULL;
		}
	return types;
}

static bool split_rows(struct snapshot *to, const struct snapshot *from)
{
	const struct look_types *types = from->look->types;

	to->look = snapshot_look_new(types->parts_length);
	if (!to->look)
		return false;
	to->look->pause = from->look->pause;
	to->look->copied = from->look->copied;
	to->look->unread = from->look->unread;
	to->look->held = look_held_retain(from->look->held);
	to->look->types = copy_names(types);
	to->look->type_of_row = calloc(types->parts_length + 1, sizeof(uint32_t));
	if (!to->look->types || !to->look->type_of_row)
		return false;
	for (size_t i = 0; i < types->parts_length; i++) {
		const struct look_part *part = &types->parts[i];
		const struct snapshot_row *row = &from->rows[part->row];

		to->rows[i] = (struct snapshot_row){
			.trace = row->trace, .thread = row->thread, .domain = row->domain,
			.now = { .size = part->size, .count = part->count },
			.born = AGE_UNKNOWN, .oldest = AGE_UNKNOWN,
		};
		to->look->rows[i] = part->look;
		to->look->type_of_row[i] = part->type;
	}
	return true;
}

struct snapshot *by_type_split(const struct snapshot *snapshot)
{
	struct snapshot *split = snapshot_new(snapshot->catalog,
					      snapshot->look->types->parts_length);

	if (!split)
		return NULL;
	split->totals = snapshot->totals;
	split->time = snapshot->time;
	split->kind = snapshot->kind;
	split->process = snapshot->process;
	split->pid = snapshot->pid;
	split->number = snapshot->number;
	memcpy(split->name, snapshot->name, sizeof(split->name));
	split->nframe = snapshot->nframe;
	split->sample = snapshot->sample;
	split->walked = snapshot->walked;
	split->ageless = true;
	if (split_rows(split, snapshot))
		return split;
	snapshot_release(split);
	return NULL;
}

const char *by_type_name(const struct snapshot *snapshot, const struct snapshot_row *row)
{
	const struct snapshot_look *look = snapshot->look;

	return look->types->names[look->type_of_row[row - snapshot->rows]];
}

const char *by_type_refused(const struct view *view, const struct snapshot *now,
			    const struct snapshot *old, char problem[256])
{
	const char *field = filters_untyped_field(view->filters);

	if (field)
		snprintf(problem, 256, "the filter asks for %s, which is not known by type",
			 field);
	else if (!by_type_known(now) || (old && !by_type_known(old)))
		snprintf(problem, 256, "types are known only of moments at which the heap was "
				       "looked at: name one that has a look (memtop ctl PID heap "
				       "takes it)");
	else
		return NULL;
	return problem;
}

uint32_t *by_type_part_groups(const struct snapshot *snapshot, const uint32_t *groups)
{
	const struct snapshot_look *look = snapshot->look;
	size_t length = look->type_of_row ? snapshot->rows_length : look->types->parts_length;
	uint32_t *part_groups = malloc((length + 1) * sizeof(*part_groups));

	for (size_t i = 0; part_groups && i < length; i++)
		part_groups[i] = groups[look->type_of_row ? i : look->types->parts[i].row];
	return part_groups;
}

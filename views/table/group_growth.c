/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves of groups, and what the judge says of them. */
#include "views/table/group_growth.h"
#include <stdlib.h>
#include "tracer/ground/array.h"

void grouping_grow(struct grouping *grouping, uint32_t number, const struct growth_curve *curve)
{
	struct group *group = &grouping->groups[number - 1];

	if (group->growth) {
		growth_add(&grouping->curves[group->growth - 1], curve);
		return;
	}
	if (!array_grow(&grouping->curves, &grouping->curves_room, grouping->curves_length + 1,
			sizeof(*grouping->curves))) {
		grouping->legend->failed = true;
		return;
	}
	grouping->curves[grouping->curves_length++] = *curve;
	group->growth = (uint32_t)grouping->curves_length;
}

struct growth_verdict *grouping_judge(const struct grouping *grouping,
				      const struct growth_axis *axis)
{
	struct growth_verdict *verdicts =
		calloc(grouping->curves_length + 1, sizeof(*verdicts));

	for (size_t i = 0; verdicts && i < grouping->length; i++) {
		const struct group *group = &grouping->groups[i];
		double ever = (double)group->now.allocations;

		if (!group->growth)
			continue;
		const struct growth_facts facts = {
			.axis = axis,
			.curve = &grouping->curves[group->growth - 1],
			.variance = grouping->sample ? group->variance : 0,
			.freed = ever > 0 ? 1 - (double)group->now.count / ever : 0,
		};
		growth_judge(&facts, &verdicts[group->growth - 1]);
	}
	return verdicts;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds up the curves of groups and has them judged. */
#include "views/table/group_growth.h"
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "views/members/judging.h"

/* Groups with a curve are numbered in the order in which they are met; the number is the
 * group's place in the judging. */
struct places {
	struct grouping *grouping;
	uint32_t *groups;               /* by place */
	size_t length, room;
};

static struct judged_facts facts_of_group(void *user, size_t place)
{
	const struct places *places = user;
	const struct group *group = &places->grouping->groups[places->groups[place]];
	const struct row row = {.now = group->now};

	return (struct judged_facts){group->variance, row_freed(&row)};
}

/* Adds a row's curve to its group.  False: out of memory. */
static bool add_curve(struct places *places, struct judging *judging, uint32_t number,
		      const struct growth_row *row)
{
	struct group *group = &places->grouping->groups[number];
	struct grown *grown;

	if (!group->growth) {
		if (!array_grow(&places->groups, &places->room, places->length + 1,
				sizeof(*places->groups)))
			return false;
		places->groups[places->length++] = number;
		group->growth = (uint32_t)places->length;
	}
	grown = judging_at(judging, group->growth - 1);
	if (grown)
		grown_row(grown, row, judging->snapshot);
	return grown;
}

struct growth_verdict *grouping_judge(struct grouping *grouping, const struct snapshot *of,
				      const uint32_t *groups)
{
	struct places places = {.grouping = grouping};
	struct judging judging = {.snapshot = of, .facts = facts_of_group, .user = &places};
	struct growth_verdict *verdicts;
	bool fine = true;

	for (const struct snapshot_growth *part = of->growth; part && fine; part = part->next) {
		judging_next(&judging);
		for (size_t i = 0; i < part->length && fine; i++)
			if (groups[part->rows[i].row])
				fine = add_curve(&places, &judging, groups[part->rows[i].row] - 1,
						 &part->rows[i]);
		fine = fine && judging_part(&judging, part);
	}
	verdicts = fine ? judging_end(&judging) : NULL;
	judging_free(&judging);
	free(places.groups);
	return verdicts;
}

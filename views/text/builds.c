/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modules are the same by name, and their builds by build-id; one without a build-id may be
 * any.  Those of the old side are sorted, as a hostile recording may have very many. */
#include "views/text/builds.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/ground/bisect.h"

struct build {
	const char *name;
	struct module module;
};

static struct build build_of(const struct catalog *catalog, uint32_t i)
{
	struct module module = catalog_module(catalog, (struct module_id){ i });

	return (struct build){ catalog_text(catalog, module.name), module };
}

/* By name, and then those without a build-id first. */
static int build_order(const void *left, const void *right)
{
	const struct build *a = left, *b = right;
	int names = strcmp(a->name, b->name);

	if (names)
		return names;
	if (a->module.build_id_length != b->module.build_id_length)
		return a->module.build_id_length < b->module.build_id_length ? -1 : 1;
	return memcmp(a->module.build_id, b->module.build_id, a->module.build_id_length);
}

/* Whether there are modules of that name, and all of other builds. */
static bool is_rebuilt(const struct build *all, size_t length, const struct build *build)
{
	size_t first, same;

	BISECT(first, length, strcmp(all[first].name, build->name) < 0);
	if (first == length || strcmp(all[first].name, build->name) != 0 ||
	    !all[first].module.build_id_length)
		return false;
	BISECT(same, length, build_order(&all[same], build) < 0);
	return same == length || build_order(&all[same], build) != 0;
}

/* The name of the first module that is of another build than those of the old side; NULL:
 * there is none, or no memory to find it with. */
static const char *find_rebuilt(const struct catalog *now, const struct catalog *old)
{
	size_t length = 0;
	struct build *all = calloc(catalog_modules(old) + 1, sizeof(*all));
	const char *name = NULL;

	for (uint32_t i = 1; all && i < catalog_modules(old); i++)
		all[length++] = build_of(old, i);
	if (length)
		qsort(all, length, sizeof(*all), build_order);
	for (uint32_t i = 1; i < catalog_modules(now) && !name; i++) {
		struct build build = build_of(now, i);

		if (build.module.build_id_length && is_rebuilt(all, length, &build))
			name = build.name;
	}
	free(all);
	return name;
}

void text_builds(struct out *out, const struct table *table)
{
	const struct catalog *now = table->now->catalog;
	enum view_key by = table->view.by;

	if (!table->old || table->old->catalog == now ||
	    (by != BY_LINENO && by != BY_TRACEBACK && by != BY_TREE))
		return;
	const char *name = find_rebuilt(now, table->old->catalog);

	if (!name)
		return;
	out_safe(out, name);
	out_text(out, " is not the same build in both: a line that moved is two rows here; "
		      "--by=function compares functions\n");
}

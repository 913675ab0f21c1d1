/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modules are the same by name, and their builds by build-id; one without a build-id may be
 * any. */
#include "views/text/builds.h"

#include <string.h>

static bool is_of_build(const struct module *module, const struct module *other)
{
	return module->build_id_length == other->build_id_length &&
	       memcmp(module->build_id, other->build_id, other->build_id_length) == 0;
}

/* Whether a catalog has modules of that name, and all of other builds. */
static bool is_rebuilt(const struct catalog *catalog, const char *name, const struct module *module)
{
	bool found = false;

	for (uint32_t i = 1; i < catalog_modules(catalog); i++) {
		struct module other = catalog_module(catalog, (struct module_id){ i });

		if (strcmp(catalog_text(catalog, other.name), name) != 0)
			continue;
		if (!other.build_id_length || is_of_build(module, &other))
			return false;
		found = true;
	}
	return found;
}

void text_builds(struct out *out, const struct table *table)
{
	const struct catalog *now = table->now->catalog;
	enum view_key by = table->view.by;

	if (!table->old || table->old->catalog == now ||
	    (by != BY_LINENO && by != BY_TRACEBACK && by != BY_TREE))
		return;
	for (uint32_t i = 1; i < catalog_modules(now); i++) {
		struct module module = catalog_module(now, (struct module_id){ i });
		const char *name = catalog_text(now, module.name);

		if (!module.build_id_length || !is_rebuilt(table->old->catalog, name, &module))
			continue;
		out_safe(out, name);
		out_text(out, " is not the same build in both: a line that moved is two rows here; "
			      "--by=function compares functions\n");
		return;
	}
}

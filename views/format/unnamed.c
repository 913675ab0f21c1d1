/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names thread leaves a reason for each module that it could not read (catalog.h). */
#include "views/format/unnamed.h"

#include <string.h>

const char *unnamed_why(const struct catalog *catalog, const char *module)
{
	for (uint32_t i = 1; i < catalog_modules(catalog); i++) {
		struct module of = catalog_module(catalog, (struct module_id){ i });
		const char *reason = catalog_text(catalog, of.reason);

		if (*reason && strcmp(catalog_text(catalog, of.name), module) == 0)
			return reason;
	}
	return "no symbol was found there";
}

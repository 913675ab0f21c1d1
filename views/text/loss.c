/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * If an allocation is lost, its block is missing from the live figures, and so is its
 * free, which then ends nothing.  If the free of a recorded block is lost, the block is
 * still counted, so the live figures are too high.
 */
#include "views/text/loss.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "views/format/format.h"

void loss_text(const struct totals *totals, char text[LOSS_MAX])
{
	int n = snprintf(text, LOSS_MAX, "lost %" PRIu64 " event%s", totals->lost,
			 format_s(totals->lost));

	if (totals->lost_allocations || totals->lost_frees)
		snprintf(text + n, LOSS_MAX - (size_t)n,
			 " (%" PRIu64 " allocation%s, %" PRIu64 " free%s)",
			 totals->lost_allocations, format_s(totals->lost_allocations),
			 totals->lost_frees, format_s(totals->lost_frees));
}

const char *loss_bound(const struct totals *totals)
{
	if (totals->lost_allocations && totals->unended)
		return "what is shown as live may be too little or too much";
	if (totals->unended)
		return "what is shown as live is an upper bound";
	return totals->lost_allocations ? "what is shown as live is a lower bound" : "";
}

/* Whether the module before `id` in the catalog gives the same reason. */
static bool is_said(const struct catalog *catalog, uint32_t id, const char *reason)
{
	for (uint32_t i = 1; i < id; i++) {
		struct module module = catalog_module(catalog, (struct module_id){ i });
		if (strcmp(catalog_text(catalog, module.reason), reason) == 0)
			return true;
	}
	return false;
}

void loss_put_made(struct out *out, const char *which, const struct catalog *catalog)
{
	for (uint32_t i = 1; i < catalog_modules(catalog); i++) {
		struct module module = catalog_module(catalog, (struct module_id){ i });
		const char *name = catalog_text(catalog, module.name);
		const char *reason = catalog_text(catalog, module.reason);
		bool made = strcmp(name, "[JIT]") == 0;
		/* V8's interpreter is code in a module, to which names.c has assigned the
		 * reason. */
		if (!*reason || (!made && !strstr(reason, "--perf-basic-prof")) ||
		    is_said(catalog, i, reason))
			continue;
		out_text(out, which);
		out_safe(out, name);
		out_format(out, ": %s\n", reason);
	}
}

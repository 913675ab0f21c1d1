/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A lost allocation is missing from the live figures, and so is its free, which then ends
 * nothing.  A recorded block whose free is lost is still counted: the live figures are
 * too high.
 */
#include "views/text/loss.h"

#include <inttypes.h>
#include <stdio.h>
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

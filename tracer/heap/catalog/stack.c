/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why stacks are cut, and the name of a site that has none. */
#include "tracer/heap/catalog/stack.h"

#include <stdio.h>

void stack_offset_name(uint64_t offset, char name[24])
{
	snprintf(name, 24, "+0x%llx", (unsigned long long)offset);
}

enum cut stack_cut(const struct catalog *catalog, struct trace_id trace, bool more)
{
	enum cut cut = catalog_cut(catalog, trace);

	return more && cut != CUT_FULL ? CUT_NFRAME : cut;
}

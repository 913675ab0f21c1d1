/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why stacks are cut, and the name of a site that has none. */
#include "tracer/heap/catalog/stack.h"

#include <string.h>

/* By hand, because each new site has one. */
void stack_offset_name(uint64_t offset, char name[24])
{
	unsigned digits = 1;

	while (digits < 16 && offset >> 4 * digits)
		digits++;
	memcpy(name, "+0x", 3);
	name[3 + digits] = '\0';
	for (; digits; offset >>= 4)
		name[2 + digits--] = "0123456789abcdef"[offset & 15];
}

enum cut stack_cut(const struct catalog *catalog, struct trace_id trace, bool more)
{
	enum cut cut = catalog_cut(catalog, trace);

	return more && cut != CUT_FULL ? CUT_NFRAME : cut;
}

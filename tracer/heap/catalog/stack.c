/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trace is walked from its newest node to the root; each site becomes its
 * frames, the innermost inline first. */
#include "tracer/heap/catalog/stack.h"

#include <stdio.h>
#include "tracer/wire/wire.h"

struct walk {
	const struct catalog *catalog;
	struct trace_id next;           /* node whose site comes after this one */
	struct site_id site;
	unsigned at, length;            /* frame of the site, how many it has */
	const struct frame_id *names;   /* NULL: the site has no names yet */
};

void stack_offset_name(uint64_t offset, char name[24])
{
	snprintf(name, 24, "+0x%llx", (unsigned long long)offset);
}

static struct frame nameless_frame(const struct catalog *catalog, struct site_id id)
{
	struct site site = catalog_site(catalog, id);

	return (struct frame){
		.file = catalog_module(catalog, site.module).path,
		.function = catalog_site_offset(catalog, id),
		.module = site.module,
		.unresolved = true,
	};
}

/* The next older frame; false at the end of the stack. */
static bool walk_next(struct walk *walk, struct frame *frame)
{
	if (walk->at >= walk->length) {
		do {
			struct trace_id trace = walk->next;

			if (!catalog_caller(walk->catalog, trace, &walk->next, &walk->site)) {
				walk->next = (struct trace_id){ 0 };
				return false;
			}
		} while (!walk->site.v);
		walk->names = catalog_site_frames(walk->catalog, walk->site, &walk->length);
		walk->at = 0;
		if (!walk->names)
			walk->length = 1;
	}
	*frame = walk->names ? catalog_frame(walk->catalog, walk->names[walk->at]) :
			       nameless_frame(walk->catalog, walk->site);
	walk->at++;
	return true;
}

enum cut stack_cut(const struct catalog *catalog, struct trace_id trace, bool more)
{
	enum cut cut = catalog_cut(catalog, trace);

	return more && cut != CUT_FULL ? CUT_NFRAME : cut;
}

size_t stack_frames(const struct catalog *catalog, struct trace_id trace, struct frame *frames,
		    size_t max, enum cut *cut)
{
	struct walk walk = { .catalog = catalog, .next = trace };
	struct frame more;
	size_t length = 0;

	while (length < max && walk_next(&walk, &frames[length]))
		length++;
	if (cut)
		*cut = stack_cut(catalog, trace, length == max && walk_next(&walk, &more));
	return length;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_HEAP_STACK_FRAMES_H
#define TESTS_UNIT_HEAP_STACK_FRAMES_H
/*
 * A trace of a catalog as the list of frames that people read, for tests: it is walked from
 * its newest node to the root, and each site becomes its frames, the innermost inline first.
 * A site without names yet is one frame with the module's path as file, line 0 and
 * "+0xOFFSET" as function.
 */
#include "tracer/heap/catalog/stack.h"

struct walk {
	const struct catalog *catalog;
	struct trace_id next;           /* node whose site comes after this one */
	struct site_id site;
	unsigned at, length;            /* frame of the site, how many it has */
	const struct frame_id *names;   /* NULL: the site has no names yet */
};

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

/* Writes at most `max` frames, newest first; returns how many it wrote.
 * *cut (may be NULL) is why there are more. */
static size_t stack_frames(const struct catalog *catalog, struct trace_id trace,
			   struct frame *frames, size_t max, enum cut *cut)
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

#endif

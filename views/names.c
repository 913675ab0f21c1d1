/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ids of catalogs on one side, small dense numbers on the other.  Everything
 * is looked up once per id and remembered, so that grouping and filtering a
 * hundred thousand traces compares numbers and never text.
 */
#include "views/names.h"
#include <stdlib.h>
#include <string.h>
#include "tracer/heap/stack.h"
#include "views/utf8.h"

static uint32_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash_mix(hash, 0);
}

static uint32_t add_string(struct names *names, const char *text, uint32_t hash)
{
	uint32_t number = (uint32_t)names->strings_length;

	if (!array_grow(&names->strings, &names->strings_room, number + 1,
			sizeof(*names->strings)) ||
	    (number && !index_put(&names->strings_index, hash, number))) {
		names->failed = true;
		return 0;
	}
	names->strings[names->strings_length++] = text;
	return number;
}

uint32_t names_string(struct names *names, const char *text)
{
	uint32_t hash = hash_text(text), number;

	if (!*text)
		return 0;
	for (size_t at = hash; (number = index_next(&names->strings_index, hash, &at));) {
		if (!strcmp(names->strings[number], text))
			return number;
	}
	return add_string(names, text, hash);
}

static uint32_t frame_hash(const struct names_frame *frame)
{
	uint32_t head = hash_mix((uint64_t)frame->file << 32 | frame->function, frame->line);

	return hash_mix((uint64_t)head << 32 | frame->path, frame->lang);
}

static bool frame_same(const struct names_frame *a, const struct names_frame *b)
{
	return a->file == b->file && a->function == b->function && a->module == b->module &&
	       a->path == b->path && a->line == b->line && a->lang == b->lang &&
	       a->inlined == b->inlined && a->wrapper == b->wrapper &&
	       a->unresolved == b->unresolved;
}

static uint32_t add_frame(struct names *names, const struct names_frame *frame)
{
	uint32_t hash = frame_hash(frame), number;

	for (size_t at = hash; (number = index_next(&names->frames_index, hash, &at));) {
		if (frame_same(&names->frames[number], frame))
			return number;
	}
	number = (uint32_t)names->frames_length;
	if (!array_grow(&names->frames, &names->frames_room, number + 1,
			sizeof(*names->frames)) ||
	    (number && !index_put(&names->frames_index, hash, number))) {
		names->failed = true;
		return 0;
	}
	names->frames[names->frames_length++] = *frame;
	return number;
}

struct names *names_new(void)
{
	struct names *names = calloc(1, sizeof(*names));
	struct names_frame unknown = {.unresolved = true};

	if (!names)
		return NULL;
	names->references = 1;
	add_string(names, "", 0);
	unknown.file = names_string(names, "<unknown>");
	add_frame(names, &unknown);
	if (names->failed) {
		names_release(names);
		return NULL;
	}
	return names;
}

struct names *names_retain(struct names *names)
{
	names->references++;
	return names;
}

void names_release(struct names *names)
{
	if (!names || --names->references)
		return;
	for (unsigned i = 0; i < 2; i++) {
		if (names->sides[i].catalog)
			catalog_release(names->sides[i].catalog);
		sparse_free(&names->sides[i].sites);
		sparse_free(&names->sides[i].frames);
		sparse_free(&names->sides[i].strings);
	}
	for (size_t i = 0; i < names->owned_length; i++)
		free(names->owned[i]);
	free(names->owned);
	free(names->strings);
	free(names->frames);
	free(names->lists);
	free(names->file_ranks);
	index_free(&names->strings_index);
	index_free(&names->frames_index);
	free(names);
}

struct names_side *names_side(struct names *names, struct catalog *catalog)
{
	struct names_side *side = names->sides;

	if (side->catalog && side->catalog != catalog)
		side++;
	if (!side->catalog) {
		side->names = names;
		side->catalog = catalog_retain(catalog);
	}
	return side;
}

/* The memo of a side for `id`; a place of its own if there is no memory. */
static uint32_t *memo(struct names_side *side, struct sparse *sparse, uint32_t id)
{
	static uint32_t nowhere;
	uint32_t *at = sparse_at(sparse, id);

	if (!at) {
		side->names->failed = true;
		nowhere = 0;
		return &nowhere;
	}
	return at;
}

static uint32_t side_string(struct names_side *side, struct str_id id)
{
	uint32_t *known;

	if (!id.v)
		return 0;
	known = memo(side, &side->strings, id.v);
	if (!*known)
		*known = names_string(side->names, catalog_text(side->catalog, id)) + 1;
	return *known - 1;
}

static void frame_module(struct names_side *side, struct module_id id, struct names_frame *frame)
{
	struct module module = catalog_module(side->catalog, id);

	frame->module = side_string(side, module.name);
	frame->path = side_string(side, module.path);
}

static uint32_t side_frame(struct names_side *side, struct frame_id id)
{
	uint32_t *known = memo(side, &side->frames, id.v);
	struct names_frame frame = {0};
	struct frame from;

	if (*known)
		return *known - 1;
	from = catalog_frame(side->catalog, id);
	frame.file = side_string(side, from.file);
	frame.function = side_string(side, from.function);
	frame_module(side, from.module, &frame);
	frame.line = from.line;
	frame.lang = from.lang;
	frame.inlined = from.inlined;
	frame.wrapper = from.wrapper;
	frame.unresolved = from.unresolved;
	*known = add_frame(side->names, &frame) + 1;
	return *known - 1;
}

/* A string that no catalog holds. */
static uint32_t own_string(struct names *names, const char *text)
{
	char *copy;
	uint32_t number;

	if (!array_grow(&names->owned, &names->owned_room, names->owned_length + 1,
			sizeof(*names->owned)) ||
	    !(copy = strdup(text))) {
		names->failed = true;
		return 0;
	}
	number = names_string(names, copy);
	if (names->strings[number] == copy)
		names->owned[names->owned_length++] = copy;
	else
		free(copy);
	return number;
}

/* The one frame of a site that has no names (yet). */
static uint32_t unnamed_frame(struct names_side *side, struct site_id id)
{
	struct site site = catalog_site(side->catalog, id);
	struct names_frame frame = {.unresolved = true};
	char offset[24];

	frame_module(side, site.module, &frame);
	frame.file = frame.path;
	stack_offset_name(site.offset, offset);
	frame.function = own_string(side->names, offset);
	return add_frame(side->names, &frame);
}

/* Appends the list of a site to `lists`; its place. */
static size_t add_site(struct names_side *side, struct site_id site)
{
	struct names *names = side->names;
	unsigned n = 0;
	const struct frame_id *frames = catalog_site_frames(side->catalog, site, &n);
	size_t at = names->lists_length, length = frames && n ? n : 1;

	if (!array_grow(&names->lists, &names->lists_room, at + 1 + length,
			sizeof(*names->lists))) {
		names->failed = true;
		return 0;
	}
	names->lists_length += 1 + length;
	names->lists[at] = (uint32_t)length;
	for (size_t i = 0; frames && i < n; i++)
		names->lists[at + 1 + i] = side_frame(side, frames[i]);
	if (!frames || !n)
		names->lists[at + 1] = unnamed_frame(side, site);
	return at;
}

const uint32_t *names_site(struct names_side *side, struct site_id site, size_t *length)
{
	static const uint32_t none[1] = {0};
	uint32_t *known = memo(side, &side->sites, site.v);

	if (!*known)
		*known = (uint32_t)add_site(side, site) + 1;
	if (side->names->failed) {
		*length = 1;
		return none;
	}
	*length = side->names->lists[*known - 1];
	return side->names->lists + *known;
}

const uint32_t *names_step(struct names_side *side, struct trace_id *trace, size_t *length,
			   bool *missing)
{
	struct trace_id parent;
	struct site_id site;

	while (catalog_trace(side->catalog, *trace, &parent, &site)) {
		if (site.v == 1) {
			*missing = true;
			return NULL;
		}
		*trace = parent;
		if (site.v)
			return names_site(side, site, length);
	}
	return NULL;
}

size_t names_stack(struct names_side *side, struct trace_id trace, uint32_t *frames, size_t max,
		   bool *cut)
{
	bool missing = false;
	const uint32_t *list;
	size_t n = 0, length;

	while (n < max && (list = names_step(side, &trace, &length, &missing))) {
		size_t take = length < max - n ? length : max - n;

		memcpy(frames + n, list, take * sizeof(*frames));
		n += take;
		missing = missing || take < length;
	}
	if (n == 0 && max)
		frames[n++] = 0;
	else if (n == max && !missing)
		missing = names_step(side, &trace, &length, &missing) || missing;
	if (cut)
		*cut = missing;
	return n;
}

uint32_t names_newest(struct names_side *side, struct trace_id trace, bool raw, size_t max)
{
	bool missing = false, found = false;
	const uint32_t *list;
	uint32_t newest = 0;
	size_t n = 0, length;

	while (n < max && (list = names_step(side, &trace, &length, &missing))) {
		for (size_t i = 0; i < length && n < max; i++, n++) {
			if (raw || !side->names->frames[list[i]].wrapper)
				return list[i];
			newest = found ? newest : list[i];
			found = true;
		}
	}
	return newest;
}

struct row_frame names_row_frame(const struct names *names, uint32_t number)
{
	const struct names_frame *frame = &names->frames[number];

	return (struct row_frame){
		.file = names->strings[frame->file],
		.function = names->strings[frame->function],
		.module = names->strings[frame->module],
		.line = frame->line,
		.lang = (enum lang)frame->lang,
		.inlined = frame->inlined,
		.wrapper = frame->wrapper,
		.unresolved = frame->unresolved,
	};
}

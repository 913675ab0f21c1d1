/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Translates the ids of catalogs into small numbers without gaps.  Each id is looked up
 * only once and its number is remembered, so that grouping and filtering a hundred
 * thousand traces compares numbers and never text.
 */
#include "views/row/legend.h"
#include "tracer/ground/array.h"
#include "tracer/ground/finder.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/heap/catalog/stack.h"
#include "views/row/python.h"

static uint32_t legend_hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash_mix(hash, 0);
}

static uint32_t add_string(struct legend *legend, const char *text, uint32_t hash)
{
	uint32_t number = (uint32_t)legend->strings_length;

	if (!array_grow(&legend->strings, &legend->strings_room, number + 1,
			sizeof(*legend->strings)) ||
	    (number && !finder_put(&legend->strings_index, hash, number))) {
		legend->failed = true;
		return 0;
	}
	assert(legend->strings_length < legend->strings_room);
	legend->strings[legend->strings_length++] = text;
	return number;
}

uint32_t legend_string(struct legend *legend, const char *text)
{
	uint32_t hash = legend_hash_text(text), number;

	if (!*text)
		return 0;
	for (size_t at = hash; (number = finder_next(&legend->strings_index, hash, &at));) {
		if (!strcmp(legend->strings[number], text))
			return number;
	}
	return add_string(legend, text, hash);
}

uint32_t legend_made_string(struct legend *legend, char *text)
{
	uint32_t number;

	if (!array_grow(&legend->made, &legend->made_room, legend->made_length + 1,
			sizeof(*legend->made))) {
		legend->failed = true;
		free(text);
		return 0;
	}
	number = legend_string(legend, text);
	if (legend->strings[number] == text)
		legend->made[legend->made_length++] = text;
	else
		free(text);
	return number;
}

static uint32_t legend_frame_hash(const struct legend_frame *frame)
{
	uint32_t head = hash_mix((uint64_t)frame->file << 32 | frame->function, frame->line);

	return hash_mix((uint64_t)head << 32 | frame->path, frame->lang);
}

static bool frame_same(const struct legend_frame *a, const struct legend_frame *b)
{
	return a->file == b->file && a->function == b->function && a->module == b->module &&
	       a->path == b->path && a->line == b->line && a->lang == b->lang &&
	       a->inlined == b->inlined && a->wrapper == b->wrapper &&
	       a->unresolved == b->unresolved && a->own == b->own && a->glue == b->glue;
}

uint32_t legend_frame(struct legend *legend, const struct legend_frame *frame)
{
	uint32_t hash = legend_frame_hash(frame), number;

	for (size_t at = hash; (number = finder_next(&legend->frames_index, hash, &at));) {
		if (frame_same(&legend->frames[number], frame))
			return number;
	}
	number = (uint32_t)legend->frames_length;
	if (!array_grow(&legend->frames, &legend->frames_room, number + 1,
			sizeof(*legend->frames)) ||
	    (number && !finder_put(&legend->frames_index, hash, number))) {
		legend->failed = true;
		return 0;
	}
	assert(legend->frames_length < legend->frames_room);
	assert(frame->file < legend->strings_length);
	legend->frames[legend->frames_length++] = *frame;
	return number;
}

struct legend *legend_new(void)
{
	struct legend *legend = calloc(1, sizeof(*legend));
	struct legend_frame unknown = {.unresolved = true};

	if (!legend)
		return NULL;
	legend->references = 1;
	add_string(legend, "", 0);
	unknown.file = legend_string(legend, "<unknown>");
	legend_frame(legend, &unknown);
	if (legend->failed) {
		legend_release(legend);
		return NULL;
	}
	return legend;
}

struct legend *legend_retain(struct legend *legend)
{
	assert(legend->references);
	legend->references++;
	return legend;
}

void legend_release(struct legend *legend)
{
	assert(!legend || legend->references);
	if (!legend || --legend->references)
		return;
	for (unsigned i = 0; i < 2; i++) {
		if (legend->sides[i].catalog)
			catalog_release(legend->sides[i].catalog);
		sparse_free(&legend->sides[i].sites);
		sparse_free(&legend->sides[i].frames);
		sparse_free(&legend->sides[i].strings);
		sparse_free(&legend->sides[i].marks);
		sparse_free(&legend->sides[i].linked);
		free(legend->sides[i].links);
		free(legend->sides[i].path);
		own_free(legend->sides[i].own);
		python_packages_free(legend->sides[i].packages);
	}
	while (legend->made_length)
		free(legend->made[--legend->made_length]);
	free(legend->made);
	free(legend->strings);
	free(legend->frames);
	free(legend->lists);
	free(legend->file_ranks);
	finder_free(&legend->strings_index);
	finder_free(&legend->frames_index);
	free(legend);
}

struct legend_side *legend_side(struct legend *legend, struct catalog *catalog)
{
	struct legend_side *side = legend->sides;

	if (side->catalog && side->catalog != catalog)
		side++;
	assert(!side->catalog || side->catalog == catalog);
	if (!side->catalog) {
		side->legend = legend;
		side->catalog = catalog_retain(catalog);
		side->own = legend->mine.on ? own_new(&legend->mine, catalog) : NULL;
		legend->failed = legend->failed || (legend->mine.on && !side->own);
	}
	return side;
}

/* The place where a side remembers something about `id`.  If out of memory, it is a place
 * that is never read. */
static uint32_t *memo(struct legend_side *side, struct sparse *sparse, uint32_t id)
{
	uint32_t *at = sparse_at(sparse, id);

	if (!at) {
		side->legend->failed = true;
		side->legend->nowhere = 0;
		return &side->legend->nowhere;
	}
	return at;
}

static uint32_t side_string(struct legend_side *side, struct str_id id)
{
	uint32_t *known;

	if (!id.v)
		return 0;
	known = memo(side, &side->strings, id.v);
	if (!*known)
		*known = legend_string(side->legend, catalog_text(side->catalog, id)) + 1;
	return *known - 1;
}

static void frame_module(struct legend_side *side, struct module_id id, struct legend_frame *frame)
{
	struct module module = catalog_module(side->catalog, id);

	frame->module = side_string(side, module.name);
	frame->path = side_string(side, module.path);
	frame->glue = python_is_interpreter(side->legend->strings[frame->module],
					    side->legend->strings[frame->path]);
}

/* A Python frame has no module of its own, so it gets the one that its file belongs
 * to. */
static void python_frame_module(struct legend_side *side, struct legend_frame *frame)
{
	struct legend *legend = side->legend;
	char text[1024], *copy;

	if (!side->packages)
		side->packages = python_packages_new(side->catalog);
	python_module(side->packages, legend->strings[frame->file], text, sizeof(text));
	copy = strdup(text);
	legend->failed = legend->failed || !copy;
	frame->module = copy ? legend_made_string(legend, copy) : 0;
	frame->path = frame->file;
}

static uint32_t side_frame(struct legend_side *side, struct frame_id id)
{
	uint32_t *known = memo(side, &side->frames, id.v);
	struct legend_frame frame = {0};
	struct frame from;

	if (*known)
		return *known - 1;
	from = catalog_frame(side->catalog, id);
	frame.file = side_string(side, from.file);
	frame.function = side_string(side, from.function);
	if (from.lang == LANG_PYTHON && !from.module.v)
		python_frame_module(side, &frame);
	else
		frame_module(side, from.module, &frame);
	frame.line = from.line;
	frame.lang = from.lang;
	frame.inlined = from.inlined;
	frame.wrapper = from.wrapper;
	frame.unresolved = from.unresolved;
	frame.own = side->own && own_has(side->own, &from);
	*known = legend_frame(side->legend, &frame) + 1;
	return *known - 1;
}

/* The single frame of a site that has no names, at least not yet. */
static uint32_t unnamed_frame(struct legend_side *side, struct site_id id)
{
	struct site site = catalog_site(side->catalog, id);
	struct legend_frame frame = {.unresolved = true};

	frame_module(side, site.module, &frame);
	frame.file = frame.path;
	frame.function = side_string(side, catalog_site_offset(side->catalog, id));
	return legend_frame(side->legend, &frame);
}

/* If the newest of a site's frames decides which frame names every trace that begins with
 * the site: the number of that frame, plus 1; or 0 if it depends on older frames. */
static uint32_t naming_frame(const struct legend *legend, const uint32_t *list, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		const struct legend_frame *frame = &legend->frames[list[i]];

		if (legend->mine.on && frame->own && !frame->wrapper)
			return list[i] + 1;
		if (legend->mine.on)
			continue;
		if (frame->lang == LANG_PYTHON || (!frame->wrapper && frame->line && !frame->glue))
			return list[i] + 1;
		if (!frame->wrapper)
			return 0;
	}
	return 0;
}

/* Appends a site's list of frames to `lists`.  Returns the place of the frames. */
static size_t add_site(struct legend_side *side, struct site_id site)
{
	struct legend *legend = side->legend;
	unsigned n = 0;
	const struct frame_id *frames = catalog_site_frames(side->catalog, site, &n);
	size_t at = legend->lists_length + 2, length = frames && n ? n : 1;

	if (!array_grow(&legend->lists, &legend->lists_room, at + length,
			sizeof(*legend->lists))) {
		legend->failed = true;
		return 1;
	}
	legend->lists_length = at + length;
	for (size_t i = 0; frames && i < n; i++)
		legend->lists[at + i] = side_frame(side, frames[i]);
	if (!frames || !n)
		legend->lists[at] = unnamed_frame(side, site);
	legend->lists[at - 1] = (uint32_t)length;
	legend->lists[at - 2] = naming_frame(legend, legend->lists + at, length);
	return at;
}

const uint32_t *legend_site(struct legend_side *side, struct site_id site, size_t *length)
{
	static const uint32_t none[] = {0, 1, 0};
	const struct legend *legend = side->legend;
	uint32_t known = sparse_get(&side->sites, site.v);

	if (!known) {
		known = (uint32_t)add_site(side, site);
		*memo(side, &side->sites, site.v) = known;
	}
	if (legend->failed) {
		*length = 1;
		return none + 2;
	}
	*length = legend->lists[known - 1];
	assert(*length && known + *length <= legend->lists_length);
	return legend->lists + known;
}

const uint32_t *legend_step(struct legend_side *side, struct trace_id *trace, size_t *length)
{
	struct trace_id parent;
	struct site_id site;

	while (catalog_caller(side->catalog, *trace, &parent, &site)) {
		*trace = parent;
		if (site.v)
			return legend_site(side, site, length);
	}
	return NULL;
}

/* A trace on the way from the requested one to the first that has a link already: the
 * place where its link will be remembered, and its site. */
struct unlinked {
	uint32_t *link;
	struct site_id site;
};

/* Appends the link of a trace.  Returns 0 if out of memory. */
static uint32_t add_link(struct legend_side *side, uint32_t caller, struct unlinked at)
{
	struct legend *legend = side->legend;
	size_t length, link = side->links_length ? side->links_length : 1;
	const uint32_t *list = legend_site(side, at.site, &length);

	if (legend->failed ||
	    !array_grow(&side->links, &side->links_room, link + 1, sizeof(*side->links))) {
		legend->failed = true;
		return 0;
	}
	assert(length && caller < link && list > legend->lists);
	side->links[link] = (struct legend_link){caller, (uint32_t)(list - legend->lists) - 1};
	side->links_length = link + 1;
	return *at.link = (uint32_t)link;
}

uint32_t legend_link(struct legend_side *side, struct trace_id trace)
{
	struct trace_id parent;
	struct unlinked at;
	size_t depth = 0;
	uint32_t link;

	for (;; trace = parent) {
		at.link = memo(side, &side->linked, trace.v);
		link = *at.link;
		if (link || !catalog_caller(side->catalog, trace, &parent, &at.site))
			break;
		if (!at.site.v)
			continue;
		if (!array_grow(&side->path, &side->path_room, depth + 1, sizeof(at))) {
			side->legend->failed = true;
			return 0;
		}
		side->path[depth++] = at;
	}
	while (depth--)
		link = add_link(side, link, side->path[depth]);
	return link;
}

bool legend_mark(struct legend_side *side, struct trace_id trace)
{
	uint32_t *mark = memo(side, &side->marks, trace.v);

	return !(*mark)++;
}

size_t legend_stack(struct legend_side *side, struct trace_id trace, uint32_t *frames, size_t max,
		   enum cut *cut)
{
	struct trace_id whole = trace;
	bool more = false;
	const uint32_t *list;
	size_t n = 0, length;

	while (n < max && (list = legend_step(side, &trace, &length))) {
		size_t take = length < max - n ? length : max - n;

		memcpy(frames + n, list, take * sizeof(*frames));
		n += take;
		more = take < length;
	}
	if (n == 0 && max)
		frames[n++] = 0;
	else if (n == max && !more)
		more = legend_step(side, &trace, &length);
	if (cut)
		*cut = stack_cut(side->catalog, whole, more);
	return n;
}

/* Finds the newest frame of own code.  False: there is none. */
static bool search_own(struct legend_side *side, struct trace_id trace, bool raw, size_t max,
		       uint32_t *newest)
{
	const uint32_t *list;
	size_t n = 0, length;

	while (n < max && (list = legend_step(side, &trace, &length))) {
		for (size_t i = 0; i < length && n < max; i++, n++) {
			*newest = list[i];
			if (legend_own(side->legend, list[i], raw))
				return true;
		}
	}
	return false;
}

/* Finds the frame that names a trace by looking at all its frames, for when its newest
 * site alone does not decide it. */
uint32_t legend_newest_any(struct legend_side *side, struct trace_id trace, bool raw, size_t max)
{
	bool found = false, lineless = false, nameless = false;
	const uint32_t *list;
	uint32_t newest = 0;
	size_t n = 0, length;

	while (n < max && (list = legend_step(side, &trace, &length))) {
		for (size_t i = 0; i < length && n < max; i++, n++) {
			const struct legend_frame *frame = &side->legend->frames[list[i]];

			if (raw || frame->lang == LANG_PYTHON)
				return list[i];
			if (!frame->wrapper && frame->line && !frame->glue)
				return lineless ? newest : list[i];
			/* If a wrapper calls functions of its own module that have no
			 * name, such as the static ones behind GLib's
			 * g_hash_table_insert, they are part of the wrapper. */
			nameless = nameless && frame->path == side->legend->frames[newest].path;
			lineless = lineless && !(nameless && frame->wrapper);
			/* A C frame without a line number, or one of the interpreter's,
			 * names the row, unless a Python frame called it. */
			if (!found || (!frame->wrapper && !lineless)) {
				newest = list[i];
				nameless = true;
			}
			nameless = nameless && frame->unresolved;
			found = true;
			lineless = lineless || !frame->wrapper;
		}
	}
	return newest;
}

uint32_t legend_newest(struct legend_side *side, struct trace_id trace, bool raw, size_t max)
{
	struct trace_id newest = trace;
	size_t length;
	const uint32_t *list = legend_step(side, &newest, &length);
	uint32_t naming = list && length <= max ? list[-2] : 0;

	if (naming && !raw)
		return naming - 1;
	return side->own && search_own(side, trace, raw, max, &naming)
		       ? naming
		       : legend_newest_any(side, trace, raw, max);
}

struct row_frame legend_row_frame(const struct legend *legend, uint32_t number)
{
	assert(number < legend->frames_length);
	const struct legend_frame *frame = &legend->frames[number];

	return (struct row_frame){
		.file = legend->strings[frame->file],
		.function = legend->strings[frame->function],
		.module = legend->strings[frame->module],
		.line = frame->line,
		.lang = (enum lang)frame->lang,
		.inlined = frame->inlined,
		.wrapper = frame->wrapper,
		.unresolved = frame->unresolved,
	};
}

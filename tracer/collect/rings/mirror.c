/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A trace is copied with its whole chain of callers: from the newest node to the first
 * one that is known already, then written oldest first, because the catalog needs parents
 * before their children.  Parents must have smaller indices than their children, so a
 * chain ends whatever the target wrote into the table.  A chain longer than any tracer
 * makes is refused, since whoever shows a stack walks all of it.
 *
 * Names take no more memory than the target wrote: texts must not overlap, so all texts
 * that are accepted are together no longer than their region.
 */
#include "tracer/collect/rings/mirror.h"
#include "tracer/ground/array.h"
#include "tracer/heap/catalog/chain.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "tracer/wire/python.h"

#define MODULES (WIRE_MODULE_LAST + 1)
#define NAME_MAX_BYTES 4096u            /* the length to which the tracer cuts texts */
#define DEPTH_SPARE 1024u
#define PYTHON_SITE (UINT64_C(1) << 62) /* not an address of code that is in any module */

struct mirror {
	struct mirror_known known;      /* must come first: mirror_known() casts the
					 * pointer */
	struct mirror_options options;
	void *memory;                   /* holds the five tables below */
	size_t bytes;
	uint64_t *traces, *sites;       /* bit sets of those that are known */
	uint32_t *trace_ids, *site_ids; /* their ids in the catalog; NULL: own_ids */
	uint32_t *modules;              /* index in the segment -> module_id + 1; 0: not
					 * seen yet */
	uint32_t *full;                 /* the tracer's trace -> the catalog's, of which
					 * newer frames are missing */
	uint32_t depth_max;
	uint64_t texts;                 /* length of all names accepted so far */
	struct trace_link *chain;       /* scratch memory: nodes to write, newest first */
	size_t chain_room;
};

/* The tables are as large as they may ever become, but only what is used is ever touched.
 * They come from mmap, since malloc's memory would have to be cleared. */
static bool mirror_map_tables(struct mirror *m)
{
	size_t bits = (m->options.max_traces / 64 + 1) * sizeof(uint64_t);
	size_t full = (m->options.max_traces + UINT64_C(1)) * sizeof(uint32_t);
	size_t ids = m->options.own_ids ? 0 : full;
	char *at;

	m->bytes = 2 * bits + 2 * (ids + ids % 8) + full + MODULES * sizeof(uint32_t);
	at = mmap(NULL, m->bytes, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return false;
	m->memory = at;
	m->traces = (uint64_t *)(void *)at;
	m->sites = (uint64_t *)(void *)(at + bits);
	at += 2 * bits;
	if (ids) {
		m->trace_ids = (uint32_t *)(void *)at;
		m->site_ids = (uint32_t *)(void *)(at + ids + ids % 8);
		at += 2 * (ids + ids % 8);
	}
	m->full = (uint32_t *)(void *)at;
	m->modules = (uint32_t *)(void *)(at + full);
	return true;
}

struct mirror *mirror_new(const struct mirror_options *options)
{
	struct mirror *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->options = *options;
	/* Up to three times as many frames as are shown, of C and of Python: see
	 * last.c. */
	m->depth_max = 8 * options->nframe + DEPTH_SPARE;
	m->chain_room = 1024;
	m->chain = malloc(m->chain_room * sizeof(*m->chain));
	if (!m->chain || !mirror_map_tables(m)) {
		mirror_free(m);
		return NULL;
	}
	for (uint32_t i = 1; m->site_ids && i < WIRE_CUTS; i++)
		m->site_ids[i] = i;
	m->traces[0] = 1;               /* the root is known from the start, */
	m->sites[0] = (UINT64_C(1) << WIRE_CUTS) - 1;   /* and so are the reasons why
							 * stacks are cut */
	m->known = (struct mirror_known){ m->traces, m->trace_ids, options->max_traces };
	return m;
}

void mirror_free(struct mirror *m)
{
	if (!m)
		return;
	if (m->memory)
		munmap(m->memory, m->bytes);
	free(m->chain);
	free(m);
}

const struct mirror_known *mirror_known(const struct mirror *m) { return &m->known; }

static bool bit(const uint64_t *bits, uint32_t i) { return bits[i / 64] >> (i % 64) & 1; }
static void set_bit(uint64_t *bits, uint32_t i) { bits[i / 64] |= UINT64_C(1) << (i % 64); }

static struct str_id last_component(struct catalog *catalog, const char *path,
				    size_t length)
{
	const char *slash = memrchr(path, '/', length);
	size_t skip = slash ? (size_t)(slash + 1 - path) : 0;
	return catalog_intern(catalog, path + skip, length - skip);
}

/* The id of a module that another image has too, or of a new one.  Without a build-id it
 * is not known whether two files of the same path are equal. */
static struct module_id mirror_find_or_add(struct catalog *catalog,
					   const struct module *module)
{
	struct module_id id = { 0 };

	if (module->build_id_length)
		id = catalog_find_module(catalog, catalog_text(catalog, module->path),
					 module->build_id, module->build_id_length);
	return id.v ? id : catalog_add_module(catalog, module);
}

/* Counts the bytes of a text.  False: so many can't be in the region without overlaps. */
static bool mirror_take_text(struct mirror *m, uint64_t length)
{
	if (m->texts + length > segment_blobs(m->options.segment))
		return false;
	m->texts += length;
	return true;
}

/* The catalog's module for the tracer's index.  The lock must be held. */
static struct module_id mirror_learn_module(struct mirror *m, uint32_t index)
{
	struct wire_module shared;
	struct module module = { 0 };
	const char *path;
	char copy[NAME_MAX_BYTES];

	if (index == WIRE_MODULE_NONE)
		return symbolizer_made(m->options.space);
	if (index > WIRE_MODULE_LAST)
		return (struct module_id){ 0 };
	if (m->modules[index])
		return (struct module_id){ m->modules[index] - 1 };
	if (!segment_module(m->options.segment, index, &shared, &path))
		return (struct module_id){ 0 };
	size_t length = shared.path_length < sizeof(copy) ? shared.path_length : sizeof(copy);
	if (!mirror_take_text(m, length))
		return (struct module_id){ 0 };
	memcpy(copy, path, length);     /* this is a copy because the target may still
					 * write there */
	module.path = catalog_intern(m->options.catalog, copy, length);
	module.name = last_component(m->options.catalog, copy, length);
	module.build_id_length = shared.build_id_length;
	memcpy(module.build_id, shared.build_id, sizeof(module.build_id));
	struct module_id id = mirror_find_or_add(m->options.catalog, &module);
	if (!id.v)
		return id;
	m->modules[index] = id.v + 1;
	symbolizer_module(m->options.space, id, shared.start, shared.end, shared.bias);
	return id;
}

/* The only module that the tracer ever reported at this address; {0}: none, or
 * several. */
static struct module_id only_at(struct mirror *m, uint64_t address)
{
	uint32_t modules = atomic_load(&segment_control(m->options.segment)->modules);
	struct module_id only = { 0 };
	struct wire_module shared;
	const char *path;

	for (uint32_t i = 1; i < modules && i <= WIRE_MODULE_LAST; i++) {
		if (!segment_module(m->options.segment, i, &shared, &path) ||
		    address < shared.start || address >= shared.end)
			continue;
		if (only.v)
			return (struct module_id){ 0 };
		only = mirror_learn_module(m, i);
	}
	return only;
}

/* The path of a file may differ between kernel and loader, in its folder and where it is
 * a link, so the names before ".so" are compared. */
static bool is_called(const struct catalog *catalog, struct module_id id,
		      const char *path)
{
	struct module module = catalog_module(catalog, id);
	const char *name = catalog_text(catalog, module.name), *slash = strrchr(path, '/');
	const char *other = slash ? slash + 1 : path, *so = strstr(name, ".so");
	size_t length = so ? (size_t)(so - name) : strlen(name);

	return length && strncmp(name, other, length) == 0;
}

struct module_id mirror_module_at(struct mirror *m, uint64_t address, const char *path)
{
	struct catalog *catalog = m->options.catalog;
	struct module_id id;

	pthread_mutex_lock(m->options.lock);
	id = only_at(m, address);
	if (path && (!id.v || !is_called(catalog, id, path))) {
		struct module module = {
			.path = catalog_intern(catalog, path, strlen(path)),
			.name = last_component(catalog, path, strlen(path)),
		};
		id = catalog_find_module(catalog, path, module.build_id, 0);
		id = id.v ? id : catalog_add_module(catalog, &module);
	}
	pthread_mutex_unlock(m->options.lock);
	return id;
}

/* Copies a name from the segment.  The lock must be held.  A text that was copied before
 * from the same place is not counted again. */
static bool learn_text(struct mirror *m, uint32_t offset, uint32_t length, struct str_id *id)
{
	struct catalog *catalog = m->options.catalog;
	const char *text = segment_blob(m->options.segment, offset, length);
	char copy[NAME_MAX_BYTES];

	if (!text)
		return false;
	if (length > sizeof(copy))
		length = sizeof(copy);
	memcpy(copy, text, length);     /* this is a copy because the target may still
					 * write there */
	*id = catalog_known(catalog, copy, length);
	if (!id->v && mirror_take_text(m, length))
		*id = catalog_intern(catalog, copy, length);
	return id->v || !length;
}

/* Adds a site under the tracer's number, or finds an equal one of the catalog's.  {0}:
 * out of memory. */
static struct site_id mirror_put_site(struct mirror *m, uint32_t index,
				      const struct site *site)
{
	struct site_id id = { index };

	if (m->site_ids)
		m->site_ids[index] = (id = catalog_add_site(m->options.catalog, site)).v;
	else if (catalog_put_site(m->options.catalog, id, site) != 0)
		id.v = 0;
	return id;
}

/* Adds the site of a Python frame, with its name.  The lock must be held. */
static bool learn_python(struct mirror *m, uint32_t index, uint64_t packed)
{
	struct catalog *catalog = m->options.catalog;
	struct frame frame = { .lang = LANG_PYTHON };
	struct wire_python record;
	const void *at = segment_blob(m->options.segment, wire_python_record(packed),
				      sizeof(record));
	if (!at)
		return false;
	memcpy(&record, at, sizeof(record));
	atomic_signal_fence(memory_order_seq_cst);
	if (!learn_text(m, record.file, record.file_length, &frame.file) ||
	    !learn_text(m, record.function, record.function_length, &frame.function))
		return false;
	frame.line = wire_python_line(packed, &record);
	struct frame_id id = catalog_add_frame(catalog, &frame);
	/* Each image numbers its records anew, so the site is identified by its frame. */
	struct site site = { { 0 }, id.v | PYTHON_SITE };
	struct site_id there =
		id.v ? mirror_put_site(m, index, &site) : (struct site_id){ 0 };
	unsigned named;
	return there.v && (catalog_site_frames(catalog, there, &named) ||
			   catalog_name_site(catalog, there, &id, 1) == 0);
}

static bool learn_site(struct mirror *m, uint32_t index)
{
	if (index >= m->known.limit)
		return false;
	if (bit(m->sites, index))
		return true;
	uint64_t packed = segment_site(m->options.segment, index);
	if (!packed)
		return false;
	if (wire_site_module(packed) == WIRE_MODULE_PYTHON) {
		if (learn_python(m, index, packed))
			set_bit(m->sites, index);
		return bit(m->sites, index);
	}
	struct site site = { mirror_learn_module(m, wire_site_module(packed)),
			     wire_site_offset(packed) };
	struct site_id id = mirror_put_site(m, index, &site);
	if (!id.v)
		return false;
	set_bit(m->sites, index);
	symbolizer_site(m->options.symbolizer, id);
	return true;
}

/* Adds a trace whose parent and site are known, in an image whose ids are not the
 * catalog's.  The lock must be held. */
static bool add_trace(struct mirror *m, uint32_t trace, uint32_t parent, uint32_t site)
{
	m->trace_ids[trace] = catalog_add_trace(m->options.catalog,
						(struct trace_id){ m->trace_ids[parent] },
						(struct site_id){ m->site_ids[site] }).v;
	return m->trace_ids[trace] != 0;
}

static bool chain_push(struct mirror *m, size_t n, struct trace_link link)
{
	if (!array_grow(&m->chain, &m->chain_room, n + 1, sizeof(*m->chain)))
		return false;
	m->chain[n] = link;
	return true;
}

/* Reads the nodes from this one to the first that is known, *older.  Returns how many
 * there are in the chain, or 0: nonsense, or out of memory. */
static size_t read_chain(struct mirror *m, uint32_t trace, uint32_t *older)
{
	size_t n = 0;
	uint32_t at = trace;

	while (at >= m->known.limit || !bit(m->traces, at)) {
		uint64_t node = at < m->known.limit ? segment_node(m->options.segment, at) : 0;
		uint32_t parent = wire_node_parent(node), site = wire_node_site(node);

		/* Why a stack is cut stands at its root alone: it counts as no call. */
		if (!node || parent >= at || n == m->depth_max ||
		    (parent && site < WIRE_SITE_FIRST) ||
		    !chain_push(m, n, (struct trace_link){ at, site }))
			return 0;
		n++;
		at = parent;
	}
	*older = at;
	return n;
}

/* The number of calls on a known trace. */
static uint32_t depth_of(const struct mirror *m, uint32_t trace)
{
	struct trace_id id = { m->trace_ids ? m->trace_ids[trace] : trace };

	return catalog_depth(m->options.catalog, id);
}

/* Learns those sites of a chain that are new, oldest first.  Returns how many links are
 * left, from one whose site is nonsense on. */
static size_t learn_sites(struct mirror *m, size_t n)
{
	while (n > 0 && learn_site(m, m->chain[n - 1].site))
		n--;
	return n;
}

/* Adds a chain of traces, oldest first, whose sites are known.  Returns how many are
 * left. */
static size_t put_traces(struct mirror *m, const struct trace_link *chain, size_t n,
			 uint32_t older)
{
	struct trace_id parent = { older };

	if (!m->trace_ids)
		return catalog_put_chain(m->options.catalog, parent, chain, n).left;
	for (; n > 0; older = chain[--n].trace)
		if (!add_trace(m, chain[n - 1].trace, older, chain[n - 1].site))
			break;
	return n;
}

static bool mirror_learn(struct mirror *m, uint32_t trace)
{
	uint32_t older;
	size_t n = read_chain(m, trace, &older), left;

	if (!n || depth_of(m, older) + n > m->depth_max)
		return false;
	pthread_mutex_lock(m->options.lock);
	left = learn_sites(m, n);
	left += put_traces(m, m->chain + left, n - left, older);
	pthread_mutex_unlock(m->options.lock);
	for (size_t i = left; i < n; i++)
		set_bit(m->traces, m->chain[i].trace);
	return !left;
}

/* The trace for a stack whose newest frames found no room; `older` is the known part of
 * it. */
static uint32_t full_trace(struct mirror *m, uint32_t index, uint32_t older)
{
	if (!m->full[index]) {
		pthread_mutex_lock(m->options.lock);
		m->full[index] = catalog_add_trace(m->options.catalog, (struct trace_id){ older },
						   (struct site_id){ CUT_FULL }).v;
		pthread_mutex_unlock(m->options.lock);
	}
	return m->full[index] ? m->full[index] : older;
}

bool mirror_meet(struct mirror *m, struct wire_event *event)
{
	uint32_t trace = wire_event_trace(event), index = trace & ~WIRE_TRACE_FULL;
	bool known = index < m->known.limit && bit(m->traces, index);

	known = known || mirror_learn(m, index);
	uint32_t id = !known ? WIRE_TRACE_ROOT : m->trace_ids ? m->trace_ids[index] : index;

	if (known && trace != index)
		id = full_trace(m, index, id);
	wire_event_set_trace(event, id);
	return known;
}

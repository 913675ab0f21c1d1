/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Most traces share most of their stack, and the catalog's parent links tell which part:
 * the node of a trace is a few frames below the node of its parent, and is remembered.
 * Only stacks deeper than `max` are walked and entered separately, from the oldest frame
 * that still counts.
 *
 * Sorting gives each node its number in preorder, with children ordered by their frames,
 * so that comparing two stacks means comparing two numbers.
 */
#include "views/table/trie.h"
#include "tracer/ground/array.h"
#include "tracer/ground/finder.h"
#include "tracer/ground/large.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* For up to this many frames or children, a walk is faster than a lookup in a hash
 * table. */
#define SHORT 8
#define FEW 2
/* Marks an identity with which the frames of several sites begin. */
#define SITES UINT32_MAX

static uint32_t trie_add_node(struct trie *trie, uint32_t parent, uint32_t frame,
			      uint32_t depth)
{
	if (!array_grow(&trie->nodes, &trie->room, trie->length + 1, sizeof(*trie->nodes))) {
		trie->legend->failed = true;
		return 0;
	}
	/* The number of a parent is lower, so every walk up from a node ends. */
	assert(trie->length == 0 || parent < trie->length);
	trie->nodes[trie->length] = (struct trie_node){
		.parent = parent, .frame = frame, .depth = depth & 0x3fffffff,
	};
	return (uint32_t)trie->length++;
}

bool trie_init(struct trie *trie, struct legend *legend, bool compat)
{
	*trie = (struct trie){.legend = legend, .compat = compat};
	trie_add_node(trie, 0, 0, 0);
	trie->memo[0] = calloc(1, sizeof(struct sparse));
	trie->memo[1] = calloc(1, sizeof(struct sparse));
	return trie->length && trie->memo[0] && trie->memo[1];
}

bool trie_reserve(struct trie *trie, size_t nodes, bool wide)
{
	if (!array_grow(&trie->nodes, &trie->room, nodes, sizeof(*trie->nodes)))
		return false;
	large_pages(trie->nodes, trie->room * sizeof(*trie->nodes));
	return finder_reserve(&trie->finder, wide ? nodes / 4 : 0);
}

void trie_free(struct trie *trie)
{
	for (unsigned i = 0; i < 2; i++) {
		if (trie->memo[i])
			sparse_free(trie->memo[i]);
		free(trie->memo[i]);
	}
	finder_free(&trie->finder);
	finder_free(&trie->identities);
	free(trie->identity);
	free(trie->entries);
	free(trie->scratch);
	free(trie->path);
	free(trie->nodes);
	*trie = (struct trie){0};
}

/* The function by which frames are told apart; 0: it does not count.  With compat, frames
 * are the same if file and line are, as in tracemalloc, and the function counts only
 * where no line is known. */
static uint32_t trie_function_of(const struct trie *trie,
				 const struct legend_frame *frame)
{
	return trie->compat && frame->line ? 0 : frame->function;
}

static uint32_t find_identity(struct trie *trie, uint32_t number)
{
	const struct legend_frame *frames = trie->legend->frames, *frame = &frames[number];
	uint32_t function = trie_function_of(trie, frame), known;
	uint32_t hash = hash_mix((uint64_t)frame->file << 32 | frame->line, function);

	for (size_t at = hash; (known = finder_next(&trie->identities, hash, &at));) {
		const struct legend_frame *other = &frames[known - 1];

		if (other->file == frame->file && other->line == frame->line &&
		    trie_function_of(trie, other) == function)
			return known - 1;
	}
	if (!finder_put(&trie->identities, hash, number + 1))
		trie->legend->failed = true;
	return number;
}

/* Makes zeroed room for all frames.  False: out of memory. */
static bool grow_by_frame(struct trie *trie, uint32_t **numbers, size_t *room)
{
	size_t before = *room;

	if (!array_grow(numbers, room, trie->legend->frames_length, sizeof(**numbers))) {
		trie->legend->failed = true;
		return false;
	}
	memset(*numbers + before, 0, (*room - before) * sizeof(**numbers));
	return true;
}

/* The frame that stands for all frames which stacks do not tell from this one. */
static uint32_t trie_identity(struct trie *trie, uint32_t frame)
{
	if (frame >= trie->identity_room &&
	    !grow_by_frame(trie, &trie->identity, &trie->identity_room))
		return frame;
	if (!trie->identity[frame])
		trie->identity[frame] = find_identity(trie, frame) + 1;
	return trie->identity[frame] - 1;
}

static uint32_t node_hash(uint32_t parent, uint32_t frame)
{
	return hash_mix((uint64_t)parent << 32 | frame, 0);
}

static void index_node(struct trie *trie, uint32_t node)
{
	const struct trie_node *entry = &trie->nodes[node];

	if (!finder_put(&trie->finder, node_hash(entry->parent, entry->frame), node))
		trie->legend->failed = true;
}

static void index_children(struct trie *trie, uint32_t parent)
{
	trie->nodes[parent].indexed = true;
	for (uint32_t node = trie->nodes[parent].child; node; node = trie->nodes[node].next)
		index_node(trie, node);
}

/* Most nodes have few children, which are walked; others are found by a hash. */
static uint32_t find_child(struct trie *trie, uint32_t parent, uint32_t frame)
{
	uint32_t node = trie->nodes[parent].child, hash;

	if (!trie->nodes[parent].indexed) {
		for (unsigned n = 0; node && n < FEW; n++, node = trie->nodes[node].next) {
			if (trie->nodes[node].frame == frame)
				return node;
		}
		if (!node)
			return 0;
		index_children(trie, parent);
	}
	hash = node_hash(parent, frame);
	for (size_t at = hash; (node = finder_next(&trie->finder, hash, &at));) {
		if (trie->nodes[node].parent == parent && trie->nodes[node].frame == frame)
			return node;
	}
	return 0;
}

static uint32_t trie_add_child(struct trie *trie, uint32_t parent, uint32_t frame)
{
	uint32_t node = trie_add_node(trie, parent, frame, trie->nodes[parent].depth + 1);

	if (!node)
		return 0;
	assert(trie->nodes[node].parent == parent && trie->nodes[node].frame == frame);
	trie->nodes[node].next = trie->nodes[parent].child;
	trie->nodes[parent].child = node;
	if (trie->nodes[parent].indexed)
		index_node(trie, node);
	return node;
}

uint32_t trie_push(struct trie *trie, uint32_t parent, uint32_t frame)
{
	uint32_t same = trie_identity(trie, frame), node = find_child(trie, parent, same);

	trie->nodes[parent].shared = true;
	return node ? node : trie_add_child(trie, parent, same);
}

uint32_t trie_find(struct trie *trie, uint32_t parent, uint32_t frame)
{
	return find_child(trie, parent, trie_identity(trie, frame));
}

/* Whether a site's frames may be added under a node without looking for equal ones.  This
 * is so if all children of the node came from one trace, whose children have different
 * sites, and if no other site's oldest frame has this name. */
static bool enters_alone(struct trie *trie, uint32_t node, uint32_t site, uint32_t oldest)
{
	uint32_t *entry;

	if (oldest >= trie->entries_room &&
	    !grow_by_frame(trie, &trie->entries, &trie->entries_room))
		return false;
	entry = &trie->entries[oldest];
	if (!*entry)
		*entry = site;
	else if (*entry != site)
		*entry = SITES;
	return *entry == site && site != SITES && !trie->nodes[node].shared &&
	       !trie->legend->sides[1].catalog;
}

/* The node of a site's frames, which are given newest first, under the node of its
 * caller. */
static uint32_t enter(struct trie *trie, uint32_t node, uint32_t site, const uint32_t *list,
		      size_t length)
{
	bool fresh = length && enters_alone(trie, node, site,
					    trie_identity(trie, list[length - 1]));

	trie->nodes[node].shared |= !length;
	while (length--) {
		uint32_t same = trie_identity(trie, list[length]);
		uint32_t known = fresh ? 0 : find_child(trie, node, same);

		fresh = !known;
		node = known ? known : trie_add_child(trie, node, same);
		trie->nodes[node].shared |= known != 0;
	}
	return node;
}

static uint32_t *trie_scratch(struct trie *trie, size_t need)
{
	if (!array_grow(&trie->scratch, &trie->scratch_room, need, sizeof(*trie->scratch))) {
		trie->legend->failed = true;
		return NULL;
	}
	return trie->scratch;
}

/* Enters the newest `max` frames of a stack separately. */
static uint32_t cut_node(struct trie *trie, struct legend_side *side, struct trace_id trace,
			 size_t max)
{
	uint32_t *frames = trie_scratch(trie, max), node = 0;
	size_t length = frames ? legend_stack(side, trace, frames, max, NULL) : 0;

	while (length--)
		node = trie_push(trie, node, frames[length]);
	return node;
}

/* A trace that is not known yet: the place where its node will be remembered, and its
 * site. */
struct trie_step {
	uint32_t *place;
	uint32_t site;
};

/* Walks from a trace up to the first known one, or to the end.  Returns the number of
 * steps; *node is the node from which the last of them hangs. */
static size_t climb(struct trie *trie, struct legend_side *side, struct trace_id trace,
		    struct sparse *memo, uint32_t *node)
{
	struct trace_id parent;
	struct site_id site;
	size_t depth = 0;

	for (*node = 0;; depth++, trace = parent) {
		uint32_t *place = sparse_at(memo, trace.v);

		if (!place || !array_grow(&trie->path, &trie->path_room, depth + 1,
					  sizeof(*trie->path))) {
			trie->legend->failed = true;
			return 0;
		}
		if (*place) {
			*node = *place - 1;
			return depth;
		}
		if (!catalog_caller(side->catalog, trace, &parent, &site))
			break;
		trie->path[depth] = (struct trie_step){place, site.v};
	}
	/* A stack that has lost its callers begins at the root too, so several traces
	 * share the root. */
	trie->nodes[0].shared |= trace.v != 0;
	return depth;
}

/* The node of the whole stack. */
static uint32_t whole_node(struct trie *trie, struct legend_side *side, struct trace_id trace)
{
	uint32_t node;
	size_t depth = climb(trie, side, trace, trie->memo[side != trie->legend->sides], &node);

	while (depth--) {
		struct trie_step at = trie->path[depth];
		const uint32_t *list = NULL;
		size_t length = 0;

		if (at.site)
			list = legend_site(side, (struct site_id){at.site}, &length);
		node = enter(trie, node, at.site, list, length);
		*at.place = node + 1;
	}
	return node;
}

uint32_t trie_node(struct trie *trie, struct legend_side *side, struct trace_id trace,
		   size_t max)
{
	uint32_t node = max > SHORT ? whole_node(trie, side, trace) : 0;

	assert(node < trie->length && side->legend == trie->legend);

	if (max <= SHORT || trie->nodes[node].depth > max)
		return cut_node(trie, side, trace, max);
	/* An empty stack is one frame "<unknown>". */
	return node ? node : trie_push(trie, 0, 0);
}

/* qsort has no context: the frames to sort carry their legend. */
struct ranked {
	struct legend *legend;
	uint32_t frame;
};

static int by_frame(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return legend_compare(x->legend, x->frame, y->frame);
}

/* Sets ranks[frame] to the frame's place among the frames of all nodes, from 0. */
static void trie_rank_frames(const struct trie *trie, uint32_t *ranks)
{
	struct ranked *used = malloc(trie->legend->frames_length * sizeof(*used));
	uint32_t n = 0;

	if (!used) {
		trie->legend->failed = true;
		return;
	}
	for (size_t i = 1; i < trie->length; i++) {
		if (!ranks[trie->nodes[i].frame]++)
			used[n++] = (struct ranked){trie->legend, trie->nodes[i].frame};
	}
	assert(n <= trie->legend->frames_length);
	qsort(used, n, sizeof(*used), by_frame);
	for (uint32_t i = 0; i < n; i++)
		ranks[used[i].frame] = i;
	free(used);
}

/* Stable counting sort of `from` into `to` by key(node), which is less than `keys`. */
static void sort_nodes(const struct trie *trie, const uint32_t *from, uint32_t *to,
		       const uint32_t *ranks, uint32_t *starts, size_t keys)
{
	size_t n = trie->length - 1;

	memset(starts, 0, (keys + 1) * sizeof(*starts));
	for (size_t i = 1; i <= n; i++)
		starts[(ranks ? ranks[trie->nodes[i].frame] : trie->nodes[i].parent) + 1]++;
	for (size_t i = 1; i <= keys; i++)
		starts[i] += starts[i - 1];
	for (size_t i = 0; i < n; i++) {
		uint32_t node = from ? from[i] : (uint32_t)i + 1;

		to[starts[ranks ? ranks[trie->nodes[node].frame] : trie->nodes[node].parent]++] =
			node;
	}
}

/* Children come after their parents, so sizes are summed from the end, and orders are
 * given from the beginning. */
static void number_nodes(struct trie *trie, const uint32_t *sorted, uint32_t *sizes)
{
	for (size_t i = 0; i < trie->length; i++)
		sizes[i] = 1;
	for (size_t i = trie->length - 1; i > 0; i--)
		sizes[trie->nodes[i].parent] += sizes[i];
	assert(sizes[0] == trie->length);
	trie->nodes[0].order = 0;
	/* `sorted` is ordered by parent, so parents come up in the order of their
	 * numbers. */
	for (size_t i = 0; i < trie->length - 1;) {
		uint32_t parent = trie->nodes[sorted[i]].parent;
		uint32_t next = trie->nodes[parent].order + 1;

		for (; i < trie->length - 1 && trie->nodes[sorted[i]].parent == parent; i++) {
			trie->nodes[sorted[i]].order = next;
			next += sizes[sorted[i]];
		}
	}
}

void trie_sort(struct trie *trie)
{
	size_t n = trie->length, frames = trie->legend->frames_length;
	size_t keys = n > frames ? n : frames;
	uint32_t *ranks = calloc(frames, sizeof(*ranks));
	uint32_t *work = malloc((3 * n + keys + 2) * sizeof(*work));
	uint32_t *by_rank = work, *sorted = work + n, *sizes = work + 2 * n;

	if (!ranks || !work || trie->legend->failed) {
		trie->legend->failed = true;
	} else {
		legend_rank(trie->legend);
		trie_rank_frames(trie, ranks);
		sort_nodes(trie, NULL, by_rank, ranks, work + 3 * n, frames);
		sort_nodes(trie, by_rank, sorted, NULL, work + 3 * n, n);
		number_nodes(trie, sorted, sizes);
	}
	free(ranks);
	free(work);
}

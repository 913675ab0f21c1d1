/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The traces of a recording: rows in formats 1 to 3, chunks from 4 on.  Chunks come in
 * the order of their first ids; the ids of one that was written later may be within
 * another's. */
#include "tracer/collect/recording/recording_parts.h"

#include <errno.h>
#include <stdlib.h>
#include "tracer/collect/recording/recording_run.h"
#include "tracer/ground/array.h"
#include "tracer/wire/wire.h"

struct node {
	uint32_t id, parent, site;
};

struct nodes {
	struct node *of;
	size_t length, room;
	bool ascending;
};

/* Adds a node.  Its parent comes before it, and is looked up before the node's own id is
 * added. */
static int add_node(struct recording *recording, const struct node *node)
{
	struct recording_ids *traces = &recording->traces;
	const uint32_t reasons = recording->has_cuts ? WIRE_SITE_FIRST : CUT_NFRAME + 1;
	struct trace_id parent = { node->parent ? ids_find(traces, node->parent) : 0 };
	struct site_id site = { node->site };

	if (site.v >= reasons)
		site.v = ids_find(&recording->sites, node->site);
	if (!site.v || (node->parent && !parent.v))
		return -EINVAL;
	int error = ids_add(traces, node->id);

	if (error)
		return error;
	struct trace_id id = { (uint32_t)(traces->length - 1) + traces->first };

	return catalog_put_trace(recording->catalog, id, parent, site);
}

static int fold_trace(struct recording *recording, struct recording_row *row, void *user)
{
	const struct node node = {
		row_u32(row, 0, UINT32_MAX), row_u32(row, 1, UINT32_MAX),
		row_u32(row, 2, UINT32_MAX),
	};

	(void)user;
	return row->bad ? -EINVAL : add_node(recording, &node);
}

static int gather(struct nodes *nodes, uint32_t id, uint64_t value, unsigned bits)
{
	uint64_t back = value >> bits;
	struct node *last = nodes->length ? &nodes->of[nodes->length - 1] : NULL;

	if (back >= id)
		return -EINVAL;
	nodes->ascending &= !last || last->id < id;
	if (!array_grow(&nodes->of, &nodes->room, nodes->length + 1, sizeof(*nodes->of)))
		return -ENOMEM;
	nodes->of[nodes->length++] = (struct node){
		id, back ? id - (uint32_t)back : 0,
		(uint32_t)(value & ((UINT64_C(1) << bits) - 1)),
	};
	return 0;
}

static int fold_chunk(struct recording *recording, struct recording_row *row, void *user)
{
	uint32_t first = row_u32(row, 0, UINT32_MAX), bits = row_u32(row, 1, 32);
	struct run_reader run = run_open(row_text(row, 2, NULL), first);
	uint32_t id;
	int64_t value;
	int more;

	(void)recording;
	if (row->bad || !first || !bits)
		return -EINVAL;
	while ((more = run_read(&run, &id, &value)) > 0) {
		more = value < 0 ? -EINVAL : gather(user, id, (uint64_t)value, bits);
		if (more)
			break;
	}
	return more;
}

static int compare_nodes(const void *a, const void *b)
{
	uint32_t x = ((const struct node *)a)->id, y = ((const struct node *)b)->id;

	return (x > y) - (x < y);
}

static int load_chunks(struct recording *recording, struct error *error)
{
	struct nodes nodes = { .ascending = true };
	int result = recording_query(recording, "SELECT first, bits, nodes FROM trace_chunk"
				     " ORDER BY first", 0, fold_chunk, &nodes, error);

	if (!nodes.ascending)
		qsort(nodes.of, nodes.length, sizeof(*nodes.of), compare_nodes);
	for (size_t i = 0; i < nodes.length && !result; i++) {
		result = add_node(recording, &nodes.of[i]);
		if (result)
			result = recording_failed(recording, error, result == -ENOMEM ?
						  "out of memory" : "the file is damaged");
	}
	free(nodes.of);
	return result;
}

int recording_load_traces(struct recording *recording, struct error *error)
{
	recording->traces.first = 1;
	if (recording->has_chunks)
		return load_chunks(recording, error);
	return recording_query(recording, "SELECT id, parent, site FROM trace ORDER BY id", 0,
			       fold_trace, NULL, error);
}

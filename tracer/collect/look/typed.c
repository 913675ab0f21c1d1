/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/look/typed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/demangle.h"

#define TYPES_MOST (UINT32_C(1) << 30)

static void note_parts(struct typed *typed, const struct graph *graph,
		       const struct types_found *found)
{
	for (unsigned i = 0; i < found->parts_length; i++) {
		size_t number = graph_find(graph, found->parts[i].address);

		if (number < typed->length && !typed->blocks[number].object)
			typed->blocks[number].type = found->parts[i].type;
	}
}

int typed_find(struct typed *typed, const struct graph *graph, struct memory *memory)
{
	const struct types_memory of = { memory_read, memory_in_module, memory };
	struct graph_block block;
	enum graph_state state;

	typed->types = types_new(&of);
	typed->length = graph_length(graph);
	typed->blocks = calloc(typed->length + 1, sizeof(*typed->blocks));
	if (!typed->types || !typed->blocks)
		return -ENOMEM;
	for (size_t n = 0; n < typed->length; n++) {
		struct types_found found;

		if (!graph_at(graph, n, &block, &state))
			continue;
		int error = types_look(typed->types, block.address, block.size, &found);

		if (error)
			return error;
		if (found.type != TYPES_NONE && found.type < TYPES_MOST)
			typed->blocks[n] =
				(struct typed_block){ found.type, true, found.tracked };
		note_parts(typed, graph, &found);
	}
	return 0;
}

void typed_free(struct typed *typed)
{
	types_free(typed->types);
	free(typed->blocks);
	*typed = (struct typed){ 0 };
}

size_t typed_name(const struct typed *typed, uint32_t type, char *text, size_t size)
{
	static const char before[] = "typeinfo for ";
	enum types_language language;
	const char *name = types_name(typed->types, type, &language);
	char *symbol = NULL;

	/* What type_info::name() says is the symbol of a type_info without its
	 * beginning. */
	if (language == TYPES_CXX && asprintf(&symbol, "_ZTI%s", name) > 0) {
		size_t length = demangle(symbol, text, size, NULL);

		free(symbol);
		if (strncmp(text, before, sizeof(before) - 1) == 0) {
			length -= sizeof(before) - 1;
			memmove(text, text + sizeof(before) - 1, length + 1);
			return length;
		}
	}
	snprintf(text, size, "%s", name);
	return strlen(text);
}

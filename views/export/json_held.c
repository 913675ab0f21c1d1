/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/export/json_parts.h"

#include <errno.h>
#include <inttypes.h>
#include "views/export/export.h"
#include "views/export/json_text.h"

/* Writes who holds the row's blocks: the steps from the root down, and what they hold. */
void json_held(struct out *out, const struct held_index *index, const struct row *row)
{
	struct held held = { 0 };

	if (!held_find(&held, index, row, EXPORT_CHAINS))
		out->error = -ENOMEM;
	out_text(out, ", \"held_by\": [");
	for (size_t i = 0; i < held.length; i++) {
		const struct held_chain *chain = &held.of[i];

		out_text(out, i ? ", {\"chain\": [" : "{\"chain\": [");
		for (size_t k = 0; k < chain->length; k++) {
			out_text(out, k ? ", " : "");
			json_string(out, chain->steps[k]);
		}
		out_format(out, "], \"size\": %" PRIu64 ", \"count\": %" PRIu64
			   ", \"longest\": %" PRIu32 "}",
			   chain->bytes, chain->blocks, chain->longest);
	}
	out_format(out, "], \"chains\": %" PRIu64, held.chains);
	held_free(&held);
}

/* Writes addresses of some of the row's blocks. */
void json_examples(struct out *out, const struct examples *examples, const struct row *row)
{
	const struct look_example *example;

	out_text(out, ", \"examples\": [");
	for (size_t i = 0; (example = examples_at(examples, row, i)); i++)
		out_format(out, "%s{\"address\": \"0x%" PRIx64 "\", \"size\": %" PRIu64
				", \"state\": \"%s\"}", i ? ", " : "", example->address,
			   example->size, examples_state(example->state));
	out_text(out, "]");
}

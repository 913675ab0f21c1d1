/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds up one page at a time; a page that is not in memory is skipped. */
#include "tracer/look/pages/pins.h"
#include "tracer/ground/shared/page.h"

#include <string.h>

#define QUARTER (PAGE / 4)
#define SHARES 64u                      /* most rows with blocks on one page; if there are
					 * more, each has so little that it is not found
					 * out which has most */

struct adding_pins {
	const struct pins_piece *pieces, *end;
	uint64_t page;                  /* its address */
	uint64_t live;
	struct share {
		uint32_t row;
		uint64_t bytes;
	} shares[SHARES];
	size_t length;
	struct pins *pins;
	uint32_t rows;
};

/* Whether a page is in memory; the calls come in the order of addresses. */
static bool page_is_there(struct adding_pins *adding, uint64_t page)
{
	while (adding->pieces < adding->end &&
	       adding->pieces->address + adding->pieces->bytes <= page)
		adding->pieces++;
	return adding->pieces < adding->end && adding->pieces->address <= page;
}

static void end_page(struct adding_pins *adding)
{
	const struct share *most = adding->shares;

	for (size_t i = 1; i < adding->length; i++)
		if (adding->shares[i].bytes > most->bytes)
			most = &adding->shares[i];
	if (adding->length && adding->live < QUARTER && most->row < adding->rows &&
	    page_is_there(adding, adding->page)) {
		adding->pins[most->row].pages += PAGE;
		adding->pins[most->row].live += adding->live;
	}
	adding->length = 0;
	adding->live = 0;
}

static void add_share(struct adding_pins *adding, uint64_t page, uint32_t row,
		      uint64_t bytes)
{
	size_t i = 0;

	if (page != adding->page)
		end_page(adding);
	adding->page = page;
	adding->live += bytes;
	while (i < adding->length && adding->shares[i].row != row)
		i++;
	if (i == SHARES)
		return;
	if (i == adding->length)
		adding->shares[adding->length++] = (struct share){ row, 0 };
	adding->shares[i].bytes += bytes;
}

/* Only a block's first and last page can be pinned, because the block fills those
 * between. */
static void add_block_pages(struct adding_pins *adding, const struct pins_block *block)
{
	uint64_t end = block->address + block->size;
	uint64_t first = page_begin(block->address), last = page_begin(end - 1);

	if (!block->size) {
		add_share(adding, first, block->row, 0);
		return;
	}
	if (first == last) {
		add_share(adding, first, block->row, block->size);
		return;
	}
	add_share(adding, first, block->row, first + PAGE - block->address);
	add_share(adding, last, block->row, end - last);
}

void pins_find(const struct pins_piece *pieces, size_t length,
	       bool (*next)(void *user, struct pins_block *block), void *user,
	       struct pins *pins, uint32_t rows)
{
	struct adding_pins adding = {
		.pieces = pieces, .end = pieces + length, .pins = pins, .rows = rows,
	};
	struct pins_block block;

	if (rows)
		memset(pins, 0, rows * sizeof(*pins));
	while (next(user, &block))
		add_block_pages(&adding, &block);
	end_page(&adding);
}

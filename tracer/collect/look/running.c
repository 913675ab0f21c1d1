/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/look/running.h"

#include <errno.h>
#include <string.h>
#include "tracer/ground/shared/page.h"
#include "tracer/machine/process.h"

#define WORDS 512u

/* Words that are collected to be given to the graph. */
struct telling_words {
	struct graph *graph;
	const struct roots_guard *guard;
	uint32_t root;
	unsigned length;
	uint64_t of[WORDS];
};

static int flush_words(struct telling_words *words)
{
	int error = graph_root(words->graph, words->root, words->of,
			       words->length * sizeof(*words->of));

	words->length = 0;
	return error;
}

static int add_word(struct telling_words *words, uint64_t word)
{
	words->of[words->length++] = word;
	return words->length == WORDS ? flush_words(words) : 0;
}

/* Adds what a word was before it changed, and what it was if glibc had mangled it. */
static int add_changed(struct telling_words *words, uint64_t word)
{
	int error = add_word(words, word);

	return error || !words->guard || !words->guard->known ? error :
	       add_word(words, machine_demangled(word, words->guard->word));
}

/* A page as it was read last; NULL: it was not there.  *piece: the first that may have
 * it. */
static const unsigned char *page_after(const struct taken *taken, uint64_t page,
				       size_t *piece)
{
	const struct layout *layout = &taken->layout;

	while (*piece < layout->pieces_length &&
	       layout->pieces[*piece].address + layout->pieces[*piece].bytes <= page)
		++*piece;
	if (*piece == layout->pieces_length || layout->pieces[*piece].address > page)
		return NULL;
	return taken->copy.memory + layout->pieces[*piece].at +
	       (page - layout->pieces[*piece].address);
}

/* The tracer writes to its own memory, too, and notes blocks there. */
static bool is_tracers(const struct own_memory *own, uint64_t page)
{
	bool found = false;

	for (size_t i = 0; i < own->length && !found; i++)
		found = page >= own->of[i].start && page < own->of[i].end;
	return found;
}

static int compare_page(struct telling_words *words, const unsigned char *before,
			const unsigned char *after)
{
	int error = 0;

	if (after && memcmp(before, after, PAGE) == 0)
		return 0;
	for (size_t at = 0; !error && at < PAGE; at += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, before + at, sizeof(word));
		if (word && !(after && memcmp(before + at, after + at, sizeof(word)) == 0))
			error = add_changed(words, word);
	}
	return error;
}

/* Gives the graph, of each word that changed, what it was before.  Pieces are whole pages,
 * by address. */
static int tell_changed(struct telling_words *words, const struct taken *taken)
{
	const struct layout *layout = &taken->before.layout;
	size_t after = 0;
	int error = 0;

	for (size_t i = 0; i < layout->pieces_length; i++) {
		const struct piece *piece = &layout->pieces[i];

		for (uint64_t at = 0; !error && at < piece->bytes; at += PAGE)
			if (!is_tracers(&taken->before.own, piece->address + at))
				error = compare_page(
					words, taken->before.copy.memory + piece->at + at,
					page_after(taken, piece->address + at, &after));
	}
	return error;
}

static int tell_young(struct telling_words *words, const struct look_ranges *stirred)
{
	struct graph_block block;
	int error = 0;

	for (size_t i = 0; stirred && i < stirred->length; i++)
		for (uint64_t at = stirred->of[i].start;
		     !error && graph_next(words->graph, at, &block) &&
		     block.address < stirred->of[i].end;
		     at = block.address + (block.size ? block.size : 1))
			error = add_word(words, block.address);
	return error;
}

int running_tell(struct graph *graph, const struct taken *taken,
		 const struct look_ranges *stirred, struct rooted *rooted,
		 const struct roots_guard *guard)
{
	struct telling_words words = { .graph = graph, .guard = guard };
	int error;

	words.root = rooted ? rooted_moving(rooted) : 0;
	error = words.root == UINT32_MAX ? -ENOMEM : tell_changed(&words, taken);

	if (!error)
		error = tell_young(&words, stirred);
	return error ? error : flush_words(&words);
}

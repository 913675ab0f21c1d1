/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lives that keep what may be needed again: caches, tables of words, sets of keys. */
#include <stdlib.h>
#include "tests/preload/workers/kinds/kinds.h"

static void lru_by_key(unsigned turn)
{
	static struct { void *value; unsigned used; } entry[1200];
	static unsigned length;

	for (unsigned n = 0; n < 4; n++) {
		unsigned key = draw(10) ? draw(300) : draw(1200), oldest = 0;

		entry[key].used = turn;
		if (entry[key].value)
			continue;
		entry[key].value = malloc(900);
		if (length++ < 400)
			continue;
		for (unsigned i = 1; i < 1200; i++)
			if (i != key && entry[i].value &&
			    (!entry[oldest].value || entry[i].used < entry[oldest].used))
				oldest = i;
		free(entry[oldest].value);
		entry[oldest].value = NULL;
		length--;
	}
}

static void lru_of_a_scan(unsigned turn)
{
	static void *slot[1600];        /* full after twenty seconds */
	unsigned at = turn * 2 % 1600;

	release(&slot[at], 2);
	slot[at] = malloc(500);
	slot[at + 1] = malloc(500);
}

static void cache_full_early(unsigned turn)
{
	kept = turn < PART(0.4) ? malloc(1000) : forget(1000);
}

static void cache_full_late(unsigned turn)
{
	kept = turn < PART(0.7) ? malloc(1000) : forget(1000);
}

static void cache_still_fills(unsigned turn)
{
	kept = turn < turns ? malloc(500) : forget(500);
}

static void cache_by_chance(unsigned turn)
{
	static void *slot[1000];

	(void)turn;
	for (unsigned i = 0; i < 3; i++) {
		unsigned at = draw(1000);

		free(slot[at]);
		slot[at] = malloc(500);
	}
}

static void cache_with_a_term(unsigned turn)
{
	static void *slot[8 * PER_SECOND][4];
	void **own = slot[turn % (8 * PER_SECOND)];

	release(own, 4);
	for (unsigned i = draw(4); i < 4; i++)
		own[i] = malloc(400);
}

static void working_set(unsigned turn)
{
	static void *slot[1500];

	(void)turn;
	for (unsigned i = 0; i < 3; i++) {
		unsigned key = draw(1500);

		if (!slot[key])
			slot[key] = malloc(600);
	}
}

/* Words by Zipf's law: new ones come less and less often, but never stop. */
static void interned_words(unsigned turn)
{
	static char *word[1 << 15];

	(void)turn;
	for (unsigned i = 0; i < 12; i++) {
		unsigned octave = 1u << draw(15), rank = octave + draw(octave);

		if (!word[rank])
			word[rank] = malloc(64);
	}
}

static void interned_labels(unsigned turn)
{
	static char *label[400];
	unsigned at = draw(400);

	(void)turn;
	if (!label[at])
		label[at] = malloc(200);
	at = draw(400);
	if (!label[at])
		label[at] = malloc(200);
}

const struct life kinds_caches[] = {
	{ LIFE(lru_by_key), "other", "turnover,settled,undecided,warming up",
	  "LRU of 400 entries, some keys hot" },
	{ LIFE(lru_of_a_scan), "other", "turnover", "LRU that a scan turns over in 20 s" },
	{ LIFE(cache_full_early), "other", "settled,warming up", "a cache, full at 40 %" },
	{ LIFE(cache_full_late), "other", "settled,warming up,undecided", "a cache, full at 70 %" },
	{ LIFE(cache_still_fills), "fills", "leaking,undecided", "a cache that is never full" },
	{ LIFE(cache_by_chance), "other", "turnover,settled", "any entry makes place" },
	{ LIFE(cache_with_a_term), "other", "turnover", "entries expire after 8 s" },
	{ LIFE(working_set), "other", "settled,warming up", "1,500 keys, fetched by chance" },
	{ LIFE(interned_words), "fills", "warming up,undecided,leaking",
	  "words by Zipf's law: ever fewer new ones" },
	{ LIFE(interned_labels), "other", "settled,warming up", "400 labels, all seen early" },
	{ 0 },
};

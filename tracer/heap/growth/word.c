/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of verdicts, as all outputs have them. */
#include "tracer/heap/growth/growth.h"

const char *growth_word(enum growth_word word)
{
	static const char *const words[GROWTH_WORDS] = {
		[GROWTH_TOO_SHORT] = "too short", [GROWTH_SHRINKING] = "shrinking",
		[GROWTH_SETTLED] = "settled", [GROWTH_SAWTOOTH] = "sawtooth",
		[GROWTH_CONTAINER] = "one container that grows", [GROWTH_STEPS] = "steps",
		[GROWTH_TURNOVER] = "turnover", [GROWTH_UNDECIDED] = "undecided",
		[GROWTH_WARMING_UP] = "warming up", [GROWTH_LEAKING] = "leaking",
	};

	return word < GROWTH_WORDS ? words[word] : "";
}

bool growth_fades(enum growth_word word)
{
	return word == GROWTH_UNDECIDED || word == GROWTH_WARMING_UP || word == GROWTH_TURNOVER;
}

const char *growth_doubt(enum growth_doubt doubt)
{
	static const char *const texts[GROWTH_DOUBTS] = {
		[GROWTH_NO_DOUBT] = "",
		[GROWTH_FILLS] = "nothing freed yet: a cache that still fills looks the same",
		[GROWTH_REUSED] = ("Python before 3.13 hands freed lists, dicts, tuples and floats "
				   "to other lines unseen: one of those may keep them"),
	};

	return doubt < GROWTH_DOUBTS ? texts[doubt] : "";
}

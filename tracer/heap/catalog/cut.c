/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/catalog/cut.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
	const char *word, *text;
} names[CUTS] = {
	[CUT_NONE] = {"", ""},
	[CUT_NFRAME] = {"nframe", "older frames missing: more than nframe"},
	[CUT_NO_RULES] = {"no-unwind-info", "older frames missing: no unwind information"},
	[CUT_JIT] = {"jit", "older frames missing: JIT code"},
	[CUT_COROUTINE] = {"coroutine", "older frames missing: a coroutine's stack"},
	[CUT_UNREADABLE] = {"unreadable", "older frames missing: unreadable"},
	[CUT_FILTER] = {"seccomp", "older frames missing: code loaded after a seccomp filter"},
	[CUT_FULL] = {"table-full", "newer frames missing: the table of stacks is full"},
};

const char *cut_word(enum cut cut) { return (unsigned)cut < CUTS ? names[cut].word : ""; }
const char *cut_text(enum cut cut) { return (unsigned)cut < CUTS ? names[cut].text : ""; }

void cut_list(const uint64_t cut[CUTS], char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < CUTS && at < size; i++)
		if (cut[i])
			at += (size_t)snprintf(text + at, size - at, "%s%s %" PRIu64,
					       at ? ", " : "", names[i].word, cut[i]);
}

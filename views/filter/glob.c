/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Python's fnmatch, which differs from libc's: `*` and `?` match anything, including `/`
 * and a leading dot; there is no escape; `^` does not negate and `[:alpha:]` is no class;
 * an unclosed `[` stands for itself.  Only the last star that was met is ever tried
 * again, so that the time stays within pattern * text.
 *
 * A set is cut into pieces at the hyphens of its ranges, as fnmatch.translate does,
 * because two of its habits are visible: an inverted range removes both of its ends from
 * the set, and a leading `!` is looked for only after that.
 */
#include "views/filter/glob.h"
#include <string.h>
#include "views/filter/filter.h"
#include "tracer/ground/utf8.h"

struct span {
	const char *at, *end;
};

static uint32_t span_next(struct span *span)
{
	uint32_t code;

	span->at += utf8_decode(span->at, (size_t)(span->end - span->at), &code);
	return code;
}

/* The `]` that ends the set whose first byte is at `at`, or NULL. */
static const char *glob_set_end(const char *at, const char *end)
{
	if (at < end && *at == '!')
		at++;
	if (at < end && *at == ']')
		at++;
	return at < end ? memchr(at, ']', (size_t)(end - at)) : NULL;
}

/* What is known about a set while it is being read. */
struct set_state {
	uint32_t code;                  /* the character that is looked for */
	bool first;                     /* nothing has been added to the set yet */
	bool negated, found;
	uint32_t held;                  /* character that may still begin a range */
	bool has_held;
};

static void set_put(struct set_state *state, uint32_t code)
{
	if (state->first && code == '!')
		state->negated = true;
	else if (state->code == code)
		state->found = true;
	state->first = false;
}

/* Adds a range.  In one that begins the set with `!`, the `!` negates, and the hyphen and
 * the end are single characters of the set. */
static void set_put_range(struct set_state *state, uint32_t low, uint32_t high)
{
	if (state->first && low == '!') {
		set_put(state, low);
		set_put(state, '-');
		set_put(state, high);
		return;
	}
	if (state->code >= low && state->code <= high)
		state->found = true;
	state->first = false;
}

static void set_flush(struct set_state *state)
{
	if (state->has_held)
		set_put(state, state->held);
	state->has_held = false;
}

/*
 * Whether a set has a character.  A hyphen makes a range if at least two characters of
 * its piece of the set come before it (one in the first piece), and one after it.
 */
static bool glob_set_has(struct span set, uint32_t code)
{
	struct set_state state = {.code = code, .first = true};
	unsigned since = 0;             /* characters in this piece so far */
	unsigned need = set.at < set.end && *set.at == '!' ? 2 : 1;

	while (set.at < set.end) {
		uint32_t c = span_next(&set);

		if (c == '-' && since >= need && set.at < set.end) {
			uint32_t low = state.held, high = span_next(&set);

			state.has_held = false;
			if (low <= high)
				set_put_range(&state, low, high);
			since = 1;
			need = 2;
			continue;
		}
		set_flush(&state);
		state.held = c;
		state.has_held = true;
		since++;
	}
	set_flush(&state);
	return state.found != state.negated;
}

/* Matches one character of the text against one item of the pattern, and advances
 * both. */
static bool match_one(struct span *pattern, struct span *text)
{
	uint32_t item = span_next(pattern), code = span_next(text);
	const char *close;
	bool has;

	if (item == '?')
		return true;
	if (item != '[')
		return item == code;
	close = glob_set_end(pattern->at, pattern->end);
	if (!close)
		return code == '[';
	has = glob_set_has((struct span){pattern->at, close}, code);
	pattern->at = close + 1;
	return has;
}

bool glob_match_bytes(const char *pattern, size_t pattern_length, const char *text,
		      size_t text_length)
{
	struct span p = {pattern, pattern + pattern_length}, t = {text, text + text_length};
	struct span star = {NULL, p.end}, again = {NULL, t.end};

	while (t.at < t.end || p.at < p.end) {
		if (p.at < p.end && *p.at == '*') {
			p.at++;
			star.at = p.at;
			again.at = t.at;
			continue;
		}
		if (p.at < p.end && t.at < t.end && match_one(&p, &t))
			continue;
		if (!star.at || again.at >= again.end)
			return false;
		span_next(&again);
		p.at = star.at;
		t.at = again.at;
	}
	return true;
}

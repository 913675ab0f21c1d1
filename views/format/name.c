/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In "std::vector<int, std::allocator<int> >::push_back(int const&)" a reader looks for
 * vector and push_back, so the contents of brackets are left out, beginning with those
 * that say least.
 */
#include "views/format/name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "views/format/format.h"

#define NAME_MAX_BYTES 16384u

struct brackets {
	char open, close;
	/* The depth, from 1, from which on brackets are emptied. */
	unsigned depth;
};

struct text {
	char *bytes;
	size_t length, size;
};

static void name_add(struct text *text, const char *bytes, size_t length)
{
	if (length >= text->size - text->length)
		length = text->size - text->length - 1;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = 0;
}

/* The length of a part that is kept whatever brackets it contains: an operator, "->", an
 * anonymous namespace; 0: no such part begins here. */
static size_t literal(const char *name, const char *at)
{
	static const char word[] = "operator", nameless[] = "(anonymous namespace)";
	if (!strncmp(at, "->", 2))
		return 2;
	if (!strncmp(at, nameless, sizeof nameless - 1))
		return sizeof nameless - 1;
	if (strncmp(at, word, sizeof word - 1) ||
	    (at != name && (isalnum((unsigned char)at[-1]) || at[-1] == '_')))
		return 0;
	size_t length = sizeof word - 1;
	if (!strncmp(at + length, "()", 2))
		return length + 2;
	return length + strspn(at + length, "<>=-");
}

/* Brackets that are part of the name itself, as in "<module>", "f.<locals>.g", "<T as
 * Trait>::f" and "(emergency pool for exceptions, made at start-up)". */
static bool begins_name(const char *name, const char *at)
{
	return at == name || (*at == '<' && at[-1] == '.');
}

static void empty(const char *name, const struct brackets *brackets, const char *dots,
		  struct text *out)
{
	unsigned level = 0;
	bool plain = false;
	out->length = 0;
	out->bytes[0] = 0;
	for (const char *at = name; *at;) {
		size_t whole = literal(name, at);
		bool hidden = level >= brackets->depth;
		if (whole) {
			name_add(out, at, hidden ? 0 : whole);
			at += whole;
			continue;
		}
		if (*at == brackets->open && !level && begins_name(name, at)) {
			plain = true;
		} else if (*at == brackets->open) {
			level++;
			hidden = level > brackets->depth;
			if (level == brackets->depth && at[1] != brackets->close) {
				name_add(out, at, 1);
				name_add(out, dots, strlen(dots));
				hidden = true;
			}
		} else if (*at == brackets->close && level) {
			hidden = level-- > brackets->depth;
		} else if (*at == brackets->close && plain) {
			plain = false;
		}
		name_add(out, at++, hidden ? 0 : 1);
	}
}

/* The first "::" outside of brackets from which on the rest fits next to the ellipsis;
 * NULL: there is none. */
static const char *tail_that_fits(const char *name, unsigned cells)
{
	unsigned level = 0;
	for (const char *at = name; *at; at++) {
		size_t whole = literal(name, at);
		if (whole) {
			at += whole - 1;
			continue;
		}
		if (strchr("<({[", *at))
			level++;
		else if (strchr(">)}]", *at) && level)
			level--;
		else if (!level && at != name && !strncmp(at, "::", 2) &&
			 format_width(at) <= cells)
			return at;
	}
	return NULL;
}

/* The name after its first `most` steps of emptying brackets, each of which goes only as
 * far as needed to make it fit. */
static const char *emptied(const char *name, size_t most, unsigned cells, const char *dots,
			   char buffers[2][NAME_MAX_BYTES])
{
	static const struct brackets steps[] = {{'(', ')', 1}, {'<', '>', 2}, {'<', '>', 1}};
	for (size_t i = 0; i < most && format_width(name) > cells; i++) {
		struct text text = {.bytes = buffers[i % 2], .size = NAME_MAX_BYTES};
		empty(name, &steps[i], dots, &text);
		name = text.bytes;
	}
	return name;
}

/* The length of the first argument of a template whose arguments begin here, without the
 * star of a pointer. */
static size_t first_argument(const char *arguments)
{
	unsigned level = 0;
	size_t length = 0;
	for (; arguments[length]; length++) {
		if (strchr("<({[", arguments[length]))
			level++;
		else if (level && strchr(">)}]", arguments[length]))
			level--;
		else if (!level && strchr(",>", arguments[length]))
			break;
	}
	while (length && strchr(" *", arguments[length - 1]))
		length--;
	return length;
}

void format_shared(const char *name, char *out, size_t size)
{
	static const struct {
		const char *begin, *part;
	} blocks[] = {
		{"std::_Sp_counted_ptr_inplace<", "block"},     /* libstdc++ */
		{"std::_Sp_counted_ptr<", "counts"},
		{"std::_Sp_counted_deleter<", "counts"},
		{"std::__1::__shared_ptr_emplace<", "block"},   /* libc++ */
		{"std::__1::__shared_ptr_pointer<", "counts"},
	};
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		size_t begin = strlen(blocks[i].begin);
		if (strncmp(name, blocks[i].begin, begin))
			continue;
		snprintf(out, size, "shared_ptr<%.*s>'s %s", (int)first_argument(name + begin),
			 name + begin, blocks[i].part);
		return;
	}
	snprintf(out, size, "%s", name);
}

void format_type(const char *name, unsigned cells, bool ascii, char *out, size_t size)
{
	char buffers[2][NAME_MAX_BYTES], brief[NAME_MAX_BYTES];
	if (format_width(name) > cells) {
		format_shared(name, brief, sizeof brief);
		name = brief;
	}
	const char *dots = ascii ? ".." : "…", *now = emptied(name, 2, cells, dots, buffers);
	unsigned gap = format_width(dots);
	size_t length = strlen(now);
	bool fits = format_width(now) <= cells || cells <= gap;
	/* A cell has four bytes at most; more are no use. */
	length = fits || length < cells * 4 ? length : cells * 4;
	snprintf(out, size, "%.*s", (int)length, now);
	if (fits)
		return;
	while (length && (format_width(out) + gap > cells || length + strlen(dots) >= size)) {
		do
			length--;
		while (length && ((unsigned char)now[length] & 0xc0) == 0x80);
		out[length < size ? length : size - 1] = 0;
	}
	strcpy(out + length, dots);
}

void format_name(const char *name, unsigned cells, bool ascii, char *out, size_t size)
{
	char buffers[2][NAME_MAX_BYTES];
	const char *dots = ascii ? ".." : "…", *now = emptied(name, 3, cells, dots, buffers);
	const char *tail = cells > 4 && format_width(now) > cells
				   ? tail_that_fits(now, cells - format_width(dots))
				   : NULL;
	if (tail)
		snprintf(out, size, "%s%s", dots, tail);
	else
		format_fit(now, cells, ascii, out, size);
}

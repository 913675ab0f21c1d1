/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_MARKUP_H
#define VIEWS_EXPORT_MARKUP_H
/* Text within XML or HTML, between tags or as an attribute's value in double quotes. */
#include "views/format/out.h"

/* What is written to `text` is passed on to `into` with its special characters
 * escaped. */
struct markup {
	struct out *into;
	unsigned pending;               /* bytes of U+FFFE or U+FFFF seen so far */
	struct sink sink;
	struct out text;
};

/* Begins such a text, to be written to the result, which is markup->text.  markup_end
 * must be called afterwards. */
struct out *markup_begin(struct markup *markup, struct out *into);
void markup_end(struct markup *markup);
/* Writes a whole text from outside, which is first made safe as for a terminal
 * (format_safe). */
void markup_safe(struct out *out, const char *text);

#endif

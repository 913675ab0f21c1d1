/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_MARKUP_H
#define VIEWS_EXPORT_MARKUP_H
/* Text within XML or HTML, between tags or as an attribute's value in double quotes. */
#include "views/format/out.h"

/* What is put into `text` comes out of `into` with its special characters escaped. */
struct markup {
	struct out *into;
	unsigned pending;               /* bytes seen of U+FFFE or U+FFFF */
	struct sink sink;
	struct out text;
};

/* Begins such a text: write to what is returned, markup->text.  markup_end is due. */
struct out *markup_begin(struct markup *markup, struct out *into);
void markup_end(struct markup *markup);
/* A whole text from outside, made safe as for a terminal (format_safe) before. */
void markup_safe(struct out *out, const char *text);

#endif

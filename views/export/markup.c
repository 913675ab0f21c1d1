/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text within XML or HTML: a sink that escapes what it gets, and passes it on. */
#include "views/export/markup.h"

static const char *entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	default: return NULL;
	}
}

/* Two characters of UTF-8 cannot be written in XML: U+FFFE and U+FFFF (EF BF BE and EF BF
 * BF) become U+FFFD.  Control characters have been made visible before. */
static void escape_byte(struct markup *markup, char c)
{
	static const char none[] = "\xef\xbf";
	const char *text = entity(c);

	if (markup->pending == 2 && (c == '\xbe' || c == '\xbf'))
		c = '\xbd';
	else if (markup->pending < 2 && c == none[markup->pending])
		markup->pending++;
	else
		markup->pending = c == none[0];
	if (text)
		out_text(markup->into, text);
	else
		out_bytes(markup->into, &c, 1);
}

static int escape_bytes(void *user, const char *bytes, size_t length)
{
	struct markup *markup = user;

	for (size_t i = 0; i < length; i++)
		escape_byte(markup, bytes[i]);
	return markup->into->error;
}

struct out *markup_begin(struct markup *markup, struct out *into)
{
	markup->into = into;
	markup->pending = 0;
	markup->sink = (struct sink){ .write = escape_bytes, .user = markup };
	markup->text.sink = &markup->sink;
	markup->text.error = 0;
	markup->text.length = 0;
	return &markup->text;
}

void markup_end(struct markup *markup)
{
	out_end(&markup->text);
}

void markup_safe(struct out *out, const char *text)
{
	struct markup markup;

	out_safe(markup_begin(&markup, out), text);
	markup_end(&markup);
}

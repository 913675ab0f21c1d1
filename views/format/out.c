/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text on its way to a sink (out.h). */
#include "views/format/out.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/format/format.h"

static void out_flush(struct out *out)
{
	if (!out->error && out->length)
		out->error = out->sink->write(out->sink->user, out->bytes, out->length);
	out->length = 0;
}

void out_bytes(struct out *out, const char *bytes, size_t length)
{
	while (length) {
		size_t room = sizeof(out->bytes) - out->length;
		size_t take = length < room ? length : room;

		memcpy(out->bytes + out->length, bytes, take);
		out->length += take;
		bytes += take;
		length -= take;
		if (out->length == sizeof(out->bytes))
			out_flush(out);
	}
}

void out_text(struct out *out, const char *text)
{
	out_bytes(out, text, strlen(text));
}

void out_format(struct out *out, const char *format, ...)
{
	char text[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length > 0)
		out_bytes(out, text, (size_t)length < sizeof(text) ? (size_t)length
								   : sizeof(text) - 1);
}

void out_safe(struct out *out, const char *text)
{
	/* An escape takes at most 6 bytes for one byte of the text. */
	size_t size = strlen(text) * 6 + 1;
	char small[1024], *safe = size <= sizeof(small) ? small : malloc(size);

	if (!safe) {
		out_text(out, "?");
		return;
	}
	out_bytes(out, safe, format_safe(text, safe, size));
	if (safe != small)
		free(safe);
}

void out_place(struct out *out, const char *text, const char *file, unsigned line)
{
	char uri[4096] = "";

	if (out->sink->link && *file && line)
		out->sink->link(file, line, uri, sizeof(uri));
	if (*uri) {
		out_text(out, "\033]8;;");
		out_text(out, uri);
		out_text(out, "\033\\");
	}
	out_safe(out, text);
	if (*uri)
		out_text(out, "\033]8;;\033\\");
}

void out_fill(struct out *out, char with, size_t n)
{
	while (n--)
		out_bytes(out, &with, 1);
}

int out_end(struct out *out)
{
	out_flush(out);
	return out->error;
}

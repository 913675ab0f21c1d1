/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strings and numbers of JSON (json_text.h). */
#include "views/export/json_text.h"
#include <stdint.h>
#include <string.h>
#include "views/format/format.h"
#include "views/format/number.h"
#include "tracer/ground/utf8.h"

static void json_text_put_character(struct out *out, const char *bytes, size_t length,
				    uint32_t code)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = code && code < 0x80 ? strchr(plain, (int)code) : NULL;

	if (found)
		out_format(out, "\\%c", letters[found - plain]);
	else if (code < 0x10000 && (format_steers(code) || utf8_escaped(code)))
		out_format(out, "\\u%04x", (unsigned)code);
	else if (format_steers(code))
		out_format(out, "\\u%04x\\u%04x", 0xd7c0 + (unsigned)(code >> 10),
			   0xdc00 + (unsigned)(code & 0x3ff));
	else
		out_bytes(out, bytes, length);
}

void json_string(struct out *out, const char *text)
{
	const char *end;

	if (!text) {
		out_text(out, "null");
		return;
	}
	end = text + strlen(text);
	out_text(out, "\"");
	while (text < end) {
		uint32_t code;
		size_t n = utf8_decode(text, (size_t)(end - text), &code);

		json_text_put_character(out, text, n, code);
		text += n;
	}
	out_text(out, "\"");
}

void json_name(struct out *out, const char *text)
{
	json_string(out, *text ? text : NULL);
}

void json_double(struct out *out, double number)
{
	char text[40];

	number_text(number, text, sizeof(text));
	out_text(out, text);
}

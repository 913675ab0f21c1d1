/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/handover/handover.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/format/format.h"

#define LAST_LINE 32u                   /* "... and N more frames" */

void handover_place(const struct row_frame *frame, char *text, size_t size)
{
	char file[8192], function[8192];

	format_safe(frame->file, file, sizeof file);
	format_safe(frame->function, function, sizeof function);
	if (frame->line)
		snprintf(text, size, "%s:%u", file, frame->line);
	else
		snprintf(text, size, "%s%s%s", file, *function ? "!" : "", function);
}

size_t handover_stack(const struct row_frame *frames, size_t length, char *text, size_t size)
{
	size_t at = 0, i = 0;

	text[0] = '\0';
	for (; i < length; i++) {
		char place[8192], function[8192];
		size_t room = size - at, last = i + 1 < length ? LAST_LINE : 0;

		if (frames[i].line)
			handover_place(&frames[i], place, sizeof place);
		else
			format_safe(frames[i].file, place, sizeof place);
		format_safe(frames[i].function, function, sizeof function);
		if (strlen(place) + strlen(function) + sizeof " ()\n" + last > room)
			break;
		at += (size_t)snprintf(text + at, room, "%s (%s)\n",
				       *function ? function : "?", place);
	}
	if (i < length)
		snprintf(text + at, size - at, "... and %zu more\n", length - i);
	return i;
}

/* Four characters for each three bytes, the last ones padded. */
static void put_base64(const unsigned char *bytes, size_t length, char *to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		unsigned a = bytes[i], b = i + 1 < length ? bytes[i + 1] : 0,
			 c = i + 2 < length ? bytes[i + 2] : 0;

		*to++ = digits[a >> 2];
		*to++ = digits[(a & 3) << 4 | b >> 4];
		*to++ = i + 1 < length ? digits[(b & 15) << 2 | c >> 6] : '=';
		*to++ = i + 2 < length ? digits[c & 63] : '=';
	}
}

char *handover_osc52(const char *text)
{
	static const char begin[] = "\033]52;c;";
	size_t length = strlen(text), digits = (length + 2) / 3 * 4;
	char *sequence = malloc(sizeof begin + digits + 1);

	if (!sequence)
		return NULL;
	memcpy(sequence, begin, sizeof begin - 1);
	put_base64((const unsigned char *)text, length, sequence + sizeof begin - 1);
	strcpy(sequence + sizeof begin - 1 + digits, "\a");
	return sequence;
}

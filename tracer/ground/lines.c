/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads one line at a time into a buffer of the longest length that a line may have, so
 * that a file that is a device, or no text at all, takes no more memory than that. */
#include "tracer/ground/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void lines_begin(struct lines *lines, FILE *file)
{
	*lines = (struct lines){.file = file, .text = malloc(LINES_MOST + 1)};
}

static char *lines_refuse(struct lines *lines, const char *problem)
{
	lines->problem = problem;
	return NULL;
}

char *lines_next(struct lines *lines)
{
	size_t length = 0;
	int c;

	lines->problem = NULL;
	if (!lines->text)
		return lines_refuse(lines, "out of memory");
	lines->number++;
	errno = 0;
	while ((c = getc(lines->file)) != EOF && c != '\n') {
		if (length == LINES_MOST)
			return lines_refuse(lines, "longer than 65535 bytes");
		if (!c)
			return lines_refuse(lines,
					    "a NUL byte stands there: this is no text");
		lines->text[length++] = (char)c;
	}
	if (ferror(lines->file))        /* a folder opens like a file, but can't be
					 * read */
		return lines_refuse(lines, strerror(errno));
	if (c == EOF && !length) {
		lines->number--;
		return NULL;
	}
	if (length && lines->text[length - 1] == '\r')
		length--;
	lines->text[length] = 0;
	return lines->text;
}

void lines_end(struct lines *lines)
{
	free(lines->text);
	lines->text = NULL;
}

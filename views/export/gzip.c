/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compresses bytes with zlib on their way to a sink (gzip.h). */
#include "views/export/gzip.h"
#include <errno.h>
#include <limits.h>
#include <stdint.h>

#define GZIP_WINDOW (15 + 16)           /* tells zlib to write a gzip header */

/* Compresses the input that the stream has; with `flush` Z_FINISH also ends it. */
static int feed(struct gzip *gzip, int flush)
{
	unsigned char room[16384];
	size_t made;
	int status;

	do {
		gzip->stream.next_out = room;
		gzip->stream.avail_out = sizeof(room);
		status = deflate(&gzip->stream, flush);
		if (status == Z_STREAM_ERROR)
			gzip->error = -ENOMEM;
		made = sizeof(room) - gzip->stream.avail_out;
		if (!gzip->error && made)
			gzip->error = gzip->to->write(gzip->to->user, (const char *)room, made);
	} while (!gzip->error && gzip->stream.avail_out == 0);
	return gzip->error;
}

static int write_gzip(void *user, const char *bytes, size_t length)
{
	struct gzip *gzip = user;

	while (length && !gzip->error) {
		uInt part = length < UINT_MAX ? (uInt)length : UINT_MAX;

		gzip->stream.next_in = (Bytef *)(uintptr_t)bytes;
		gzip->stream.avail_in = part;
		feed(gzip, Z_NO_FLUSH);
		bytes += part;
		length -= part;
	}
	return gzip->error;
}

bool gzip_begin(struct gzip *gzip, struct sink *to)
{
	*gzip = (struct gzip){.sink = {.write = write_gzip, .user = gzip}, .to = to};
	return deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
			    Z_DEFAULT_STRATEGY) == Z_OK;
}

int gzip_end(struct gzip *gzip)
{
	if (!gzip->error)
		feed(gzip, Z_FINISH);
	deflateEnd(&gzip->stream);
	return gzip->error;
}

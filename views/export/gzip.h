/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_GZIP_H
#define VIEWS_EXPORT_GZIP_H
/* A sink that compresses what it gets into one gzip member and passes it on to another
 * sink.  The member has neither name nor time, so that equal input gives equal files. */
#include <stdbool.h>
#include <zlib.h>
#include "views/format/sink.h"

struct gzip {
	struct sink sink;               /* to write to */
	struct sink *to;
	z_stream stream;
	int error;                      /* of `to`, or -ENOMEM */
};

/* False: out of memory, and gzip_end need not be called.  The struct must not move. */
bool gzip_begin(struct gzip *gzip, struct sink *to);
/* Writes what is left and frees the memory.  0, the error of `to`, or -ENOMEM. */
int gzip_end(struct gzip *gzip);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_SOURCE_H
#define TRACER_COLLECT_RECORDING_SOURCE_H
/* Lines of source files on disk, with the last few files kept indexed. */
#include <stddef.h>

struct sources;

/* NULL: out of memory. */
struct sources *sources_new(void);
void sources_free(struct sources *sources);
/* Reads line `line` (from 1) of a regular file of at most 64 MiB, without its newline,
 * cut to size - 1 bytes.  Returns its length, or -1 if there is none. */
int sources_line(struct sources *sources, const char *path, unsigned line, char *text,
		 size_t size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_SINK_H
#define VIEWS_FORMAT_SINK_H
/* The destination of text, so that exporters need to know nothing about files. */
#include <stddef.h>

struct sink {
	/* Returns 0; anything else stops the exporter, which returns the same. */
	int (*write)(void *user, const char *bytes, size_t length);
	void *user;
	/* Writes the URI by which text on a terminal is linked to a place in source ("":
	 * there is none).  NULL: no links are written. */
	void (*link)(const char *file, unsigned line, char *uri, size_t size);
};

#endif

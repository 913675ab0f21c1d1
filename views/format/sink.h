/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_SINK_H
#define VIEWS_FORMAT_SINK_H
/* Where text goes: exporters know nothing of files. */
#include <stddef.h>

struct sink {
	/* Returns 0; anything else stops the exporter, which returns it. */
	int (*write)(void *user, const char *bytes, size_t length);
	void *user;
	/* How a place in source is named by a link ("": it can't be), for text on a
	 * terminal that has links; NULL: none are written. */
	void (*link)(const char *file, unsigned line, char *uri, size_t size);
};

#endif

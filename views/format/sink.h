/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_SINK_H
#define VIEWS_FORMAT_SINK_H
/* Where text goes: exporters know nothing of files. */
#include <stddef.h>

struct sink {
	/* Returns 0; anything else stops the exporter, which returns it. */
	int (*write)(void *user, const char *bytes, size_t length);
	void *user;
};

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_SINK_H
#define VIEWS_FORMAT_SINK_H
/* Where text goes: exporters know nothing of files. */
#include <stddef.h>

struct sink {
	/* 0, or non-zero: stop, and the exporter returns it. */
	int (*write)(void *user, const char *bytes, size_t length);
	void *user;
};

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_WRITERS_H
#define VIEWS_EXPORT_WRITERS_H
/* The writers of stacks, each in a file of its own name.  formats.c calls them with a
 * table by traceback that is not a diff.  All return as export_run does. */
#include "views/export/formats.h"

/* "oldest;...;newest VALUE" */
int write_folded(const struct export_request *request, struct sink *sink, char problem[256]);
/* SVG with a script inside. */
int write_flamegraph(const struct export_request *request, struct sink *sink,
		     char problem[256]);
/* One profile for each figure that is not 0 everywhere. */
int write_speedscope(const struct export_request *request, struct sink *sink,
		     char problem[256]);
/* The protocol buffer "Profile" of pprof, in gzip. */
int write_pprof(const struct export_request *request, struct sink *sink, char problem[256]);
/* A pickle of a tracemalloc.Snapshot; -EINVAL above EXPORT_MANY_BLOCKS without force. */
int write_tracemalloc(const struct export_request *request, struct sink *sink,
		      char problem[256]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_OUTLOOK_H
#define VIEWS_FORMAT_OUTLOOK_H
/* Words for how near a ceiling is. */
#include "tracer/heap/catalog/ceilings.h"
#include "views/format/format.h"

#define OUTLOOK_MAX 96                  /* bytes that any of the texts needs */

/* What users call the ceiling: "cgroup", "RLIMIT_AS", "machine". */
const char *outlook_label(enum ceiling_kind kind);
/* "43.1 % of 512 MiB": what is in use, or with `most` the most that ever was. */
void outlook_share(const struct ceiling *ceiling, bool most, char text[OUTLOOK_MAX]);
/* "full in 2 to 5 h", as seen at `now` (seconds since the start); "" if nothing can be
 * said. */
void outlook_when(const struct ceiling *ceiling, double now, char text[OUTLOOK_MAX]);

#endif

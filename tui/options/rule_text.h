/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_OPTIONS_RULE_TEXT_H
#define TUI_OPTIONS_RULE_TEXT_H
/* Rules of --snapshot-at, as users write them. */
#include "tracer/collect/ceiling/rule.h"

/* Reads "every 10m", "at 90s", "current > 500M", "rss > 90%", "grown > 100M", "mark
 * GLOB", or "signal USR1" into *rule, which points into the text.  NULL, or what was
 * expected, to be used in "not ...". */
const char *rule_read(const char *text, struct rule *rule);

#endif

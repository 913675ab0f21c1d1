/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_BUILDS_H
#define VIEWS_TEXT_BUILDS_H
/* Whether the two sides of a diff are of different builds, whose lines do not match. */
#include "views/format/out.h"
#include "views/table/table.h"

/* Writes one line if the rows of a diff are lines, stacks or a tree, and a module is of
 * another build at either side; else nothing. */
void text_builds(struct out *out, const struct table *table);

#endif

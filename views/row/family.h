/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_FAMILY_H
#define VIEWS_ROW_FAMILY_H
/* Which frames are folded in stacks and trees: families.def has the families and the
 * rules that tell which frames belong to them. */
#include "views/row/row.h"

enum frame_family {
	FAMILY_NONE,                    /* it is never folded */
#define FAMILY(ID, name) FAMILY_##ID,
#include "views/row/families.def"
#undef FAMILY
	FAMILIES
};

/* The family of a frame; allocator wrappers that no rule matches are FAMILY_WRAPPER. */
enum frame_family family_of(const struct row_frame *frame);
/* The family's name, as in "17 frames of NAME"; "" for FAMILY_NONE. */
const char *family_name(enum frame_family family);

/* The least number of adjacent frames of one family that are folded. */
#define FAMILY_FOLDS 2u
/* How many of the frames (newest first, at least one) fold to one line; *family is set to
 * the family they belong to. 1 and FAMILY_NONE: the first frame is not folded. */
size_t family_run(const struct row_frame *frames, size_t length, enum frame_family *family);

#endif

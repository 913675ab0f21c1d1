/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_ROW_FAMILY_H
#define VIEWS_ROW_FAMILY_H
/* Which frames fold: families.def says which families there are, and what is of each. */
#include "views/row/row.h"

enum frame_family {
	FAMILY_NONE,                    /* it stands for itself */
#define FAMILY(ID, name) FAMILY_##ID,
#include "views/row/families.def"
#undef FAMILY
	FAMILIES
};

/* An allocator wrapper that no rule knows is of FAMILY_WRAPPER. */
enum frame_family family_of(const struct row_frame *frame);
/* What "17 frames of" goes on with; "" for FAMILY_NONE. */
const char *family_name(enum frame_family family);

/* As many frames of one family one behind the other fold at least. */
#define FAMILY_FOLDS 2u
/* How many of the frames (newest first, at least one) fold to one line, and in *family
 * whose they are; 1 and FAMILY_NONE: the first does not fold. */
size_t family_run(const struct row_frame *frames, size_t length, enum frame_family *family);

#endif

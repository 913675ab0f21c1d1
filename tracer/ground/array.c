/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/array.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool array_double(void *array, size_t *room, size_t need, size_t item)
{
	size_t more = *room ? *room : 16;
	void *old, *moved;

	while (more < need) {
		if (more > SIZE_MAX / 2)
			return false;
		more *= 2;
	}
	if (more > SIZE_MAX / item)
		return false;
	memcpy(&old, array, sizeof(old));
	moved = realloc(old, more * item);
	if (!moved)
		return false;
	memcpy(array, &moved, sizeof(moved));
	*room = more;
	return true;
}

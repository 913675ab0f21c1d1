/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_WHOLE_H
#define TRACER_GROUND_WHOLE_H
/* Reads and writes in one go what read(2) and write(2) may do in parts, or not begin because
 * of a signal. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Reads until there is no room or nothing more.  The bytes read; -1 with errno. */
ssize_t whole_read(int fd, void *to, size_t size);
/* False with errno: not all was written. */
bool whole_write(int fd, const void *from, size_t size);

#endif

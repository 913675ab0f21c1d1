/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_SMALL_FILE_H
#define TRACER_GROUND_SMALL_FILE_H
/* Small text files, as most of those in /proc and of cgroups are. */
#include <stddef.h>
#include <sys/types.h>

/* Reads the file whose path printf makes of the format, up to size - 1 bytes, as a string.
 * Its length; or -errno, and then there is no string. */
ssize_t small_file_read(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

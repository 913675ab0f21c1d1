/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

ssize_t small_file_read(char *text, size_t size, const char *format, ...)
{
	char path[PATH_MAX];
	size_t length = 0;
	ssize_t n = 0;
	va_list arguments;

	va_start(arguments, format);
	int bytes = vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (bytes < 0 || (size_t)bytes >= sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (length + 1 < size && (n = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	int number = errno;

	close(fd);
	if (n < 0)
		return -number;
	text[length] = '\0';
	return (ssize_t)length;
}

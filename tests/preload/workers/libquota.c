/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk quota for a test: pwrite64, by which SQLite writes, fails with EDQUOT after
 * so many bytes of this process as the environment's QUOTA says. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at)
{
	static size_t written;
	const char *quota = getenv("QUOTA");
	ssize_t (*next)(int, const void *, size_t, off_t) =
		(ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");

	written += length;
	if (quota && written > strtoul(quota, NULL, 10)) {
		errno = EDQUOT;
		return -1;
	}
	return next(fd, bytes, length, at);
}

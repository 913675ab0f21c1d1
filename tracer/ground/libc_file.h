/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_LIBC_FILE_H
#define TRACER_GROUND_LIBC_FILE_H
/*
 * What the files of glibc's own libraries are called, as a process's maps say it: until
 * glibc 2.33 the names that programs are linked with are links to others.
 *
 *	glibc 2.34 on	libc.so.6	ld-linux-x86-64.so.2	libdl.so.2	libpthread.so.0
 *	before		libc-2.31.so	ld-2.31.so		libdl-2.31.so	libpthread-2.31.so
 */
#include <stdbool.h>
#include <string.h>

/* `name` is the file's alone, without its folder; more may stand behind it. */
static inline bool libc_file_is_libc(const char *name)
{
	return strncmp(name, "libc.so.6", 9) == 0 || strncmp(name, "libc-2.", 7) == 0;
}

static inline bool libc_file_is_loader(const char *name)
{
	return strncmp(name, "ld-linux", 8) == 0 || strncmp(name, "ld-2.", 5) == 0;
}

static inline bool libc_file_is_libdl(const char *name)
{
	return strncmp(name, "libdl.so.2", 10) == 0 || strncmp(name, "libdl-2.", 8) == 0;
}

static inline bool libc_file_is_libpthread(const char *name)
{
	return strncmp(name, "libpthread.so.0", 15) == 0 || strncmp(name, "libpthread-2.", 13) == 0;
}

#endif

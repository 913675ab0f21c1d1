/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_OLDER_H
#define TESTS_OLDER_H
/* What the headers of Debian 11 do not have yet (glibc 2.31, SQLite 3.34): for the tests that
 * use it there the nearest thing is enough.  Include it behind all others. */
#include <features.h>
#include <sys/syscall.h>

#ifndef SYS_close_range                 /* Linux 5.9, glibc 2.34 */
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_getfd                 /* Linux 5.6, glibc 2.32 */
#define SYS_pidfd_getfd 438
#endif
#if !__GLIBC_PREREQ(2, 34)
#define _Fork fork
#define execveat(folder, path, argv, environment, flags) execve(path, argv, environment)
#endif
#if !__GLIBC_PREREQ(2, 33)
#define mallinfo2 mallinfo
#endif
#if defined(SQLITE_VERSION_NUMBER) && SQLITE_VERSION_NUMBER < 3041000
typedef const char *sqlite3_filename;
#endif
#if defined(SQLITE_VERSION_NUMBER) && SQLITE_VERSION_NUMBER < 3036000
#pragma weak sqlite3_serialize          /* an option of the build, until then */
#pragma weak sqlite3_deserialize
#endif

#endif
